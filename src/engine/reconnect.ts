import { setTimeout as sleep } from 'node:timers/promises'
import { UnreachableError } from '../core/error.ts'
import type { Frame, Session } from '../core/session.ts'
import type { Failure } from './events.ts'
import type { Recorder } from './recorder.ts'
import { awaited, changesOf, isSettled, judge, obstacle, toStep, type Unit, type Verdict } from './unit.ts'

const PAUSE_MILLISECONDS = 1000

/**
 * Carries out a change that takes the host away (`reboot`), and waits until it answers its reads differently over a
 * new connection: another boot id, not merely another connection. Where the change only waits for somebody else to take
 * the host away (`installed`), nothing counts as changed.
 */
export async function comeBack(
  unit: Unit,
  verdicts: ReadonlyMap<number, Verdict>,
  session: Session,
  seconds: number,
  recorder: Recorder,
  isStopping: () => boolean,
  again: () => Promise<Session>,
): Promise<'done' | 'failed' | 'stopped'> {
  const before = verdicts.get(unit.number)!
  if (isSettled(before)) {
    recorder.report(unit, { status: 'ok', changes: [], verdict: before })
    return 'done'
  }
  const started = performance.now()
  recorder.begin(unit)
  const changes = changesOf(before)
  const waiting = awaited(before)
  const fail = (message: string, details: Omit<Failure, 'message'> = {}): 'failed' => {
    const failure = { message, ...details }
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
  if (refused) {
    const output = refused.stderr.trimEnd()
    return fail(`${changes[0]?.what ?? unit.item.name} — exit ${refused.status}`, output === '' ? {} : { output })
  }

  const deadline = started + seconds * 1000
  let last = waiting === undefined ? 'it never went away' : `${changes[0]!.what} is still ${changes[0]!.from}`
  while (performance.now() < deadline) {
    await sleep(PAUSE_MILLISECONDS)
    if (isStopping()) return 'stopped'
    try {
      const back = await again()
      const verdict = judge(unit, await back.survey(unit.questions))
      if (JSON.stringify(verdict.answers) !== JSON.stringify(before.answers)) {
        const milliseconds = performance.now() - started
        back.note('changed', '')
        if (waiting === undefined) recorder.report(unit, { status: 'changed', changes, verdict, milliseconds })
        else recorder.report(unit, { status: 'ok', changes: [], verdict, milliseconds })
        return 'done'
      }
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      // Time does not bring the old key back: whoever installed the host made a new one.
      if (error.stage === 'host key') {
        return fail(`the host is back with another host key\n${error.message}`, error.hint ? { hint: error.hint } : {})
      }
      last = error.message
    }
  }
  return fail(
    waiting === undefined ? `the host did not come back within ${seconds} s: ${last}` : `waited ${seconds} s: ${last}`,
  )
}
