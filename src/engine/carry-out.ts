import { HostError } from '../core/error.ts'
import type { Session } from '../core/session.ts'
import { type Fetch, withFiles } from './fetch.ts'
import { type Guarded, guardsOf } from './guard.ts'
import { type PutBack, putBackFailure } from './prove.ts'
import type { Recorder } from './recorder.ts'
import { Turns } from './turns.ts'
import { isSettled, judge, type Unit, type Verdict } from './unit.ts'

/** A unit whose answers differ at this many turns in a row has reads that never say the same thing twice. */
const RESTLESS = 4

/** The session to go on with, over a connection that was proven. */
export interface GoOn {
  readonly session: Session
  /** Where the host answers now, if that is another address. */
  readonly movedTo: string | undefined
}

/** What carrying out needs from whoever has the connection. */
export interface Host {
  readonly fetch: Fetch
  readonly isStopping: () => boolean
  /** Proves that the host can be reached anew, and goes on over that connection. Nothing: it cannot be cut off (`local`). */
  readonly prove: ((guarded: Guarded) => Promise<GoOn | PutBack>) | undefined
}

/**
 * Carries surveyed units out in order: streams, and where a unit's answers moved since they were read, plans again
 * from the fresh answers and goes on from there. See docs/design.md §5 for why this equals one-by-one execution.
 */
export async function carryOut(
  first: Session,
  units: readonly Unit[],
  verdicts: Map<number, Verdict>,
  recorder: Recorder,
  { fetch, isStopping, prove }: Host,
): Promise<'done' | 'failed' | 'stopped'> {
  let session = first
  let next = 0
  let moves = 0
  while (true) {
    // Nothing has run since these answers were read, so units that need nothing are done.
    for (let unit = units[next]; unit && isSettled(verdicts.get(unit.number)!); unit = units[next]) {
      recorder.report(unit, { status: 'ok', changes: [], verdict: verdicts.get(unit.number)! })
      next++
      moves = 0
    }
    if (next === units.length) return 'done'
    const rest = units.slice(next)
    for (const unit of rest) verdicts.set(unit.number, await withFiles(unit, verdicts.get(unit.number)!, fetch))
    // Asked to while nothing was streaming: there was no stream to end.
    if (isStopping()) return 'stopped'
    const turns = new Turns(session, rest, verdicts, prove ? guardsOf(rest, verdicts) : new Map(), recorder)
    const end = (await turns.follow()) ?? turns.ended
    if (prove && turns.open && !turns.failed) {
      const guarded = turns.open
      const proof = await prove(guarded)
      if ('putBack' in proof) {
        // It may have failed by itself meanwhile, and has told why.
        if (!turns.failed) turns.putBack(putBackFailure(proof, guarded.seconds))
        return 'failed'
      }
      session = proof.session
      next = units.indexOf(turns.last!) + 1
      moves = 0
      const answers = await session.survey(units.flatMap(({ questions }) => questions))
      turns.proven(answers, proof.movedTo)
      if (turns.failed) return 'failed'
      for (const unit of units.slice(next)) verdicts.set(unit.number, judge(unit, answers))
      continue
    }
    if (turns.failed) return 'failed'
    if (end === undefined) throw new Error('a stream was lost that nobody waits for')
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
