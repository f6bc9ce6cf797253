import type { JsonObject } from '../core/json.ts'
import { type Change, isChanges, type Plan } from '../core/resource.ts'
import type { Answer, Question, Step, StepRecord } from '../core/session.ts'
import { type Script, sh } from '../core/shell.ts'
import type { Item, Task } from '../core/task.ts'
import type { Failure, ItemRef, ShownChange } from './events.ts'

/** An item with its number in the segment and the questions it asks. */
export interface Unit {
  readonly number: number
  readonly task: Task
  readonly item: Item
  readonly handler: boolean
  /** Read names in order, empty reads included: those are answered with nothing, without asking. */
  readonly reads: readonly string[]
  readonly questions: readonly Question[]
}

/** What an item's answers mean. */
export interface Verdict {
  readonly answers: { readonly [read: string]: string }
  readonly plan: Plan | { readonly unread: Failure }
}

/** @throws {RangeError} when a parameter cannot be put into shell text (a NUL byte). */
export function makeUnit(number: number, task: Task, item: Item, handler: boolean): Unit {
  const scripts: readonly [string, Script][] = Object.entries(item.resource.read(item.params, item.files))
  return {
    number,
    task,
    item,
    handler,
    reads: scripts.map(([name]) => name),
    questions: scripts
      .filter(([, script]) => !script.isEmpty)
      .map(([name, script]) => ({ id: `${number}.${name}`, script })),
  }
}

/** Judges the answers to a unit's questions. Pure. */
export function judge(unit: Unit, answers: ReadonlyMap<string, Answer>): Verdict {
  const texts: Record<string, string> = {}
  for (const name of unit.reads) {
    const answer = answers.get(`${unit.number}.${name}`)
    if (answer !== undefined && answer.status !== 0) {
      return { answers: texts, plan: { unread: unreadable(name, answer) } }
    }
    texts[name] = answer?.text ?? ''
  }
  return { answers: texts, plan: unit.item.resource.plan(unit.item.params, texts, unit.item.files) }
}

/** Whether the unit needs nothing, so that it may be called done without a turn when nothing ran before it. */
export function isSettled(verdict: Verdict): boolean {
  return isPlanned(verdict.plan) && verdict.plan.length === 0
}

/** Why the unit cannot be carried out as its answers stand. */
export function obstacle(verdict: Verdict): Failure | undefined {
  const { plan } = verdict
  if ('unread' in plan) return plan.unread
  if ('notReady' in plan) return { message: plan.notReady }
  if ('impossible' in plan) return { message: plan.impossible, ...(plan.hint === undefined ? {} : { hint: plan.hint }) }
  return undefined
}

export function changesOf(verdict: Verdict): readonly Change[] {
  return isPlanned(verdict.plan) ? verdict.plan : []
}

/** What the unit waits for, where that is all it does. */
export function awaited(verdict: Verdict): string | undefined {
  const changes = changesOf(verdict)
  if (changes.length === 0 || !changes.every((change) => change.waits)) return undefined
  return changes.map(({ what, to }) => `${what} ${to}`).join(', ')
}

/**
 * The unit's turn in a stream. A unit with an obstacle gets a change that fails: when its answers are still the
 * surveyed ones at its turn, the obstacle is real and the stream must stop there.
 */
export function toStep(unit: Unit, verdict: Verdict): Step {
  const changes = obstacle(verdict) ? [sh`exit 1`] : changesOf(verdict).map((change) => change.apply)
  return {
    item: unit.number,
    questions: unit.questions,
    changes: unit.task.check === true ? [] : changes,
    owes: changes.length === 0 ? [] : unit.task.notify,
    settles: unit.handler ? [unit.task.name] : [],
    ignoreErrors: unit.task.ignoreErrors,
    ...(changes.length === 0 || unit.task.check === true ? {} : { record: recordOf(unit, verdict) }),
    timeout: unit.task.timeout,
  }
}

export function timedOut(seconds: number | undefined): string {
  return `timed out after ${seconds} s; everything that it had started was ended`
}

/** What the journal of a run says about a unit's changes; of those with `no_log`, that there were some. */
export function recordOf({ task, item, handler }: Unit, verdict: Verdict, failure = obstacle(verdict)): StepRecord {
  const changes = changesOf(verdict)
  const message = task.noLog ? 'hidden by no_log' : failure?.message
  return {
    task: item.name,
    place: `${task.place.file}:${task.place.line}`,
    resource: item.resource.name,
    changes: task.noLog && changes.length > 0 ? ['hidden by no_log'] : changes.map(({ what }) => what),
    notify: task.notify,
    ...(handler ? { handler } : {}),
    ...(changes.some((change) => !change.waits) ? {} : { idle: true }),
    ...(failure && message !== undefined ? { failure: message } : {}),
  }
}

/** What has still not come about after the changes ran; nothing when the unit converged. */
export function unfinished(unit: Unit, after: Verdict): Failure | undefined {
  const blocked = obstacle(after)
  if (blocked) return { ...blocked, message: `did not converge: ${blocked.message}` }
  const [left] = changesOf(after).filter((change) => !change.always)
  if (!left) return undefined
  return {
    message: `did not converge: ${left.what} is still ${left.from || 'unchanged'}, wanted ${left.to}`,
    hint: `${unit.item.resource.name} changed it and then read it back. Something on the host changes it again, or refuses it silently.`,
  }
}

export function show(change: Change): ShownChange {
  return {
    what: change.what,
    from: change.from,
    to: change.to,
    script: String(change.apply),
    ...(change.diff ? { diff: change.diff } : {}),
    ...(change.always ? { always: true } : {}),
  }
}

export function refer(host: string, play: string, unit: Pick<Unit, 'task' | 'handler'> & { item?: Item }): ItemRef {
  const { task, item, handler } = unit
  return {
    host,
    play,
    task: item?.name ?? task.name,
    place: task.place,
    resource: task.resource.name,
    handler,
  }
}

/** The part of a registered result that every resource has. */
export function baseResult(changed: boolean, failed: boolean, skipped: boolean): JsonObject {
  return { changed, failed, skipped }
}

function isPlanned(plan: Verdict['plan']): plan is readonly Change[] {
  return !('unread' in plan) && isChanges(plan)
}

function unreadable(name: string, answer: Answer): Failure {
  return {
    message: `could not read "${name}" — exit ${answer.status}`,
    output: [answer.stderr.trimEnd(), answer.text.trimEnd()].filter((text) => text !== '').join('\n'),
  }
}
