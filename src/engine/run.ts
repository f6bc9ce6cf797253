import type { HostPlay, Play, Task } from '../core/task.ts'
import { batches, type Stop, tooMuchLost } from './batches.ts'
import type { Emit, HostRecap } from './events.ts'
import { HostRun, type RunOptions } from './host-run.ts'
import { Memory } from './memory.ts'
import { Waits } from './waits.ts'

/** What a run came to, for the exit code. */
export interface Outcome {
  readonly hosts: { readonly [host: string]: HostRecap }
  readonly interrupted: boolean
  /** How long each host was worked on, in milliseconds. */
  readonly spent: ReadonlyMap<string, number>
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
  const waits = new Waits()
  const common = { hasChanged: false }
  const asRoot = new Set(plays.flatMap((play) => play.hosts.filter(needsRoot).map(({ host }) => host.name)))
  for (const { host } of plays.flatMap((play) => play.hosts)) {
    const needsRoot = asRoot.has(host.name)
    if (!hosts.has(host.name)) hosts.set(host.name, new HostRun(host, options, { waits, needsRoot, common }, emit))
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

function needsRoot({ tasks, handlers }: HostPlay): boolean {
  return [...tasks, ...handlers.map(({ task }) => task)].some(({ become }) => become === 'root')
}

async function runAll(
  plays: readonly Play[],
  hosts: ReadonlyMap<string, HostRun>,
  options: RunOptions,
  emit: Emit,
  isInterrupted: () => boolean,
): Promise<Outcome> {
  let stop: Stop | undefined
  const spent = new Map<string, number>()
  try {
    for (const [index, play] of plays.entries()) {
      if (stop === undefined && !isInterrupted()) {
        emit({ type: 'play', play: play.name, hosts: play.hosts.map(({ host }) => host.name) })
        stop = await runPlay(play, hosts, options, isInterrupted, tasksByHost(plays.slice(index + 1)), spent)
      } else {
        leaveOut(play.hosts, hosts)
      }
    }
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.close()))
  }
  const recaps = Object.fromEntries([...hosts].map(([name, host]) => [name, host.counts.recap()]))
  const interrupted = isInterrupted()
  const stopped = stop && stop.untouched.length > 0 && !interrupted ? { stopped: stop } : {}
  emit({ type: 'recap', check: options.check, interrupted, ...stopped, hosts: recaps })
  return { hosts: recaps, interrupted, spent }
}

/** @returns why no other play may begin, if that is so. */
async function runPlay(
  play: Play,
  hosts: ReadonlyMap<string, HostRun>,
  options: RunOptions,
  isInterrupted: () => boolean,
  later: ReadonlyMap<string, readonly Task[]>,
  spent: Map<string, number>,
): Promise<Stop | undefined> {
  const waiting = [...batches(play)]
  const isLost = ({ host }: HostPlay): boolean => hosts.get(host.name)!.state !== 'running'
  const work = (hostPlays: readonly HostPlay[], act: (hostPlay: HostPlay, host: HostRun) => Promise<void>) =>
    atOnce(options.forks, slowestFirst(hostPlays, options), async (hostPlay) => {
      const began = performance.now()
      const name = nameOf(hostPlay)
      await act(hostPlay, hosts.get(name)!)
      spent.set(name, (spent.get(name) ?? 0) + performance.now() - began)
    })
  const everyone = () => Memory.together([...hosts].map(([name, { memory }]) => [name, memory]))
  for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
    const alive = batch.filter((one) => !isLost(one))
    leaveOut(batch.filter(isLost), hosts)
    const untouched: HostPlay[] = []
    const judge = (): string | undefined => tooMuchLost(play, alive.filter(isLost).map(nameOf), alive.length)
    const before = everyone()
    await work(alive, async (hostPlay, host) => {
      if (isInterrupted() || (alive.length > 1 && judge() !== undefined)) {
        untouched.push(hostPlay)
        return
      }
      await host.play(play, hostPlay, before, later.get(nameOf(hostPlay)))
      if (play.anyErrorsFatal && isLost(hostPlay)) for (const other of hosts.values()) other.stop()
    })
    let why = judge()
    const toCheck = alive.filter((one) => !isLost(one) && one.tasks.length > 0 && one.batchCheck?.length)
    if (why === undefined && !isInterrupted() && toCheck.length > 0) {
      const after = everyone()
      await work(toCheck, (one, host) => host.play(play, { ...one, tasks: one.batchCheck ?? [], handlers: [] }, after))
      const ill = toCheck.filter(isLost).map(nameOf)
      if (ill.length > 0) why = `the check of its batch failed on ${ill.join(', ')}`
    }
    if (why !== undefined || isInterrupted()) {
      untouched.push(...waiting.flat())
      leaveOut(untouched, hosts)
      return { play: play.name, why: why ?? 'it was interrupted', untouched: untouched.map(nameOf) }
    }
  }
  return undefined
}

/** Whoever takes longest begins, or everybody waits for him in the end; of a new host nobody knows, and it may be bare. */
function slowestFirst(hosts: readonly HostPlay[], { forks, lastTimes }: RunOptions): readonly HostPlay[] {
  if (!lastTimes || lastTimes.size === 0 || hosts.length <= forks) return hosts
  const time = (host: HostPlay): number => lastTimes.get(nameOf(host)) ?? Number.MAX_VALUE
  return hosts.toSorted((one, other) => time(other) - time(one))
}

function tasksByHost(plays: readonly Play[]): ReadonlyMap<string, readonly Task[]> {
  const tasks = new Map<string, Task[]>()
  for (const hostPlay of plays.flatMap((play) => play.hosts)) {
    const name = nameOf(hostPlay)
    const known = tasks.get(name) ?? []
    known.push(...hostPlay.tasks)
    tasks.set(name, known)
  }
  return tasks
}

function nameOf({ host }: HostPlay): string {
  return host.name
}

function leaveOut(hostPlays: readonly HostPlay[], hosts: ReadonlyMap<string, HostRun>): void {
  for (const { host, tasks } of hostPlays) {
    const { counts } = hosts.get(host.name)!
    // Of a host that was never reached there is nothing to count.
    if (!counts.unreachable || counts.total > 0) counts.notReached += tasks.length
  }
}

/** Does something for each value, for so many at once. */
export async function atOnce<T>(limit: number, values: readonly T[], act: (value: T) => Promise<void>): Promise<void> {
  const waiting = values.values()
  const work = async (): Promise<void> => {
    for (const value of waiting) await act(value)
  }
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, work))
}
