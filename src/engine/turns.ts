import { UnreachableError } from '../core/error.ts'
import type { Answer, Frame, Session, StreamEnd } from '../core/session.ts'
import type { Failure } from './events.ts'
import type { Guarded } from './guard.ts'
import type { Recorder } from './recorder.ts'
import {
  awaited,
  changesOf,
  judge,
  obstacle,
  recordOf,
  timedOut,
  toStep,
  type Unit,
  unfinished,
  type Verdict,
} from './unit.ts'

/** A guarded change without a word for so long may have cut the connection, in milliseconds: a new one is tried. */
const SILENCE = 5000

const MOVED = (address: string): string => `the host answers at ${address} now: write that into the inventory (host:)`

const UNDONE = 'put back at once: what is guarded together with it was not carried out to its end'

/** Follows the frames of one stream. */
export class Turns {
  failed = false
  readonly #session: Session
  readonly #units: ReadonlyMap<number, Unit>
  readonly #verdicts: ReadonlyMap<number, Verdict>
  readonly #guards: ReadonlyMap<number, Guarded>
  readonly #recorder: Recorder
  #current: Unit | undefined
  #last: Unit | undefined
  #started = 0
  #heard = 0
  #done: Extract<Frame, { type: 'done' }> | undefined
  /** The guard of the changes that wait for a proof. */
  #open: Guarded | undefined
  /** Reports that wait for it, too: what is put back was never changed. */
  readonly #held: ((putBack?: Failure) => void)[] = []
  #end: StreamEnd | undefined
  /** Where the host answers since its changes were proven. */
  #movedTo: string | undefined

  constructor(
    session: Session,
    units: readonly Unit[],
    verdicts: ReadonlyMap<number, Verdict>,
    guards: ReadonlyMap<number, Guarded>,
    recorder: Recorder,
  ) {
    this.#session = session
    this.#units = new Map(units.map((unit) => [unit.number, unit]))
    this.#verdicts = verdicts
    this.#guards = guards
    this.#recorder = recorder
  }

  /** The guard of the changes that wait for a proof. */
  get open(): Guarded | undefined {
    return this.#open
  }

  /** The last unit that had its turn. */
  get last(): Unit | undefined {
    return this.#last
  }

  /** How the stream ended, if it has by now. */
  get ended(): StreamEnd | undefined {
    return this.#end
  }

