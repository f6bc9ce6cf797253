import { type ChildProcess, spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** A duration in seconds that no other process sleeps for. */
export function uniqueSleep(): string {
  return `300.${process.pid}${Math.floor(Math.random() * 1e6)}`
}

/** Whether a process with these words in its command line lives, in any process namespace of this machine. */
export function lives(words: string): boolean {
  return spawnSync('pgrep', ['-f', '-x', words]).status === 0
}

/** Waits until a condition holds; answers how long that took in milliseconds, or fails after the limit. */
export async function waitFor(what: string, holds: () => boolean, limit: number): Promise<number> {
  const start = performance.now()
  while (!holds()) {
    if (performance.now() - start > limit) throw new Error(`${what}: not within ${limit} ms`)
    // A look can cost a process: the longer it takes anyway, the more seldom.
    await sleep(Math.min(500, 10 + (performance.now() - start) / 10))
  }
  return performance.now() - start
}

/** Resolves once a process has printed something. */
export function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    child.once('exit', (code) => reject(new Error(`it ended before it printed anything: ${code}`)))
  })
}
