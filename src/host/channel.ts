import type { Readable, Writable } from 'node:stream'
import type { UnreachableError } from '../core/error.ts'

/** How a remote command ended. Neither code nor signal: it was not seen to end, so the connection was lost. */
export interface Ending {
  readonly code: number | undefined
  readonly signal: string | undefined
  /** Why the connection was lost, where the transport knows. */
  readonly error?: UnreachableError
}

/** A running command and its three byte streams, whatever carries them. */
export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves, and never rejects, once the command has ended and what it printed has arrived. */
  readonly ended: Promise<Ending>
  /** Lets this program end before the command does; what was written arrives all the same. Absent: the command is waited for. */
  leave?(): void
  /** Ends the command, and its whole process group where the transport can reach it. */
  kill(): void
}

/** Runs a command line on a host through the login shell, which may be any shell: keep to `exec` and plain words. */
export type OpenChannel = (command: string) => Promise<Channel>

/** What was sent and received; `turns` counts how often the session had to wait for the host. */
export interface Traffic {
  turns: number
  bytesUp: number
  bytesDown: number
}

/** How long output may still arrive after a command has ended: a daemon that it left behind can hold the streams forever. */
export const DRAIN_MILLISECONDS = 200