  /**
   * Streams the units. @returns how that ended; nothing where a guarded change cut the connection, or fell silent.
   *
   * @throws {UnreachableError} when the connection is lost at any other time.
   */
  async follow(): Promise<StreamEnd | undefined> {
    const steps = [...this.#units.values()].map((unit) => ({
      ...toStep(unit, this.#verdictOf(unit)),
      guard: this.#guards.get(unit.number)?.step,
    }))
    let watch: NodeJS.Timeout | undefined
    const silence = new Promise<undefined>((resolve) => {
      watch = setInterval(() => {
        if (this.#open && performance.now() - this.#heard > SILENCE) resolve(undefined)
      }, SILENCE / 5)
    })
    const streaming = this.#session
      .stream(steps, (frame) => this.#frame(frame))
      .then(
        (end) => this.#over(end),
        (error: unknown) => {
          if (this.#open && error instanceof UnreachableError) return undefined
          throw error
        },
      )
    try {
      return await (this.#guards.size === 0 ? streaming : Promise.race([streaming, silence]))
    } finally {
      clearInterval(watch)
    }
  }

  /** A new connection was proven, perhaps at another address; `answers` are of now. */
  proven(answers: ReadonlyMap<string, Answer>, movedTo: string | undefined): void {
    this.#movedTo = movedTo
    this.#open = undefined
    this.#flush()
    if (this.#current) this.#finish(judge(this.#current, answers))
  }

  /** None was, and the host has put itself back. */
  putBack(failure: Failure): void {
    this.failed = true
    this.#open = undefined
    if (this.#current) this.#held.push(this.#hold(this.#current))
    this.#current = undefined
    this.#flush(failure)
  }

  /** @param undone why what was held is put back; told in full with the last of it. */
  #flush(undone?: Failure): void {
    const held = this.#held.splice(0)
    for (const [index, report] of held.entries()) {
      report(undone && index < held.length - 1 ? { message: `put back: ${undone.message}` } : undone)
    }
  }

  #frame(frame: Frame): void {
    const unit = this.#units.get(frame.item)
    if (!unit) throw new Error(`a frame for item ${frame.item}, which is not in the stream`)
    this.#heard = performance.now()
    switch (frame.type) {
      case 'turn':
        this.#finish()
        this.#current = unit
        this.#last = unit
        this.#open ??= this.#guards.get(unit.number)
        this.#started = performance.now()
        this.#recorder.begin(unit)
        return
      case 'output':
        this.#recorder.output(unit, frame.stream, frame.text)
        return
      case 'done':
        this.#done = frame
        if (frame.status !== 0) this.#fail(unit, failureOf(unit, this.#verdictOf(unit), frame))
        return
      case 'answers':
        if (this.#current === unit) this.#finish(judge(unit, frame.answers))
        return
    }
  }

  #over(end: StreamEnd): StreamEnd {
    // On `moved` the item whose turn it was has not been carried out.
    if (end.reason === 'moved') this.#current = undefined
    this.#finish()
    this.#end = end
    // Of a span in whose middle an item moved, what is done is proven first.
    if (end.reason === 'guarded' || (end.reason === 'moved' && this.#held.length > 0)) return end
    this.#open = undefined
    const undone = end.reason === 'failed' || end.reason === 'stopped'
    this.#flush(undone ? { message: UNDONE } : undefined)
    return end
  }

  #finish(after?: Verdict): void {
    const unit = this.#current
    if (!unit) return
    const before = this.#verdictOf(unit)
    const changes = changesOf(before)
    const left = after && unit.task.check !== true ? unfinished(unit, after) : undefined
    if (left) {
      if (!unit.task.ignoreErrors) this.#session.stop()
      this.#session.note('unfinished', recordOf(unit, before, left))
      this.#fail(unit, left)
      return
    }
    if (awaited(before) !== undefined) {
      this.#report(unit, { status: 'ok', changes: [], verdict: after ?? before })
      return
    }
    const status = changes.length === 0 ? 'ok' : unit.task.check === true ? 'would change' : 'changed'
    this.#report(unit, { status, changes, verdict: after ?? before })
  }

  #fail(unit: Unit, failure: Failure): void {
    const verdict = this.#verdictOf(unit)
    if (!unit.task.ignoreErrors) this.failed = true
    this.#report(unit, {
      status: unit.task.ignoreErrors ? 'ignored' : 'failed',
      changes: changesOf(verdict),
      verdict,
      failure,
    })
  }

  #report(unit: Unit, outcome: Parameters<Recorder['report']>[1]): void {
    const full = { ...outcome, ...this.#moved(), done: this.#done, milliseconds: performance.now() - this.#started }
    this.#current = undefined
    this.#done = undefined
    if (outcome.status === 'failed') this.#flush({ message: UNDONE })
    if (this.#open && outcome.status !== 'failed') this.#held.push(this.#hold(unit, full))
    else this.#recorder.report(unit, full)
  }

  #hold(unit: Unit, outcome?: Parameters<Recorder['report']>[1]): (failure?: Failure) => void {
    const verdict = this.#verdictOf(unit)
    const isGuarded = this.#guards.has(unit.number)
    return (failure) => {
      const undone =
        failure && isGuarded ? { status: 'failed' as const, changes: changesOf(verdict), verdict, failure } : undefined
      const reported = undone ?? outcome
      if (reported) this.#recorder.report(unit, undone ? reported : { ...reported, ...this.#moved() })
    }
  }

  #moved(): Partial<Pick<Parameters<Recorder['report']>[1], 'reports'>> {
    return this.#movedTo === undefined ? {} : { reports: [{ message: MOVED(this.#movedTo) }] }
  }

  #verdictOf(unit: Unit): Verdict {
    const verdict = this.#verdicts.get(unit.number)
    if (!verdict) throw new Error(`"${unit.item.name}" was not surveyed`)
    return verdict
  }
}

function failureOf(unit: Unit, verdict: Verdict, done: Extract<Frame, { type: 'done' }>): Failure {
  const blocked = obstacle(verdict)
  if (blocked) return blocked
  const change = changesOf(verdict)[done.change]
  const seconds = (done.milliseconds / 1000).toFixed(1)
  const what = change === undefined ? unit.item.resource.name : change.what
  const how = done.late ? timedOut(unit.task.timeout) : `exit ${done.status} after ${seconds} s`
  return {
    message: `${what} — ${how}`,
    output: [done.stdout.trimEnd(), done.stderr.trimEnd()].filter((text) => text !== '').join('\n'),
  }
}
