import type { Act } from '../../core/control.ts'
import { HostError } from '../../core/error.ts'
import { type Change, impossible, isChanges, type Plan } from '../../core/resource.ts'
import type { Item, Play, Task } from '../../core/task.ts'
import { isUnit } from '../../engine/segment.ts'
import type { PlanKey } from './key.ts'
import { type Line, wantedHash } from './ledger.ts'
import { doneBy, overResource, overTasks, type Witness } from './witness.ts'

/** What an item may do: the things that it may change, or `anything` where the plan leaves it to its turn. */
type Permit = 'anything' | { readonly things: ReadonlySet<string>; readonly wanted: string | undefined }

const NOTHING: Permit = { things: new Set(), wanted: undefined }
const HINT = 'A new check says what is to be done now.'

/**
 * The plays, whose items do nothing that the check has not listed: whatever else one wants at its turn stops its host there.
 * Where the check said `unknown`, or left the task out, its turn decides; handlers run when something notified them.
 *
 * @param lines what the check found, about the tasks of `plays` themselves.
 */
export function keepTo(
  plays: readonly Play[],
  lines: readonly Line[],
  witness: Witness,
  key: PlanKey,
): readonly Play[] {
  const byTask = new Map<Task, Line[]>()
  for (const line of lines) byTask.set(line.about.task, [...(byTask.get(line.about.task) ?? []), line])
  const handlers = new Set(plays.flatMap(({ hosts }) => hosts.flatMap((host) => host.handlers.map(({ task }) => task))))
  return overTasks(plays, (task) => {
    const found = byTask.get(task)
    // A handler that the check had no reason to call is called by an item that was left to its turn.
    if (task.check !== undefined || (found === undefined && handlers.has(task))) return task
    const permitOf = permits(found ?? [], witness)
    return {
      ...task,
      expand: (runtime) => task.expand(runtime).map((item, index) => keepItem(task, item, permitOf(index), key)),
    }
  })
}

function permits(lines: readonly Line[], witness: Witness): (index: number) => Permit {
  const [first] = lines
  if (first && !isUnit(first.about)) return () => (first.result.status === 'unknown' ? 'anything' : NOTHING)
  return (index) => {
    const line = lines[index]
    if (line === undefined || !isUnit(line.about)) return NOTHING
    if (line.result.status === 'unknown') return 'anything'
    const things = new Set(doneBy(witness.of(line.about.item)).map(({ what }) => what))
    return { things, wanted: line.result.fingerprint?.wanted }
  }
}

function keepItem(task: Task, item: Item, permit: Permit, key: PlanKey): Item {
  if (permit === 'anything') return item
  const sameParameters = permit.wanted === undefined || permit.wanted === wantedHash(task, item, key)
  const objection = (changes: readonly (Change | Act)[]): string | undefined => {
    const foreign = changes.find(({ what }) => !permit.things.has(what))
    if (foreign) return `not in the plan: ${foreign.what}${described(foreign)}`
    return sameParameters || changes.length === 0 ? undefined : 'its parameters are not those of the plan'
  }
  const review = (plan: Plan): Plan => {
    const text = isChanges(plan) ? objection(plan) : undefined
    return text === undefined ? plan : impossible(text, HINT)
  }
  return overResource(item, review, (acts) => {
    const text = objection(acts)
    if (text !== undefined) throw new HostError(text, { hint: HINT })
  })
}

function described({ from, to, always }: Change | Act): string {
  // A text that keeps its number of lines.
  if (from === to) return ', other content'
  return always ? '' : `, ${from || '""'} → ${to || '""'}`
}
