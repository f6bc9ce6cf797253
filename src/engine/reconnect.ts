import { setTimeout as sleep } from 'node:timers/promises'
import { UnreachableError } from '../core/error.ts'
import type { Frame, Session } from '../core/session.ts'
import type { Recorder } from './recorder.ts'
import { changesOf, isSettled, judge, obstacle, toStep, type Unit, type Verdict } from './unit.ts'

const PAUSE_MILLISECONDS = 1000

/**
 * Carries out a change that takes the host away (`reboot`), and waits until it answers its reads differently over a
 * new connection: another boot id, not merely another connection.
 */
export async function comeBack(
  unit: Unit,
  verdicts: ReadonlyMap<number, Verdict>,
  session: Session,
  seconds: number,
  recorder: Recorder,
  again: () => Promise<Session>,
): Promise<'done' | 'failed'> {
  const before = verdicts.get(unit.number)!
  if (isSettled(before)) {
    recorder.report(unit, { status: 'ok', changes: [], verdict: before })
    return 'done'
  }
  const started = performance.now()
  recorder.begin(unit)
  const changes = changesOf(before)
  const fail = (message: string, output?: string): 'failed' => {
    const failure = { message, ...(output ? { output } : {}) }
    recorder.report(unit, { status: 'failed', changes, verdict: before, failure })
    return 'failed'
  }
  const blocked = obstacle(before)
  if (blocked) return fail(blocked.message)
  let refused: Extract<Frame, { type: 'done' }> | undefined
  try {
    await session.stream([toStep(unit, before)], (frame) => {
      if (frame.type === 'done' && frame.status !== 0) refused = frame
    })
  } catch (error) {
    // The connection is expected to go; anything else is not.
    if (!(error instanceof UnreachableError)) throw error
  }
  if (refused) return fail(`${changes[0]?.what ?? unit.item.name} — exit ${refused.status}`, refused.stderr.trimEnd())

  const deadline = started + seconds * 1000
  let last = 'it never went away'
  while (performance.now() < deadline) {
    await sleep(PAUSE_MILLISECONDS)
    try {
      const verdict = judge(unit, await (await again()).survey(unit.questions))
      if (JSON.stringify(verdict.answers) !== JSON.stringify(before.answers)) {
        recorder.report(unit, { status: 'changed', changes, verdict, milliseconds: performance.now() - started })
        return 'done'
      }
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      last = error.message
    }
  }
  return fail(`the host did not come back within ${seconds} s: ${last}`)
}
