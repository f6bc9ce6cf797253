import type { HostPlay, Play } from '../core/task.ts'
import type { Emit, HostRecap } from './events.ts'
import { HostRun, type RunOptions } from './host-run.ts'
import { Memory } from './memory.ts'

/** What a run came to, for the exit code. */
export interface Outcome {
  readonly hosts: { readonly [host: string]: HostRecap }
  readonly interrupted: boolean
}

/** A run under way. */
export interface Run {
  readonly done: Promise<Outcome>
  /** Lets each host finish its running item, and ends there. */
  stop(): void
  /** Ends now, on the hosts too. */
  kill(): void
}

/** Runs plays one after another; the hosts of a play (or of a `serial` batch) independently and at once. */
export function run(plays: readonly Play[], options: RunOptions, emit: Emit): Run {
  const hosts = new Map<string, HostRun>()
  for (const { host } of plays.flatMap((play) => play.hosts)) {
    if (!hosts.has(host.name)) hosts.set(host.name, new HostRun(host, options, emit))
  }
  let interrupted = false
  const everyHost = (act: (host: HostRun) => void): void => {
    interrupted = true
    for (const host of hosts.values()) act(host)
  }
  return {
    done: runAll(plays, hosts, options, emit, () => interrupted),
    stop: () => everyHost((host) => host.stop()),
    kill: () => everyHost((host) => host.kill()),
  }
}

async function runAll(
  plays: readonly Play[],
  hosts: ReadonlyMap<string, HostRun>,
  options: RunOptions,
  emit: Emit,
  isInterrupted: () => boolean,
): Promise<Outcome> {
  try {
    let goesOn = true
    for (const play of plays) {
      goesOn = goesOn && !isInterrupted()
      if (goesOn) {
        emit({ type: 'play', play: play.name, hosts: play.hosts.map(({ host }) => host.name) })
        goesOn = await runPlay(play, hosts, options)
      } else {
        leaveOut(play.hosts, hosts)
      }
    }
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.close()))
  }
  const recaps = Object.fromEntries([...hosts].map(([name, host]) => [name, host.counts.recap()]))
  const interrupted = isInterrupted()
  emit({ type: 'recap', check: options.check, interrupted, hosts: recaps })
  return { hosts: recaps, interrupted }
}

/** @returns whether the next play may begin. */
async function runPlay(play: Play, hosts: ReadonlyMap<string, HostRun>, options: RunOptions): Promise<boolean> {
  const waiting = [...batches(play)]
  const hostOf = ({ host }: HostPlay): HostRun => hosts.get(host.name)!
  for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
    const alive = batch.filter((one) => hostOf(one).state === 'running')
    leaveOut(
      batch.filter((one) => !alive.includes(one)),
      hosts,
    )
    const everyone = Memory.together([...hosts].map(([name, { memory }]) => [name, memory]))
    await atOnce(options.forks, alive, async (hostPlay) => {
      const host = hostOf(hostPlay)
      await host.play(play, hostPlay, everyone)
      if (play.anyErrorsFatal && host.state !== 'running') for (const other of hosts.values()) other.stop()
    })
    const lost = alive.filter((one) => hostOf(one).state !== 'running')
    if (lost.length > 0 && (play.anyErrorsFatal || lost.length === alive.length)) {
      leaveOut(waiting.flat(), hosts)
      return false
    }
  }
  return true
}

function leaveOut(hostPlays: readonly HostPlay[], hosts: ReadonlyMap<string, HostRun>): void {
  for (const { host, tasks } of hostPlays) {
    const { counts } = hosts.get(host.name)!
    // Of a host that was never reached there is nothing to count.
    if (!counts.unreachable || counts.total > 0) counts.notReached += tasks.length
  }
}

function batches(play: Play): readonly (readonly HostPlay[])[] {
  const { hosts, serial } = play
  if (serial === undefined) return [hosts]
  const result: (readonly HostPlay[])[] = []
  for (let from = 0; from < hosts.length; ) {
    const wanted = serial[Math.min(result.length, serial.length - 1)]!
    const size = typeof wanted === 'number' ? wanted : Math.floor((hosts.length * Number.parseInt(wanted, 10)) / 100)
    const batch = hosts.slice(from, from + Math.max(1, size))
    result.push(batch)
    from += batch.length
  }
  return result
}

/** Does something for each value, for so many at once. */
export async function atOnce<T>(limit: number, values: readonly T[], act: (value: T) => Promise<void>): Promise<void> {
  const waiting = values.values()
  const work = async (): Promise<void> => {
    for (const value of waiting) await act(value)
  }
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, work))
}
