import { readFileSync } from 'node:fs'
import { splitLines, visible } from '../../report/text.ts'
import { UsageError } from '../options.ts'
import { version } from '../package-root.ts'
import { FORMAT, parsePlan, type SavedPlan } from './format.ts'
import { findKey, keyFile, type PlanKey } from './key.ts'

/** After this time a plan is refused: what it leaves to the turn of an item was judged too long ago. */
const MOST_DAYS = 7
const DAY = 86_400_000

/** The text over which a plan is sealed: everything but the seal, whatever the order and the blanks in its file. */
export function sealed({ seal: _, ...plan }: SavedPlan): string {
  return JSON.stringify(plan, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/**
 * A plan as its file has it, whoever wrote that.
 *
 * @throws {UsageError} when it is none, not whole, or of another format.
 */
export function readPlan(path: string): SavedPlan {
  const data = parse(path, readText(path))
  const format = typeof data === 'object' && data !== null && 'format' in data ? data.format : undefined
  if (typeof format !== 'number') throw notMade(path, `${path} is no plan`)
  if (format > FORMAT) {
    throw new UsageError(
      `${path} was made by a newer provision (format ${format}; this one knows ${FORMAT})`,
      'Use that one, or make the plan again with this one.',
    )
  }
  const plan = parsePlan(data)
  if ('wrong' in plan) throw notMade(path, `${path} is no plan that provision made: ${visible(plan.wrong)}`)
  return plan
}

/** Whether the plan is as it was made, by the user's own key. */
export function judgeSeal(plan: SavedPlan): 'whole' | 'changed' | 'foreign' {
  const key = findKey()
  if (key === undefined || key.id !== plan.key) return 'foreign'
  return key.hash(sealed(plan)) === plan.seal ? 'whole' : 'changed'
}

/**
 * The key of a plan that may be applied.
 *
 * @throws {UsageError} when it may not: not made here, changed by hand, made by another version, too old.
 */
export function keyFor(path: string, plan: SavedPlan, now = Date.now()): PlanKey {
  const key = findKey()
  const again = `Make it again: ${plan.command}`
  switch (judgeSeal(plan)) {
    case 'foreign':
      throw new UsageError(
        `${path} was made by ${visible(plan.by)}, with a key that is not here: nobody can tell whether it is as it was made`,
        `Apply it as that user on that machine, or make it again here. The key is ${keyFile()} there.`,
      )
    case 'changed':
      throw new UsageError(`${path} is not as provision made it: its seal does not fit`, again)
    case 'whole':
  }
  if (plan.program !== version()) {
    throw new UsageError(
      `${path} was made by provision ${plan.program}, and this is ${version()}, which may do other things`,
      again,
    )
  }
  const days = Math.floor((now - Date.parse(plan.made)) / DAY)
  if (days >= MOST_DAYS) throw new UsageError(`${path} is ${days} days old; a plan holds for ${MOST_DAYS}`, again)
  // It was there for the seal.
  return key!
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw notMade(path, `there is no plan ${path}`)
    throw new UsageError(`cannot read ${path}: ${code}`)
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const isCut = text.startsWith('{') && !text.trimEnd().endsWith('}')
    throw notMade(
      path,
      isCut ? `${path} is not whole: it ends at line ${splitLines(text).length}` : `${path} is no plan`,
    )
  }
}

function notMade(path: string, message: string): UsageError {
  return new UsageError(message, `Make one: provision -i INVENTORY PLAYBOOK --check --save ${path}`)
}
