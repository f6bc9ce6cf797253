import { didYouMean, type Problem } from '../core/error.ts'
import { Fields, toBoolean } from './fields.ts'
import type { Surroundings } from './host-variables.ts'
import { isMapping } from './lookup.ts'
import type { PlaySource } from './play-source.ts'
import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'
import { reportSecrets, type Variable, whyReserved } from './variables.ts'

/** A variable that a play has the user asked for (`vars_prompt`). */
export interface Prompt {
  readonly name: string
  readonly prompt: string
  /** What is typed is not shown, and masked in all output. */
  readonly private: boolean
  readonly default: string | undefined
  /** It is typed twice. */
  readonly confirm: boolean
  /** A problem at its place. */
  problem(message: string, hint: string): Problem
}

/** Somebody has to be asked before the input can be used. */
export class PromptsError extends Error {
  readonly prompts: readonly Prompt[]

  constructor(prompts: readonly Prompt[]) {
    super(`to be asked for: ${prompts.map(({ name }) => name).join(', ')}`)
    this.name = 'PromptsError'
    this.prompts = prompts
  }
}

const KEYS = ['name', 'prompt', 'private', 'default', 'confirm'] as const

const FOREIGN: { readonly [key: string]: string } = {
  encrypt: 'resources hash passwords where hosts want hashes',
  salt: 'resources hash passwords where hosts want hashes',
  salt_size: 'resources hash passwords where hosts want hashes',
  unsafe: 'remove it: what is typed is never a template',
}

/** Reads `vars_prompt`. Mistakes go to `problems`. */
export function readPrompts(source: Source | undefined, problems: Problems): readonly Prompt[] {
  if (source === undefined) return []
  if (!Array.isArray(source.value)) {
    const hint = 'write a list: - { name: password, prompt: "Password of the database" }'
    problems.add(source.problem(`vars_prompt: expected a list, got ${kindOf(source.value)}`, { hint }))
    return []
  }
  return source.items().flatMap((entry) => readPrompt(entry, problems) ?? [])
}

function readPrompt(source: Source, problems: Problems): Prompt | undefined {
  if (!isMapping(source.value)) {
    problems.add(source.problem(`vars_prompt: expected a mapping, got ${kindOf(source.value)}`))
    return undefined
  }
  const fields = new Fields(source, problems)
  fields.allowOnly(KEYS, (key) => FOREIGN[key] ?? didYouMean(key, KEYS))
  const name = fields.string('name')
  if (name === undefined) {
    problems.add(source.problem('vars_prompt: this entry needs a "name"'))
    return undefined
  }
  const reserved = whyReserved(name)
  if (reserved !== undefined || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) {
    const reason = reserved ?? 'a name has letters, digits and _ only, and begins with a letter'
    problems.add(source.at('name').problem(`vars_prompt: "${name}" cannot be the name of a variable: ${reason}`))
  }
  return {
    name,
    prompt: fields.string('prompt') ?? name,
    private: toBoolean(fields.get('private')?.value ?? true) ?? true,
    default: fields.string('default'),
    confirm: fields.boolean('confirm') ?? false,
    problem: (message, hint) => source.problem(message, { hint }),
  }
}

/** A play and the hosts that it is for. */
interface Chosen {
  readonly play: PlaySource
  readonly hosts: readonly string[]
}

/**
 * The plays with what was answered among their variables; what is still to be asked, and only that which some host
 * needs, is pending till then.
 */
export function withAnswers(
  plays: readonly Chosen[],
  answers: ReadonlyMap<string, string> | 'later' = new Map(),
  { commandLine, onSecret }: Pick<Surroundings, 'commandLine' | 'onSecret'>,
): { readonly chosen: readonly Chosen[]; readonly missing: readonly Prompt[] } {
  const missing = new Map<string, Prompt>()
  const chosen = plays.map(({ play, hosts }) => {
    const variables = new Map<string, Variable>(play.variables)
    for (const prompt of play.prompts) {
      const { name } = prompt
      const given = commandLine.get(name)
      const answer = answers === 'later' ? undefined : answers.get(name)
      if (given !== undefined && 'source' in given && prompt.private) reportSecrets(given.source.value, onSecret)
      if (answers !== 'later' && given === undefined && answer === undefined && hosts.length > 0)
        missing.set(name, missing.get(name) ?? prompt)
      variables.set(name, answer === undefined ? { pending: true } : { data: answer })
    }
    return play.prompts.length === 0 ? { play, hosts } : { play: { ...play, variables }, hosts }
  })
  return { chosen, missing: [...missing.values()] }
}
