import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { quote } from '../../core/shell.ts'
import { addRunOptions, type RunFlags, UsageError } from '../options.ts'
import { shortPath } from '../package-root.ts'
import type { SavedPlan } from './format.ts'
import type { PlanKey } from './key.ts'

/** What a plan says itself: these options would make another run of it. */
const DECIDED: readonly (keyof RunFlags)[] = [
  'inventory',
  'limit',
  'user',
  'become',
  'becomeUser',
  'tags',
  'skipTags',
  'check',
  'save',
  'listHosts',
  'listTasks',
  'syntaxCheck',
]

/** Adds the options of a run but for those that a plan decides. @returns the same command. */
export function addApplyOptions(command: Command): Command {
  addRunOptions(command)
  for (const option of command.options) {
    if (DECIDED.some((name) => name === option.attributeName())) option.hideHelp()
  }
  return command
}

/**
 * The command line that a plan was made with, and what of this one may be added to it: how hosts are reached and shown.
 *
 * @throws {UsageError} when this one says something that the plan decides, or other variables than it was made with.
 */
export function flagsOf(path: string, plan: SavedPlan, flags: RunFlags, key: PlanKey): RunFlags {
  const given = DECIDED.find((name) => flags[name] !== undefined)
  if (given !== undefined) {
    const option = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    throw new UsageError(`${option}: ${path} says that already; another one needs a plan of its own`)
  }
  const { inventory, user, become, becomeUser, tags, skipTags, extraVars: recorded, extraVarsHash } = plan.arguments
  const known = recorded.filter((one) => one !== null)
  if (flags.extraVars === undefined && known.length < recorded.length) {
    throw new UsageError(
      `${path} was made with a secret in -e, which is not in it`,
      `Type all of -e as it was: provision apply ${quote(path)} -e …`,
    )
  }
  const extraVars = flags.extraVars ?? known
  if (key.hash(extraVars) !== extraVarsHash) {
    throw new UsageError(
      `${path} was made with other variables (-e)`,
      'Leave -e out, or give all of them as they were.',
    )
  }
  return { ...flags, inventory, user, become, becomeUser, tags, skipTags, extraVars } as RunFlags
}

/** Goes to where the plan was made: relative paths, also those in playbooks, mean the same there. @throws {UsageError} */
export function enterDirectory({ arguments: { directory } }: SavedPlan): void {
  try {
    process.chdir(directory)
  } catch (error) {
    throw new UsageError(
      `the plan was made in ${directory}, which is not there: ${(error as NodeJS.ErrnoException).code}`,
    )
  }
}

/** @throws {UsageError} when an input file is another one than when the plan was made. Nothing is contacted before. */
export function refuseOtherInputs(plan: SavedPlan, key: PlanKey): void {
  const changed = plan.inputs.flatMap(({ file, hash }) => {
    const content = contentOf(file)
    if (content === undefined) return [`  ${shortPath(file)}  is gone`]
    return key.hash(content) === hash ? [] : [`  ${shortPath(file)}`]
  })
  refuse(changed, plan)
}

/** @throws {UsageError} when files were read that the plan knows nothing of. */
export function refuseNewInputs(read: Iterable<string>, plan: SavedPlan): void {
  const known = new Set(plan.inputs.map(({ file }) => file))
  refuse(
    [...read].filter((file) => !known.has(file)).map((file) => `  ${shortPath(file)}  is new`),
    plan,
  )
}

/** @throws {UsageError} when the user said something else than when the plan was made. */
export function refuseOtherAnswers(answers: ReadonlyMap<string, string>, plan: SavedPlan, key: PlanKey): void {
  if (key.hash(answers) === plan.arguments.answersHash) return
  const names = [...answers.keys()].join(', ')
  throw new UsageError(
    `The plan was made with another answer (${names}). Nothing was contacted.`,
    'Try again, or make it anew.',
  )
}

function refuse(changed: readonly string[], { command }: SavedPlan): void {
  if (changed.length === 0) return
  throw new UsageError(
    `What the plan was made from has changed since:\n${changed.join('\n')}\nNothing was contacted.`,
    `Make it again: ${command}`,
  )
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    // Missing, or not to be read any more: another input either way.
    return undefined
  }
}
