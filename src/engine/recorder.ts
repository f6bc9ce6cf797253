import type { Report } from '../core/control.ts'
import type { Finding } from '../core/finding.ts'
import type { JsonObject } from '../core/json.ts'
import type { Change } from '../core/resource.ts'
import type { Frame } from '../core/session.ts'
import type { Task } from '../core/task.ts'
import type { Counts } from './counts.ts'
import type { Emit, Event, Failure, Status } from './events.ts'
import type { Journal } from './journal.ts'
import type { Memory } from './memory.ts'
import { type Entry, isUnit, type Told } from './segment.ts'
import { baseResult, obstacle, refer, show, type Unit, type Verdict } from './unit.ts'

/** What a unit's changes printed, as far as it goes into results and failures. */
type Done = Extract<Frame, { type: 'done' }>

export interface Outcome {
  readonly status: Status
  readonly changes: readonly Change[]
  readonly verdict: Verdict
  readonly done?: Done | undefined
  readonly failure?: Failure
  readonly notes?: readonly string[]
  readonly milliseconds?: number
  /** What the work from the controller had to say. */
  readonly reports?: readonly Report[]
  /** It failed, and the play goes on to its end: everything is to be reported. */
  readonly goesOn?: true
}

/** Turns outcomes of one host in one play into events, counts, registered results and owed handlers. */
export class Recorder {
  /** Names of handlers that have to run, in the order in which they were notified first. */
  readonly owed = new Set<string>()
  /** Handlers that may have to run: notified by items of which a check cannot tell whether they change. */
  readonly perhaps = new Set<string>()
  /** Something changed, or would: what follows may be judged from answers that will not last. */
  changed = false
  failed = false
  /** A probe found something required to be wrong: the host fails at the end of the play. */
  faulty = false
  readonly #host: string
  readonly #play: string
  readonly #memory: Memory
  readonly #journal: Journal
  readonly #counts: Counts
  readonly #emit: Emit
  readonly #left = new Map<Task, number>()
  #running: Unit | undefined
  #waiting: readonly { readonly position: number; readonly told: Told }[] = []

  constructor(host: string, play: string, memory: Memory, journal: Journal, counts: Counts, emit: Emit) {
    this.#host = host
    this.#play = play
    this.#memory = memory
    this.#journal = journal
    this.#counts = counts
    this.#emit = emit
  }

  /** Takes a segment: what is known without asking is told in its place among the units. */
  expect(entries: readonly Entry[]): void {
    this.#waiting = entries.flatMap((entry, position) => (isUnit(entry) ? [] : [{ position, told: entry }]))
    for (const { task } of entries.filter(isUnit)) this.#left.set(task, (this.#left.get(task) ?? 0) + 1)
  }

  /** Tells what stands before a position of the segment. */
  tellBefore(position: number): void {
    const due = this.#waiting.filter((waiting) => waiting.position < position)
    this.#waiting = this.#waiting.filter((waiting) => waiting.position >= position)
    for (const { told } of due) this.tell(told)
  }

  /** Which item is being carried out, in words; nothing between items. */
  get running(): string | undefined {
    const unit = this.#running
    return unit && `in the middle of "${unit.item.name}" (${unit.task.place.file}:${unit.task.place.line})`
  }

  begin(unit: Unit): void {
    this.#running = unit
    this.#emit({ type: 'item', ...refer(this.#host, this.#play, unit) })
  }

  output(unit: Unit, stream: 'stdout' | 'stderr', text: string): void {
    if (!unit.task.noLog) this.#emit({ type: 'output', ...refer(this.#host, this.#play, unit), stream, text })
  }

  /** The running item can go no further. @returns whether there was one. */
  cutOff(failure: Failure): boolean {
    const unit = this.#running
    if (unit) this.report(unit, { status: 'failed', changes: [], verdict: { answers: {}, plan: [] }, failure })
    return unit !== undefined
  }

