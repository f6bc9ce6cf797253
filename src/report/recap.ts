import type { Event, HostRecap } from '../engine/events.ts'
import { indent } from './changes.ts'
import { duration } from './duration.ts'
import type { Look } from './look.ts'
import type { Style } from './style.ts'
import { count } from './text.ts'
import { displayWidth, fit } from './width.ts'

type Recap = Extract<Event, { readonly type: 'recap' }>

interface Column {
  readonly label: string
  readonly count: (host: HostRecap) => number
  readonly paint: keyof Style
  /** Shown even where it counts nothing, with its numbers below each other. */
  readonly always?: true
}

/** The last lines of a run: what was counted for each host, and how to try again what failed. */
export function recapLines(recap: Recap, order: readonly string[], command: string, look: Look): readonly string[] {
  const hosts = inOrder(recap, order)
  const counts = hosts.map(([, host]) => host)
  const columns = columnsOf(recap.check)
  const longest = Math.max(0, ...hosts.map(([name]) => displayWidth(name)))
  const name = Math.min(longest, Math.max(8, Math.floor(look.width / 3)))
  const again = counts.some((host) => host.failed > 0 || host.unreachable)
  return [
    ...hosts.flatMap(([host, numbers]) => {
      const [first, ...more] = hostLines(numbers, counts, columns, look, name + 2)
      return [`${fit(host, name)}  ${first}`, ...indent(more, name + 2)]
    }),
    ...(recap.interrupted ? [interruption(counts)] : []),
    ...(again ? [`Again for what failed:  ${command} --limit @failed`] : []),
  ]
}

/** Hosts in the order of the inventory: an object would put a host named `10` before one named `2b`. */
export function inOrder(recap: Recap, order: readonly string[]): readonly (readonly [string, HostRecap])[] {
  const names = new Set([...order, ...Object.keys(recap.hosts)])
  return [...names].flatMap((name) => (Object.hasOwn(recap.hosts, name) ? [[name, recap.hosts[name]!] as const] : []))
}

function columnsOf(check: boolean): readonly Column[] {
  return [
    { label: check ? 'would change' : 'changed', count: (host) => host.changed, paint: 'changed', always: true },
    { label: 'ok', count: (host) => host.ok, paint: 'good', always: true },
    { label: 'failed', count: (host) => host.failed, paint: 'bad', always: true },
    { label: 'ignored', count: (host) => host.ignored, paint: 'bad' },
    { label: 'unknown', count: (host) => host.unknown, paint: 'changed' },
    { label: 'skipped', count: (host) => host.skipped, paint: 'faint' },
    { label: 'not reached', count: (host) => host.notReached, paint: 'bad' },
  ]
}

function hostLines(
  host: HostRecap,
  all: readonly HostRecap[],
  columns: readonly Column[],
  look: Look,
  before: number,
): readonly string[] {
  const { style } = look
  const words: { readonly text: string; readonly paint?: keyof Style }[] = []
  // "failed 0" of a host that nobody could ask would be no news.
  const asked = !host.unreachable || columns.some(({ count }) => count(host) > 0)
  for (const { label, count, paint, always } of asked ? columns : []) {
    const number = count(host)
    const digits = always ? Math.max(...all.map((other) => String(count(other)).length)) : 0
    const text = `${label} ${String(number).padStart(digits)}`
    if (number > 0) words.push({ text, paint })
    else if (always) words.push({ text })
  }
  if (host.unreachable) words.push({ text: 'unreachable', paint: 'bad' })
  const time = duration(host.milliseconds)
  const room = look.width - before
  const lines: (typeof words)[] = [[]]
  for (const word of words) {
    const line = lines.at(-1)!
    if (line.length > 0 && widthOf([...line, word]) > room) lines.push([word])
    else line.push(word)
  }
  const painted = lines.map((line) => line.map(({ text, paint }) => (paint ? style[paint](text) : text)).join('   '))
  const gap = room - widthOf(lines.at(-1)!) - time.length
  if (gap >= 2) painted.push(painted.pop()! + ' '.repeat(gap) + style.faint(time))
  return painted
}

function widthOf(words: readonly { readonly text: string }[]): number {
  return words.map(({ text }) => text).join('   ').length
}

function interruption(hosts: readonly HostRecap[]): string {
  const left = hosts.filter((host) => host.notReached > 0)
  const tasks = left.reduce((sum, host) => sum + host.notReached, 0)
  return left.length === 0
    ? 'Interrupted.'
    : `Interrupted: ${count(tasks, 'task')} on ${count(left.length, 'host')} not reached.`
}
