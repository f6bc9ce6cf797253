import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../src/core/json.ts'
import { isChanges } from '../../src/core/resource.ts'
import type { Script } from '../../src/core/shell.ts'
import { type Case, carryOut, cases, resourceOf } from '../resources/case.ts'

/** Words that a program would take for options. They are plain, so that they stand in scripts without quotes. */
const OPTIONS = ['-Zq7', '--zq7', '-oZq7=Zq7', '--zq7=zq7']

/** Builtins and functions of ours that take words as they come, and those whose next word is data whatever it looks like. */
const HARMLESS = new Set(
  'printf echo case for test [ return exit set p_uid place_file file_state keep_file remove_file remove_directory'.split(
    ' ',
  ),
)

/** Parameters that are shell text, or arguments for somebody else's program, by their meaning. */
const MEANT: ReadonlySet<string> = new Set([
  'command',
  'command.run',
  'command.unless',
  'command.only_if',
  'reboot.only_if',
  'script.args[]',
  'script.only_if',
  'wait_for.command',
  // A function of acme.sh, whose arguments have fixed places.
  'acme_dns.records[].value',
  // Behind `perl -e … 3`: perl looks for options up to its first operand.
  'outbound.targets[]',
])

/** Where a word that looks like an option is one: `COMMAND … -Zq7`, with no `--` and no option that takes it in front of it. */
function exposed(script: Script, option: string): string[] {
  const text = script.withFiles(new Map(script.missing.map(({ sha256 }) => [sha256, 'AA==']))).reveal()
  if (!text.includes(option)) return []
  return commandsOf(text).flatMap((words) => {
    const program = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
    const at = words.findIndex((word, index) => word === option && index > program)
    if (words[program] === option) return [words.join(' ')]
    if (at < 0 || HARMLESS.has(words[program] ?? '')) return []
    const before = words.slice(program + 1, at)
    return before.includes('--') || /^--?[A-Za-z][\w-]*$/.test(before.at(-1) ?? '') ? [] : [words.join(' ')]
  })
}

/** Simple commands, as words, quotes taken off; near enough for scripts that `sh` has built. */
function commandsOf(text: string): string[][] {
  const commands: string[][] = [[]]
  const token =
    /'((?:[^'])*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|(&&|\|\||;;|[;|&(){}\n`]|\$\()|(\s)|([^\s'"\\;|&(){}`$]+|\$)/g
  let word: string | undefined
  const flush = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word)
    word = undefined
  }
  const keywords = new Set('if then else elif do while until ! exec command {'.split(' '))
  for (const [, single, double, escaped, separator, blank, plain] of text.matchAll(token)) {
    if (separator !== undefined) {
      flush()
      commands.push([])
    } else if (blank !== undefined) flush()
    else word = (word ?? '') + (single ?? double ?? escaped ?? plain ?? '')
    const current = commands.at(-1)
    if (word === undefined && current?.length === 1 && keywords.has(current[0] ?? '')) current.pop()
  }
  flush()
  return commands.filter((words) => words.length > 0)
}

/** The parameters of a case with one text in them replaced, for every text there is; keys of mappings, too. */
function* variations(value: Json, option: string, path = ''): Generator<readonly [string, Json]> {
  if (typeof value === 'string') yield [path, option]
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const [where, varied] of variations(item, option, `${path}[]`)) yield [where, value.with(index, varied)]
    }
    return
  }
  for (const [key, item] of Object.entries(value)) {
    for (const [where, varied] of variations(item, option, `${path}.${key}`)) yield [where, { ...value, [key]: varied }]
  }
}

/** Whether a schema takes parameters; what it threw, where it threw. */
function parses(name: string, params: Json): boolean | string {
  try {
    return resourceOf(name).params.safeParse(params).success
  } catch (error) {
    return `throws ${error}`
  }
}

function scriptsOf(name: string, entry: Case): readonly Script[] {
  const resource = resourceOf(name)
  if (!resource.params.safeParse(entry.params).success) return []
  try {
    const { plan, questions } = carryOut(resource, entry)
    return [...Object.values(questions), ...(isChanges(plan) ? plan.map(({ apply }) => apply) : [])]
  } catch {
    // The answers of a case need not fit other parameters.
    return Object.values(resource.read(resource.params.parse(entry.params), {}))
  }
}

test('no parameter of any resource can become an option of a program', (t) => {
  const holes = new Map<string, string>()
  const counts = { tried: 0, refused: 0, scripts: 0 }
  for (const [name, entries] of cases) {
    for (const entry of entries.filter(({ invalid }) => invalid === undefined)) {
      for (const option of OPTIONS) {
        for (const [where, params] of variations(entry.params, option)) {
          counts.tried++
          const isValid = parses(name, params)
          if (typeof isValid === 'string') holes.set(`${name}${where}`, isValid)
          if (isValid !== true) {
            counts.refused++
            continue
          }
          for (const script of scriptsOf(name, { ...entry, params })) {
            counts.scripts++
            const [found] = exposed(script, option)
            if (found !== undefined) holes.set(`${name}${where}`, found)
          }
        }
      }
    }
  }
  t.diagnostic(
    `${counts.tried} parameters that look like options: ${counts.refused} refused, ${counts.scripts} scripts judged`,
  )
  assert.deepEqual(
    [...holes].filter(([where]) => !MEANT.has(where)),
    [],
  )
  // What is excused must still need it.
  assert.deepEqual(
    [...MEANT].filter((where) => !holes.has(where)),
    [],
  )
})
