import type { Event, HostRecap } from '../engine/events.ts'
import { indent } from './changes.ts'
import { duration } from './duration.ts'
import { type Look, prose } from './look.ts'
import type { Style } from './style.ts'
import { count } from './text.ts'
import { displayWidth, fit } from './width.ts'

const COPY = 'To copy:  '

type Recap = Extract<Event, { readonly type: 'recap' }>

interface Column {
  readonly label: string
  readonly count: (host: HostRecap) => number
  readonly paint: keyof Style
  /** Shown even where it counts nothing, with its numbers below each other. */
  readonly always?: true
}

/** What a recap tells of a run beyond its counts. */
export interface RunFacts {
  /** Host names as the inventory has them. */
  readonly order: readonly string[]
  /** The command line, to be typed again. */
  readonly command: string
  /** Formats of the documents that tasks made. */
  readonly formats: readonly string[]
  /** Nothing but probes ran: nothing could be changed or as wanted. */
  readonly onlyProbes: boolean
}

/** The last lines of a run: what was counted for each host, and what to type to have documents or to try again. */
export function recapLines(recap: Recap, run: RunFacts, look: Look): readonly string[] {
  const hosts = inOrder(recap, run.order)
  const counts = hosts.map(([, host]) => host)
  const groups = groupsOf(recap.check, run.onlyProbes)
  const longest = Math.max(0, ...hosts.map(([name]) => displayWidth(name)))
  const name = Math.min(longest, Math.max(8, Math.floor(look.width / 3)))
  const again = counts.some((host) => host.failed > 0 || host.unreachable)
  const left = counts.some((host) => host.notReached > 0)
  return [
    ...hosts.flatMap(([host, numbers]) => {
      const [first, ...more] = hostLines(numbers, counts, groups, look, name + 2)
      return [`${fit(host, name)}  ${first}`, ...indent(more, name + 2)]
    }),
    ...(recap.interrupted ? [interruption(counts)] : []),
    ...(recap.stopped ? prose(stopText(recap.stopped), 0, look) : []),
    ...run.formats.map(
      (format, index) => `${index === 0 ? COPY : ' '.repeat(COPY.length)}${run.command} --output ${format}`,
    ),
    ...(again || left ? [`Again for what ${again ? 'failed' : 'is left'}:  ${run.command} --limit @failed`] : []),
  ]
}

/** Hosts in the order of the inventory: an object would put a host named `10` before one named `2b`. */
export function inOrder(recap: Recap, order: readonly string[]): readonly (readonly [string, HostRecap])[] {
  const names = new Set([...order, ...Object.keys(recap.hosts)])
  return [...names].flatMap((name) => (Object.hasOwn(recap.hosts, name) ? [[name, recap.hosts[name]!] as const] : []))
}

// What probes found stands on a line of its own, because "unknown" is another thing there; with nothing else, on the only one.
function groupsOf(check: boolean, onlyProbes: boolean): readonly (readonly Column[])[] {
  const outcomes: readonly Column[] = [
    { label: check ? 'would change' : 'changed', count: (host) => host.changed, paint: 'changed', always: true },
    { label: 'ok', count: (host) => host.ok, paint: 'good', always: true },
    { label: 'failed', count: (host) => host.failed, paint: 'bad', always: true },
  ]
  const others: readonly Column[] = [
    { label: 'ignored', count: (host) => host.ignored, paint: 'bad' },
    { label: 'unknown', count: (host) => host.unknown, paint: 'changed' },
    { label: 'skipped', count: (host) => host.skipped, paint: 'faint' },
    { label: 'not reached', count: (host) => host.notReached, paint: 'bad' },
  ]
  const found: readonly Column[] = [
    { label: 'right', count: ({ findings }) => findings?.right ?? 0, paint: 'good', always: true },
    { label: 'wrong', count: ({ findings }) => findings?.wrong ?? 0, paint: 'bad', always: true },
    { label: 'advised', count: ({ findings }) => findings?.advised ?? 0, paint: 'changed' },
    { label: 'unknown', count: ({ findings }) => findings?.unknown ?? 0, paint: 'changed' },
  ]
  return onlyProbes ? [[...found, ...others]] : [[...outcomes, ...others], found]
}

function hostLines(
  host: HostRecap,
  all: readonly HostRecap[],
  groups: readonly (readonly Column[])[],
  look: Look,
  before: number,
): readonly string[] {
  const { style } = look
  const room = look.width - before
  const lines: Word[][] = []
  for (const [index, columns] of groups.entries()) {
    // "failed 0" of a host that nobody could ask would be no news.
    const asked = columns.some(({ count }) => count(host) > 0) || (index === 0 && !host.unreachable)
    const words = asked ? wordsOf(host, all, columns) : []
    if (index === 0 && host.unreachable) words.push({ text: 'unreachable', paint: 'bad' })
    for (const [position, word] of words.entries()) {
      const line = lines.at(-1)
      if (position > 0 && line && widthOf([...line, word]) <= room) line.push(word)
      else lines.push([word])
    }
  }
  const painted = lines.map((line) => line.map(({ text, paint }) => (paint ? style[paint](text) : text)).join('   '))
  const time = duration(host.milliseconds)
  const gap = room - widthOf(lines.at(-1) ?? []) - time.length
  if (gap >= 2) painted.push((painted.pop() ?? '') + ' '.repeat(gap) + style.faint(time))
  return painted
}

interface Word {
  readonly text: string
  readonly paint?: keyof Style
}

function wordsOf(host: HostRecap, all: readonly HostRecap[], columns: readonly Column[]): Word[] {
  const words: Word[] = []
  for (const { label, count, paint, always } of columns) {
    const number = count(host)
    const digits = always ? Math.max(...all.map((other) => String(count(other)).length)) : 0
    const text = `${label} ${String(number).padStart(digits)}`
    if (number > 0) words.push({ text, paint })
    else if (always) words.push({ text })
  }
  return words
}

function widthOf(words: readonly Word[]): number {
  return words.map(({ text }) => text).join('   ').length
}

function stopText({ play, why, untouched }: NonNullable<Recap['stopped']>): string {
  return `Stopped in "${play}": ${why}. Not touched by it: ${untouched.join(', ')}.`
}

function interruption(hosts: readonly HostRecap[]): string {
  const left = hosts.filter((host) => host.notReached > 0)
  const tasks = left.reduce((sum, host) => sum + host.notReached, 0)
  return left.length === 0
    ? 'Interrupted.'
    : `Interrupted: ${count(tasks, 'task')} on ${count(left.length, 'host')} not reached.`
}
