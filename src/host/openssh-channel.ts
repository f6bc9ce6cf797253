import { PassThrough } from 'node:stream'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import type { HostAddress } from '../core/task.ts'
import type { Channel, Ending } from './channel.ts'
import { spawnChannel } from './local.ts'
import { explainSshProgram, wasDropped } from './openssh-errors.ts'
import { pauseAfter } from './pause.ts'

/** The exit status with which ssh reports a failure of its own (ssh(1)). */
const SSH_FAILED = 255

/** What is kept of ssh's messages, in characters. */
const KEPT = 4096

/**
 * Runs ssh; over a connection that is kept open it may be left. Where the host drops the connection before authentication, as sshd does beyond MaxStartups, ssh is started again
 * until the time for connecting is over; until the host has said something, what was written is kept for that.
 *
 * ssh reports its own failures, before and after the connection stands, by one exit status and a line on stderr.
 */
export function openSshChannel(
  args: readonly string[],
  address: HostAddress,
  timeoutSeconds: number,
  isKept: boolean,
): Channel {
  const end = performance.now() + timeoutSeconds * 1000
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  let sent: Buffer[] | undefined = []
  let killed = false
  let running: Channel
  let said = ''

  const start = (): Promise<Ending> => {
    said = ''
    running = spawnChannel('ssh', args)
    // A write that fails means that ssh ended, which `ended` reports with its reason.
    running.stdin.on('error', () => undefined)
    running.stdout.on('data', (chunk: Buffer) => {
      sent = undefined
      if (!stdout.write(chunk)) pauseUntilDrained(running.stdout, stdout)
    })
    running.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-KEPT)
      if (!stderr.write(chunk)) pauseUntilDrained(running.stderr, stderr)
    })
    for (const chunk of sent ?? []) running.stdin.write(chunk)
    if (stdin.readableEnded) running.stdin.end()
    stdin.resume()
    return running.ended
  }
  let ended = start()
  stdin.on('data', (chunk: Buffer) => {
    sent?.push(chunk)
    if (!running.stdin.write(chunk)) {
      stdin.pause()
      running.stdin.once('drain', () => stdin.resume())
    }
  })
  stdin.on('end', () => running.stdin.end())

  const outcome = async (): Promise<Ending> => {
    for (let tries = 1; ; tries++) {
      const ending = await ended
      // What was printed last is still on its way through the streams.
      await immediate()
      if (ending.code !== SSH_FAILED) return ending
      const pause = pauseAfter(tries)
      if (killed || sent === undefined || !wasDropped(said) || performance.now() + pause > end) {
        return { code: undefined, signal: undefined, error: explainSshProgram(said, address) }
      }
      await sleep(pause)
      if (!killed) ended = start()
    }
  }
  const kill = () => {
    killed = true
    running.kill()
  }
  const leave = () => running.leave?.()
  return { stdin, stdout, stderr, ended: outcome(), kill, ...(isKept ? { leave } : {}) }
}

function pauseUntilDrained(from: Channel['stdout'], to: PassThrough): void {
  from.pause()
  to.once('drain', () => from.resume())
}
