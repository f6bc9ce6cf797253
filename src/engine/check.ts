import type { Recorder } from './recorder.ts'
import { awaited, changesOf, obstacle, type Unit, type Verdict } from './unit.ts'

/**
 * Reports what an apply would do. An item that cannot be planned is unknown where something before it would change
 * (that may bring what is missing), and a failure otherwise: an apply would fail there too, and go no further.
 *
 * @returns whether the host's play goes on.
 */
export function checkUnits(
  units: readonly Unit[],
  verdicts: ReadonlyMap<number, Verdict>,
  recorder: Recorder,
): boolean {
  for (const unit of units) {
    const verdict = verdicts.get(unit.number)!
    const blocked = obstacle(verdict)
    const changes = changesOf(verdict)
    const waiting = awaited(verdict)
    if (waiting !== undefined) {
      recorder.report(unit, { status: 'unknown', changes: [], verdict, notes: [`would wait for ${waiting}`] })
    } else if (!blocked) {
      recorder.report(unit, { status: changes.length === 0 ? 'ok' : 'would change', changes, verdict })
    } else if (recorder.changed && !('impossible' in verdict.plan)) {
      const notes = [`unknown until the changes above are applied: ${blocked.message}`]
      recorder.report(unit, { status: 'unknown', changes, verdict, notes })
    } else {
      const { ignoreErrors } = unit.task
      recorder.report(unit, { status: ignoreErrors ? 'ignored' : 'failed', changes, verdict, failure: blocked })
      if (!ignoreErrors) return false
    }
  }
  return true
}
