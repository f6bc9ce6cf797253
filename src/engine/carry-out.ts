import { HostError } from '../core/error.ts'
import type { Frame, Session, StreamEnd } from '../core/session.ts'
import type { Failure } from './events.ts'
import type { Recorder } from './recorder.ts'
import { awaited, changesOf, isSettled, judge, obstacle, toStep, type Unit, unfinished, type Verdict } from './unit.ts'

/** A unit whose answers differ at this many turns in a row has reads that never say the same thing twice. */
const RESTLESS = 4

/**
 * Carries surveyed units out in order: streams, and where a unit's answers moved since they were read, plans again
 * from the fresh answers and goes on from there. See docs/design.md §5 for why this equals one-by-one execution.
 */
export async function carryOut(
  session: Session,
  units: readonly Unit[],
  verdicts: Map<number, Verdict>,
  recorder: Recorder,
  isStopping: () => boolean,
): Promise<'done' | 'failed' | 'stopped'> {
  let next = 0
  let moves = 0
  while (true) {
    // Nothing has run since these answers were read, so units that need nothing are done.
    while (next < units.length && isSettled(verdictOf(units[next]!, verdicts))) {
      recorder.report(units[next]!, { status: 'ok', changes: [], verdict: verdictOf(units[next]!, verdicts) })
      next++
      moves = 0
    }
    if (next === units.length) return 'done'
    // Asked to while nothing was streaming: there was no stream to end.
    if (isStopping()) return 'stopped'
    const turn = new Turns(session, units.slice(next), verdicts, recorder)
    const end = await session.stream(
      units.slice(next).map((unit) => toStep(unit, verdictOf(unit, verdicts))),
      (frame) => turn.frame(frame),
    )
    turn.end(end)
    if (turn.failed) return 'failed'
    if (end.reason === 'finished') return 'done'
    if (end.reason === 'stopped') return 'stopped'
    const before = next
    next = units.findIndex((unit) => unit.number === end.item)
    moves = next === before ? moves + 1 : 1
    if (moves === RESTLESS) {
      throw new HostError(`"${units[next]!.item.name}" reads something else each time it is asked`, {
        hint: `The reads of ${units[next]!.item.resource.name} must give the same answer while nothing changes.`,
      })
    }
    for (const unit of units.slice(next)) verdicts.set(unit.number, judge(unit, end.answers))
  }
}

/** Follows the frames of one stream. */
class Turns {
  failed = false
  readonly #session: Session
  readonly #units: ReadonlyMap<number, Unit>
  readonly #verdicts: Map<number, Verdict>
  readonly #recorder: Recorder
  #current: Unit | undefined
  #started = 0
  #done: Extract<Frame, { type: 'done' }> | undefined

  constructor(session: Session, units: readonly Unit[], verdicts: Map<number, Verdict>, recorder: Recorder) {
    this.#session = session
    this.#units = new Map(units.map((unit) => [unit.number, unit]))
    this.#verdicts = verdicts
    this.#recorder = recorder
  }

  frame(frame: Frame): void {
    const unit = this.#units.get(frame.item)
    if (!unit) throw new Error(`a frame for item ${frame.item}, which is not in the stream`)
    switch (frame.type) {
      case 'turn':
        this.#finish()
        this.#current = unit
        this.#started = performance.now()
        this.#recorder.begin(unit)
        return
      case 'output':
        this.#recorder.output(unit, frame.stream, frame.text)
        return
      case 'done':
        this.#done = frame
        if (frame.status !== 0) this.#fail(unit, failureOf(unit, verdictOf(unit, this.#verdicts), frame))
        return
      case 'answers':
        if (this.#current === unit) this.#finish(judge(unit, frame.answers))
        return
    }
  }

  end({ reason }: StreamEnd): void {
    // On `moved` the item whose turn it was has not been carried out.
    if (reason === 'moved') this.#current = undefined
    this.#finish()
  }

  #finish(after?: Verdict): void {
    const unit = this.#current
    if (!unit) return
    const before = verdictOf(unit, this.#verdicts)
    const changes = changesOf(before)
    const left = after && unit.task.check !== true ? unfinished(unit, after) : undefined
    if (left) {
      if (!unit.task.ignoreErrors) this.#session.stop()
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
    const verdict = verdictOf(unit, this.#verdicts)
    if (!unit.task.ignoreErrors) this.failed = true
    this.#report(unit, {
      status: unit.task.ignoreErrors ? 'ignored' : 'failed',
      changes: changesOf(verdict),
      verdict,
      failure,
    })
  }

  #report(unit: Unit, outcome: Parameters<Recorder['report']>[1]): void {
    this.#recorder.report(unit, { ...outcome, done: this.#done, milliseconds: performance.now() - this.#started })
    this.#current = undefined
    this.#done = undefined
  }
}

function failureOf(unit: Unit, verdict: Verdict, done: Extract<Frame, { type: 'done' }>): Failure {
  const blocked = obstacle(verdict)
  if (blocked) return blocked
  const change = changesOf(verdict)[done.change]
  const seconds = (done.milliseconds / 1000).toFixed(1)
  const what = change === undefined ? unit.item.resource.name : change.what
  return {
    message: `${what} — exit ${done.status} after ${seconds} s`,
    output: [done.stdout.trimEnd(), done.stderr.trimEnd()].filter((text) => text !== '').join('\n'),
  }
}

function verdictOf(unit: Unit, verdicts: ReadonlyMap<number, Verdict>): Verdict {
  const verdict = verdicts.get(unit.number)
  if (!verdict) throw new Error(`"${unit.item.name}" was not surveyed`)
  return verdict
}
