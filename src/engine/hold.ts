import { UnreachableError } from '../core/error.ts'
import type { Answer } from '../core/session.ts'
import { type Script, sh } from '../core/shell.ts'
import { pointInTime, roughly } from './ago.ts'

/** How much of a reason is told, in characters. */
const LONGEST = 500

/** A host that is not to be changed for a while, because somebody said so (`provision hold`). Times are seconds since 1970. */
export interface Hold {
  /** `anna@laptop` */
  readonly by: string
  readonly since: number
  /** From then on it does not count. */
  readonly until: number
  readonly reason: string
  /** What the host's clock says. */
  readonly now: number
}

/**
 * Asks for the hold of a host. Only root can have one and knows of it; to others the host says nothing at all.
 *
 * @param expire removes one whose time is over.
 */
export function holdQuestion(expire: boolean): Script {
  return sh`if [ "$p_uid" = 0 ]; then
  date +%s
  if [ -e "$p_state/hold" ]; then
    exec 8<"$p_state"
    flock 8
    cat "$p_state/hold"
    ${expire ? sh`if [ "$(sed -n 3p "$p_state/hold")" -le "$(date +%s)" ]; then rm "$p_state/hold"; fi` : sh`:`}
  fi
fi`
}

/** @returns nothing where the host was not asked as root. */
export function holdIn(answer: Answer | undefined): { readonly hold: Hold | undefined } | undefined {
  const [now = '', by = '', since, until, ...reason] = (answer?.text ?? '').trimEnd().split('\n')
  if (now === '') return undefined
  const hold = {
    by,
    since: Number(since),
    until: Number(until),
    reason: reason.join(' ').slice(0, LONGEST),
    now: Number(now),
  }
  // What cannot be read is no leave to go on.
  return { hold: by === '' || hold.until <= hold.now ? undefined : hold }
}

/** `anna@laptop holds this host until 2026-01-31 10:00 UTC: new disk` */
export function describeHold({ by, until, reason }: Hold): string {
  return `${by} holds this host until ${pointInTime(until)}: ${reason}`
}

/** For a run that wants to change a host that is held. */
export function heldError(host: string, hold: Hold): UnreachableError {
  const { since, now } = hold
  const message = `${describeHold(hold)}\nsince ${pointInTime(since)}, ${roughly(now - since)} ago`
  const hint = `Nothing was done on it. When that is over: provision release ${host}. Knowingly, this once: --ignore-hold`
  return new UnreachableError('hold', message, hint)
}