  tell(told: Told): void {
    const status = told.status === 'failed' && told.task.ignoreErrors ? 'ignored' : told.status
    if (status === 'failed') this.failed = true
    if (status === 'unknown') this.#unknown(told.task)
    if (told.handler && status === 'skipped') this.#journal.handled(told.task.name)
    this.#counts.add(status)
    const result: Event = {
      type: 'result',
      ...refer(this.#host, this.#play, told),
      status,
      changes: [],
      notes: told.note === undefined ? [] : [told.note],
      notifies: [],
      milliseconds: 0,
      ...(told.failure ? { failure: told.failure } : {}),
    }
    this.#emit(result, told)
  }

  report(unit: Unit, outcome: Outcome): void {
    const { task, item } = unit
    const { status, failure } = outcome
    this.tellBefore(unit.number)
    this.#running = undefined
    this.#counts.add(status)
    if (status === 'failed' && outcome.goesOn) this.faulty = true
    else if (status === 'failed') this.failed = true
    if (status === 'changed' || status === 'would change') this.changed = true
    if (status === 'unknown') this.#unknown(task)
    const notifies = status === 'changed' || status === 'would change' ? task.notify : []
    for (const name of notifies) this.owed.add(name)
    if (status === 'changed') this.#journal.owe(task.become ?? '', notifies)
    if (unit.handler && (status === 'changed' || status === 'ok')) this.#journal.handled(task.name, task.become ?? '')
    this.#register(unit, outcome)
    const message = item.resource.message?.(item.params)
    if (message !== undefined && status === 'ok') {
      this.#emit({ type: 'message', ...refer(this.#host, this.#play, unit), text: message })
    }
    const findings = this.#say(unit, outcome)
    const result: Event = {
      type: 'result',
      ...refer(this.#host, this.#play, unit),
      status,
      changes: outcome.changes.map(task.noLog ? hide : show),
      notes: outcome.notes ?? [],
      notifies,
      milliseconds: Math.round(outcome.milliseconds ?? 0),
      ...(findings.length > 0 ? { findings } : {}),
      ...(failure ? { failure: task.noLog ? { message: 'failed; its output is hidden by no_log' } : failure } : {}),
      ...(task.noLog ? { noLog: true } : {}),
    }
    this.#emit(result, unit)
  }

  /** @returns everything found that may be shown. */
  #say(unit: Unit, { reports = [], status }: Outcome): readonly Finding[] {
    const ref = refer(this.#host, this.#play, unit)
    for (const { message, documents = {} } of unit.task.noLog ? [] : reports) {
      if (message !== undefined) this.#emit({ type: 'message', ...ref, text: message })
      for (const [format, text] of Object.entries(documents)) this.#emit({ type: 'document', ...ref, format, text })
    }
    const findings = reports.flatMap((report) => report.findings ?? [])
    // What is wrong before the changes of a check are made is no news.
    if (status !== 'unknown') this.#counts.addFindings(findings)
    return unit.task.noLog ? [] : findings
  }

  #unknown(task: Task): void {
    this.changed = true
    for (const name of task.notify) this.perhaps.add(name)
  }

  #register(unit: Unit, { status, verdict, done, reports = [] }: Outcome): void {
    const { task, item } = unit
    const left = (this.#left.get(task) ?? 1) - 1
    this.#left.set(task, left)
    if (task.register === undefined) return
    if (status === 'unknown' || status === 'would change') {
      this.#memory.registerUnknown(task, item.name)
      return
    }
    const failed = status === 'failed' || status === 'ignored'
    const result: JsonObject = {
      ...baseResult(status === 'changed', failed, false),
      // With an obstacle nothing of the task ran: what ended then is the step that stands for it.
      ...(failed && !('notReady' in verdict.plan) ? {} : item.resource.result?.(item.params, verdict.answers)),
      ...Object.assign({}, ...reports.map((report) => report.result)),
      ...(done && !obstacle(verdict) ? printed(done) : {}),
    }
    this.#memory.register(task, result, left === 0)
  }
}

// Without the line breaks at the end, as `$(…)` does, so that a condition can compare it with a word.
function printed({ status, stdout, stderr }: Done): JsonObject {
  return { rc: status, stdout: stdout.replace(/\n+$/, ''), stderr: stderr.replace(/\n+$/, '') }
}

function hide(change: Change): ReturnType<typeof show> {
  return { what: 'hidden by no_log', from: '', to: '', script: '', ...(change.always ? { always: true } : {}) }
}
