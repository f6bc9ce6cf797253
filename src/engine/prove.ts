import { setTimeout as sleep } from 'node:timers/promises'
import { UnreachableError } from '../core/error.ts'
import type { Session } from '../core/session.ts'
import type { Failure } from './events.ts'
import type { Connection } from './sessions.ts'

const PAUSE_MILLISECONDS = 1000

/** How long a host may take to answer again after it has put itself back, in milliseconds. */
const RETURN_MILLISECONDS = 60_000

/** A new connection over which a host was told that all is well. */
export interface Proven {
  readonly connection: Connection
  readonly session: Session
  /** Where the host answers now, if that is another address. */
  readonly movedTo: string | undefined
}

/** The host has put itself back: what it says of that, and why the proof did not come about. */
export interface PutBack {
  readonly putBack: string
  readonly why: string
}

export interface Proving {
  /** The user whose session made the changes. */
  readonly become: string | undefined
  /** Where else the host may answer. */
  readonly addresses: readonly string[]
  readonly seconds: number
  /** Makes a new connection, to another address where one is given. */
  readonly connect: (movedTo: string | undefined) => Promise<Connection>
  readonly busy: (activity: string) => void
  /** Whoever watches wants to end now. */
  readonly signal: AbortSignal
}

/**
 * Proves that a host can still be reached and worked on: a new connection, a new login, a new session of the user (so sudo,
 * where that is how it becomes the user), and over that the word that keeps the host from putting itself back.
 *
 * @throws {UnreachableError} when the host does not even answer after it was to put itself back.
 */
export async function prove(proving: Proving): Promise<Proven | PutBack> {
  const { addresses, seconds, signal } = proving
  const deadline = performance.now() + seconds * 1000
  const stopCountdown = countDown(proving, deadline)
  let why = 'the changes were not all made in time'
  try {
    while (true) {
      const late = performance.now() > deadline
      const answer = await attempt(proving, late ? [undefined] : [undefined, ...addresses])
      if (answer instanceof UnreachableError) why = answer.message
      else if (typeof answer === 'string') why = answer
      else if ('restored' in answer) return { putBack: answer.restored, why }
      else return answer
      if (signal.aborted) throw unproven(seconds)
      if (performance.now() > deadline + RETURN_MILLISECONDS) throw lost(seconds, why)
      await sleep(PAUSE_MILLISECONDS)
    }
  } finally {
    stopCountdown()
  }
}

type Attempt = Proven | { readonly restored: string } | UnreachableError | string

async function attempt(proving: Proving, addresses: readonly (string | undefined)[]): Promise<Attempt> {
  let found: { readonly connection: Connection; readonly movedTo: string | undefined } | undefined
  try {
    found = await first(proving, addresses)
    const { connection } = found
    const session = await connection.session(proving.become)
    const answer = await session.confirm()
    if (answer === 'confirmed') return { ...found, session }
    await connection.close()
    if (answer === 'applying') return 'the changes were not all made in time'
    return answer === 'pending' ? 'it came too late' : answer
  } catch (error) {
    // Of a connection that fails in the middle there is nothing left to keep.
    await found?.connection.close()
    if (error instanceof UnreachableError) return error
    throw error
  }
}

/** The first connection that comes about: an address that nobody has any more takes long to fail. */
async function first(
  { connect }: Proving,
  addresses: readonly (string | undefined)[],
): Promise<{ readonly connection: Connection; readonly movedTo: string | undefined }> {
  const attempts = addresses.map((movedTo) => connect(movedTo).then((connection) => ({ connection, movedTo })))
  const winner = await Promise.any(attempts).catch((error: AggregateError) => {
    // The address that the host has always had says most.
    throw error.errors[0]
  })
  for (const other of attempts) {
    other.then(
      ({ connection }) => (connection === winner.connection ? undefined : connection.close()),
      // Told by nobody: another address answered.
      () => undefined,
    )
  }
  return winner
}

/** What is told of changes that the host has put back. */
export function putBackFailure({ putBack, why }: PutBack, seconds: number): Failure {
  return {
    message: `no new connection came about within ${seconds} s, so the host put itself back`,
    output: [why, ...putBack.split('\n').slice(1)].join('\n').trim(),
    hint: 'Nothing of this change is left on the host. Mend it, then run again; the rest of the play was not tried.',
  }
}

/** @returns what ends it. */
function countDown({ busy }: Proving, deadline: number): () => void {
  const tell = (): void => {
    const left = Math.ceil((deadline - performance.now()) / 1000)
    busy(left > 0 ? `proving, or put back in ${left} s` : 'waiting for it to put itself back')
  }
  tell()
  const timer = setInterval(tell, PAUSE_MILLISECONDS)
  return () => clearInterval(timer)
}

function unproven(seconds: number): UnreachableError {
  const message = `ended before a new connection was proven: the host puts itself back within ${seconds} s`
  return new UnreachableError('connection', message, 'The next run says how that went.')
}

function lost(seconds: number, why: string): UnreachableError {
  const message = `no new connection came about within ${seconds} s, and the host has not come back since: ${why}`
  const hint = "It was to put itself back. Look at it through its provider's console: journalctl -u provision-guard"
  return new UnreachableError('connection', message, hint)
}
