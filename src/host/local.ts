import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { UnreachableError } from '../core/error.ts'
import { type Channel, DRAIN_MILLISECONDS, type Ending } from './channel.ts'

/** Runs a command line on this machine. It leads a session of its own, so Ctrl-C in the terminal does not reach it. */
export async function openLocalChannel(command: string): Promise<Channel> {
  const { leave, ...channel } = spawnChannel('sh', ['-c', command])
  return channel
}

/** A program of this machine as a channel, detached from the terminal. */
export function spawnChannel(program: string, args: readonly string[]): Channel {
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const { stdin, stdout, stderr } = child
  return { stdin, stdout, stderr, ended: ended(child), kill: () => kill(child), leave: () => leave(child) }
}

function leave(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref()
}

function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      const missing = new UnreachableError('channel', `${child.spawnfile} cannot be started: ${error.message}`)
      resolve({ code: undefined, signal: undefined, error: missing })
    })
    child.once('exit', (code, signal) => {
      const ending = { code: code ?? undefined, signal: signal ?? undefined }
      const late = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        resolve(ending)
      }, DRAIN_MILLISECONDS)
      child.once('close', () => {
        clearTimeout(late)
        resolve(ending)
      })
    })
  })
}

// Closing stdin makes the shell end its own group, also where sudo took it out of our reach.
function kill(child: ChildProcess): void {
  child.stdin?.end()
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGTERM')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
