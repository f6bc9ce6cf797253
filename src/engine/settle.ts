import type { Controller } from '../core/control.ts'
import type { Session } from '../core/session.ts'
import { carryOut } from './carry-out.ts'
import { checkUnits } from './check.ts'
import { control } from './control.ts'
import type { Fetch } from './fetch.ts'
import type { Link } from './link.ts'
import { comeBack } from './reconnect.ts'
import type { Recorder } from './recorder.ts'
import type { Segment } from './segment.ts'
import { isSettled, type Unit, type Verdict } from './unit.ts'

/** What settling a segment needs from whoever runs the host's plays. */
export interface Ground extends Controller {
  readonly link: Link
  /** The host is this machine: it cannot be cut off. */
  readonly isLocal: boolean
  readonly check: boolean
  readonly fetch: Fetch
  readonly isStopping: () => boolean
  /** Something is about to change on the host. */
  readonly changes: () => void
}

/** Brings a surveyed segment to its end: from the controller, by telling what would change, or on the host. */
export async function settle(
  { become, reconnects, control: fromHere }: Segment,
  units: readonly Unit[],
  verdicts: Map<number, Verdict>,
  session: Session,
  recorder: Recorder,
  { link, isLocal, check, signal, secret, fetch, isStopping, changes }: Ground,
): Promise<'done' | 'failed' | 'stopped'> {
  if (fromHere)
    return control(units, verdicts, recorder, { check, unsettled: check && recorder.changed, signal, secret })
  if (check) return checkUnits(units, verdicts, recorder) ? 'done' : 'failed'
  if (!units.every(({ number }) => isSettled(verdicts.get(number)!))) changes()
  if (reconnects !== undefined) {
    return comeBack(units[0]!, verdicts, session, reconnects, recorder, isStopping, () => link.again(become))
  }
  const prove = isLocal ? undefined : link.prove.bind(link, become)
  return carryOut(session, units, verdicts, recorder, { fetch, isStopping, prove })
}
