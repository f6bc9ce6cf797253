/**
 * One at a time. The kernel holds the lock for a child process, so it ends with us however we end.
 */
import { once } from 'node:events'
import { start } from './execute.ts'

/** Runs `work` while holding the lock file, and waits as long as somebody else holds it. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  // cat ends when its input does: when we are done, and also when we are killed.
  const holder = start(['flock', '--exclusive', file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(holder, 'close')
  const locked = holder.stdout ? once(holder.stdout, 'data') : ended
  await Promise.race([locked, ended])
  const ending = holder.exitCode ?? holder.signalCode
  if (ending !== null) throw new Error(`could not lock ${file}: flock ended with ${ending}`)
  try {
    return await work()
  } finally {
    holder.stdin?.end()
    await ended
  }
}
