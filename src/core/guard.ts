import type { Script } from './shell.ts'

/**
 * What a host has to put back by itself when a change cuts its controller off. Network devices know the idea as
 * confirmed commit (RFC 6241 section 8.4).
 */
export interface Guard {
  /** Files that are kept: as they are, or as absent. */
  readonly files: readonly string[]
  /** Makes the old configuration take effect, once the files are back. */
  readonly reload?: Script
  /** The same where they are put back while the host boots, before its network is set up. */
  readonly boot?: Script
  /** Addresses where the host may answer afterwards, besides the one that it has now. */
  readonly addresses?: readonly string[]
}

/** What each change, and the proof after the last one, may take unless the playbook says otherwise. */
export const GUARD_SECONDS = 60

/** `guard` of a task or a block: everything in it is proven together. */
export interface TaskGuard {
  /** Seconds that each change, and the proof after the last one, may take. */
  readonly seconds: number
  /** Shell text that makes the old state take effect, after that of the resources themselves. */
  readonly restore: readonly string[]
}

/** What a step that is guarded brings with it. */
export interface StepGuard {
  /** Shell text ahead of the changes: keeps what they may replace, and sets the timer. */
  readonly arm: Script
  /** The last of those that are proven together: the stream ends behind it. */
  readonly last: boolean
}
