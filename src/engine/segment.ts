import { InputError } from '../core/error.ts'
import type { Item, Task } from '../core/task.ts'
import type { Failure } from './events.ts'
import type { Memory } from './memory.ts'
import { baseResult, makeUnit, type Unit } from './unit.ts'

/** Something whose outcome is known without asking the host. */
export interface Told {
  readonly task: Task
  readonly handler: boolean
  readonly status: 'skipped' | 'unknown' | 'failed'
  readonly note?: string
  readonly failure?: Failure
}

export type Entry = Unit | Told

/** A run of items with no barrier between them: one survey, and one stream where nothing interferes. */
export interface Segment {
  readonly become: string | undefined
  readonly entries: readonly Entry[]
  /** How many tasks of the queue it took. */
  readonly taken: number
  /** The change ends the connection; such an item is a segment of its own. */
  readonly reconnects: number | undefined
  /** Its items work from the controller. */
  readonly control: boolean
}

export function isUnit(entry: Entry): entry is Unit {
  return 'item' in entry
}

/**
 * Takes tasks from the front of the queue up to the next barrier: a task that uses a result which this segment is
 * still to bring, another user to become, a change between host and controller, a reconnect, or an input error that
 * ends the host's play.
 */
export function collect(queue: readonly Task[], memory: Memory, check: boolean, handler: boolean): Segment {
  const entries: Entry[] = []
  const awaited = new Set<string>()
  let become: string | undefined
  let kind: Kind = 'host'
  let taken = 0
  for (const task of queue) {
    const hasUnits = entries.some(isUnit)
    if ([...task.uses].some((name) => awaited.has(name))) break
    if (hasUnits && (task.become !== become || kindOf(task) !== kind)) break
    const told = tell(task, memory, check, handler)
    if (told) {
      taken++
      entries.push(told)
      if (told.status === 'unknown') memory.registerUnknown(task)
      if (told.status === 'skipped') memory.register(task, baseResult(false, false, true), true)
      continue
    }
    const expanded = expand(task, memory, handler, entries.length)
    if ('status' in expanded) {
      taken++
      entries.push(expanded)
      if (expanded.status === 'failed') break
      memory.registerUnknown(task)
      continue
    }
    const seconds = reconnectSeconds(expanded.units)
    if (seconds !== undefined && hasUnits) break
    taken++
    entries.push(...expanded.entries)
    if (expanded.units.length > 0) {
      become = task.become
      kind = kindOf(task)
      if (task.register !== undefined) awaited.add(task.register)
    }
    if (seconds !== undefined) return { become, entries, taken, reconnects: seconds, control: false }
    // What one of them does may be what the next one looks at.
    if (kind === 'act') break
  }
  return { become, entries, taken, reconnects: undefined, control: kind !== 'host' }
}

type Kind = 'host' | 'probe' | 'act'

function kindOf({ resource }: Task): Kind {
  if (!resource.control) return 'host'
  return resource.findings ? 'probe' : 'act'
}

function tell(task: Task, memory: Memory, check: boolean, handler: boolean): Told | undefined {
  if (check && task.check === false) return { task, handler, status: 'skipped', note: 'left out of checks' }
  const source = memory.missingFor(task)
  return source === undefined ? undefined : unknownUntil(source, task, handler)
}

function unknownUntil(source: string, task: Task, handler: boolean): Told {
  return { task, handler, status: 'unknown', note: `unknown until "${source}" is applied` }
}

interface Expanded {
  readonly entries: readonly Entry[]
  readonly units: readonly Unit[]
}

function expand(task: Task, memory: Memory, handler: boolean, offset: number): Expanded | Told {
  let items: readonly Item[]
  try {
    items = task.expand(memory.values)
    const units = items.map((item, index) => makeUnit(offset + index, task, item, handler))
    for (const { item } of units) {
      const values = item.resource.variables?.(item.params)
      if (values) memory.set(values)
    }
    if (units.length > 0) return { entries: units, units }
  } catch (error) {
    const source = error instanceof InputError ? memory.missingElsewhereFor(task) : undefined
    if (source !== undefined) return unknownUntil(source, task, handler)
    return { task, handler, status: 'failed', failure: inputFailure(error) }
  }
  memory.register(task, baseResult(false, false, true), true)
  return { entries: [{ task, handler, status: 'skipped' }], units: [] }
}

// Everything else that is thrown here is a mistake of ours and must be seen as one.
function inputFailure(error: unknown): Failure {
  if (error instanceof RangeError) return { message: error.message }
  if (!(error instanceof InputError)) throw error
  return {
    message: error.problems
      .map(({ message, place }) => (place ? `${place.file}:${place.line}:${place.column}  ${message}` : message))
      .join('\n'),
    ...(error.problems[0]?.frame ? { output: error.problems[0].frame } : {}),
    ...(error.problems[0]?.hint ? { hint: error.problems[0].hint } : {}),
  }
}

function reconnectSeconds(units: readonly Unit[]): number | undefined {
  for (const { item } of units) {
    const seconds = item.resource.reconnects?.(item.params)
    if (seconds !== undefined) return seconds
  }
  return undefined
}
