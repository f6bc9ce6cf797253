import type { Phase, Profile, Span } from '../core/profile.ts'
import type { Masker } from '../core/secret.ts'
import type { HostAddress, Play } from '../core/task.ts'
import type { Event } from '../engine/events.ts'
import type { Connect } from '../engine/sessions.ts'
import type { ReachOptions } from '../host/options.ts'
import type { Reached } from '../host/reach.ts'
import { refuseTrace, saveTrace } from './profile-file.ts'
import { HostWatch } from './profile-host.ts'
import { timedPlays } from './profile-plays.ts'
import { account, tenths } from './profile-sum.ts'
import { TaskTimes } from './profile-tasks.ts'

/** Profiles and traces keep so many tasks, the slowest. */
const MOST_TASKS = 50

/** Takes the times of a run. Nothing of it is there unless somebody asks for it. */
export interface Profiling {
  /** The program itself goes on to something else. */
  begin(phase: Phase): void
  watch(plays: readonly Play[]): readonly Play[]
  /** How hosts are reached, with every step of it told. */
  connect(reach: (address: HostAddress, options: ReachOptions) => Promise<Reached>, options: ReachOptions): Connect
  note(event: Event): void
  /** All of it, up to now. */
  end(): Profile
  /**
   * Writes the trace, where one is asked for.
   *
   * @param run what was run.
   * @returns what to say about it. @throws {UsageError} when it cannot be written.
   */
  save(run: string, masker: Masker): Promise<readonly string[]>
}

/**
 * Begins to take times. What came before, from the start of the program on, counts as its start.
 *
 * @param trace where a trace is to be kept. @throws {UsageError} when it cannot be there.
 */
export function beginProfile(trace: string | undefined): Profiling {
  if (trace !== undefined) refuseTrace(trace)
  const spans: Span[] = []
  const tasks = new TaskTimes(spans)
  const hosts = new Map<string, HostWatch>()
  const hostOf = (name: string): HostWatch => {
    const known = hosts.get(name) ?? new HostWatch(name, spans)
    hosts.set(name, known)
    return known
  }
  const { bootstrapComplete } = performance.nodeTiming
  const began = performance.now()
  const start = { host: undefined, phase: 'start' as const }
  spans.push({ ...start, name: 'Node', start: 0, end: bootstrapComplete })
  spans.push({ ...start, name: 'modules', start: bootstrapComplete, end: began })
  let current: { readonly phase: Phase; readonly start: number } | undefined
  const close = (): void => {
    if (current)
      spans.push({
        host: undefined,
        phase: current.phase,
        name: current.phase,
        start: current.start,
        end: performance.now(),
      })
    current = undefined
  }
  return {
    begin(phase) {
      close()
      current = { phase, start: performance.now() }
    },
    watch(plays) {
      // What comes now is the hosts' time.
      close()
      return timedPlays(plays, (host, task, handler, work, start, item = task.name) => {
        const isLook = work === 'look'
        const end = performance.now()
        spans.push({ host, phase: isLook ? 'look' : 'plan', name: isLook ? item : work, start, end, place: task.place })
        if (!isLook) tasks.worked(host, task, handler, end - start)
      })
    },
    connect(reach, options) {
      const marking: ReachOptions = { ...options, mark: (host, step, socket) => hostOf(host).mark(step, socket) }
      return (address) => hostOf(address.name).connect(() => reach(address, marking))
    },
    note(event) {
      if ('host' in event) hostOf(event.host).note(event)
      if (event.type === 'play') for (const host of event.hosts) hostOf(host).wait()
      if (event.type === 'item' || event.type === 'result') tasks.note(event)
    },
    end() {
      close()
      const now = performance.now()
      const reached = [...hosts.values()].filter((host) => host.isUsed)
      const last = reached.reduce<HostWatch | undefined>((a, b) => (a && a.end >= b.end ? a : b), undefined)
      const own = spans.filter(({ host }) => host === undefined || host === last?.name)
      const packets = reached.flatMap(({ firstPacket }) => firstPacket ?? [])
      const { user, system } = process.cpuUsage()
      return {
        milliseconds: tenths(now),
        ...(last ? { last: last.name } : {}),
        phases: account(own, 0, now),
        cpuMilliseconds: tenths((user + system) / 1000),
        busyMilliseconds: tenths(now - performance.eventLoopUtilization().idle),
        memoryBytes: process.resourceUsage().maxRSS * 1024,
        ...(packets.length > 0 ? { firstPacketMilliseconds: tenths(Math.min(...packets)) } : {}),
        hosts: reached.map((host) => host.sum()).toSorted((a, b) => b.milliseconds - a.milliseconds),
        tasks: tasks.slowest(MOST_TASKS),
      }
    },
    save: async (run, masker) => (trace === undefined ? [] : [await saveTrace(trace, spans, run, masker)]),
  }
}
