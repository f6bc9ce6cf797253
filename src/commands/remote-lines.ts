import type { Session } from '../core/session.ts'
import type { Script } from '../core/shell.ts'
import type { HostAddress } from '../core/task.ts'
import type { Connect } from '../engine/sessions.ts'
import type { HostFlags } from './options.ts'

export type Stream = 'stdout' | 'stderr'
type Say = (stream: Stream, line: string) => void

/**
 * Runs a script on a host and says what it prints line by line, as it comes.
 *
 * @param signal ends it, on the host too, when it is aborted.
 * @returns the script's exit status; 130 where it was ended.
 * @throws {UnreachableError}
 */
export async function runOn(
  address: HostAddress,
  script: Script,
  flags: HostFlags,
  connect: Connect,
  say: Say,
  signal?: AbortSignal,
): Promise<number> {
  const connection = await connect(address)
  const lines = new Lines(say)
  let ended = 0
  try {
    const session = await connection.session(flags.become ? (flags.becomeUser ?? 'root') : undefined)
    const step = { item: 0, questions: [], changes: [script], owes: [], settles: [], ignoreErrors: false }
    const running = session.stream([step], (frame) => {
      if (frame.type === 'output') lines.add(frame.stream, frame.text)
      if (frame.type === 'done') ended = frame.status
    })
    if (signal) await untilAborted(running, session, signal)
    else await running
  } finally {
    lines.end()
    await connection.close()
  }
  return signal?.aborted ? 130 : ended
}

async function untilAborted(running: Promise<unknown>, session: Session, signal: AbortSignal): Promise<void> {
  const kill = (): void => session.kill()
  if (signal.aborted) kill()
  else signal.addEventListener('abort', kill, { once: true })
  try {
    await running
  } catch (error) {
    // That it was ended is no news then.
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

/** Characters of a line that never ends before it is said all the same: a host must not fill the memory. */
const LONGEST = 1024 * 1024

/** Output comes in pieces; it is said line by line. */
class Lines {
  readonly #say: Say
  readonly #partial = { stdout: '', stderr: '' }

  constructor(say: Say) {
    this.#say = say
  }

  add(stream: Stream, text: string): void {
    const lines = (this.#partial[stream] + text).split('\n')
    this.#partial[stream] = lines.pop() ?? ''
    // A program that believes to be on a terminal ends its lines as one.
    for (const line of lines) this.#say(stream, line.replace(/\r$/, ''))
    if (this.#partial[stream].length <= LONGEST) return
    this.#say(stream, this.#partial[stream])
    this.#partial[stream] = ''
  }

  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream] !== '') this.#say(stream, this.#partial[stream])
    }
  }
}
