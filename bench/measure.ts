/**
 * Running a tool once, and what that cost.
 */
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { start } from '../src/lab/execute.ts'
import { whenAbsent } from '../src/lab/files.ts'
import type { Lab } from '../src/lab/lab.ts'
import type { Account } from './account.ts'
import type { Figures } from './results.ts'
import type { Command } from './types.ts'

/** A run that came to its end. */
export interface Ran {
  readonly figures: Figures
  readonly status: number
  /** Both streams, in the order in which they were read. */
  readonly output: string
}

/** How often the largest process is looked for. Its high-water mark is the kernel's, so little is missed between two looks. */
const LOOK_MILLISECONDS = 100

/**
 * Runs a command in the lab's network with nothing of the caller's environment.
 *
 * @param home for the tool's own files.
 * @param limitSeconds after which it is ended, and the figures count for nothing.
 * @throws {Error} where it cannot start, or does not end in time.
 */
export async function measure(
  lab: Lab,
  command: Command,
  home: string,
  account: Account,
  limitSeconds: number,
): Promise<Ran> {
  const before = await account.cpuSeconds()
  let largest = 0
  const looking = setInterval(() => {
    void largestProcess(account).then((bytes) => {
      largest = Math.max(largest, bytes)
    })
  }, LOOK_MILLISECONDS)
  const began = performance.now()
  try {
    const { status, output } = await run(lab, command, home, account, limitSeconds)
    const seconds = (performance.now() - began) / 1000
    const cpuSeconds = (await account.cpuSeconds()) - before
    return {
      figures: { seconds, cpuSeconds, memoryBytes: Math.max(await account.peakBytes(), largest) },
      status,
      output,
    }
  } finally {
    clearInterval(looking)
  }
}

async function run(
  lab: Lab,
  command: Command,
  home: string,
  account: Account,
  limitSeconds: number,
): Promise<Pick<Ran, 'status' | 'output'>> {
  // A file, because a process that a tool leaves behind for its next run would keep a pipe open.
  const printed = join(home, 'bench-output')
  const file = await open(printed, 'w')
  const enter = 'for door in $DOORS; do echo $$ > "$door" || exit 99; done; unset DOORS; exec "$@"'
  const environment = { HOME: home, LANG: 'C.UTF-8', TERM: 'dumb', ...command.env }
  const child = start(['sh', '-c', enter, 'sh', ...lab.namespaceCommand(command.argv)], {
    stdio: ['ignore', file.fd, file.fd],
    cwd: command.cwd ?? home,
    env: { PATH: process.env.PATH, ...environment, DOORS: account.doors.join(' ') },
  })
  const late = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1000)
  try {
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    const output = await readFile(printed, 'utf8')
    if (signal === null) return { status: status ?? 1, output }
    throw new Error(`${command.argv[0]} was ended by ${signal} (it has ${limitSeconds} s):\n${lastLines(output)}`)
  } finally {
    clearTimeout(late)
    await file.close()
  }
}

/** The end of what a program printed, for messages. */
export function lastLines(output: string): string {
  return output.trim().split('\n').slice(-15).join('\n')
}

/** The largest resident set that one of the processes had so far, in bytes. */
async function largestProcess(account: Account): Promise<number> {
  const sizes = (await account.processes()).map(async (id) => {
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(whenAbsent(''))
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
  })
  return Math.max(0, ...(await Promise.all(sizes)))
}
