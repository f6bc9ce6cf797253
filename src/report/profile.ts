import type { HostTime, Phase, PhaseTime, Profile, TaskTime } from '../core/profile.ts'
import { duration as roughly } from './duration.ts'
import { type Look, placeText } from './look.ts'
import { count, oneLine } from './text.ts'
import { displayWidth, fit, spread, truncateStart, wrap } from './width.ts'

/** Rows of hosts and of tasks, unless more is asked for. */
const MOST_ROWS = 10
/** Parts of a phase that are named. */
const MOST_PARTS = 5
const NAME_COLUMNS = 17
const PLACE_COLUMNS = 30

/** Below the hosts. */
const FOOTNOTE = 'answers: session, survey, stream; (host): those without the way there and back'

/** What is behind the name of a phase, where it has no parts that tell. */
const MEANING: { readonly [phase in Phase | 'other']?: string } = {
  read: 'inventory and playbook',
  ask: 'what was asked before the run',
  wait: 'for other hosts',
  connect: 'name, TCP, keys, login',
  session: 'shells, sudo',
  lock: 'another run at work',
  survey: 'waiting for what the host answers',
  plan: 'work for tasks here',
  look: 'work from here, on the network',
  stream: 'changes on the host',
  close: 'leaving the host',
  other: 'not accounted for',
}

interface Column {
  readonly head: string
  readonly width: number
  readonly text: (host: HostTime) => string
}

const COLUMNS: readonly Column[] = [
  { head: 'time', width: 8, text: ({ milliseconds }) => whole(milliseconds) },
  { head: 'connect', width: 8, text: (host) => whole(sum(host, ['connect'])) },
  { head: 'answers', width: 8, text: (host) => whole(sum(host, ANSWERS)) },
  { head: '(host)', width: 7, text: ({ hostMilliseconds: time }) => (time === undefined ? '-' : whole(time)) },
  { head: 'plan', width: 6, text: (host) => whole(sum(host, ['plan'])) },
  { head: 'rest', width: 6, text: (host) => whole(host.milliseconds - sum(host, ['connect', 'plan', ...ANSWERS])) },
  { head: 'trips', width: 6, text: ({ turns }) => String(turns) },
  { head: 'kB up', width: 7, text: ({ bytesUp }) => kilobytes(bytesUp) },
  { head: 'down', width: 6, text: ({ bytesDown }) => kilobytes(bytesDown) },
]

const ANSWERS: readonly Phase[] = ['session', 'survey', 'stream']

/** Where the time of a run went, as tables. The profile's text must be `visible` already. */
export function profileLines(profile: Profile, look: Look): readonly string[] {
  const verbose = look.scripts
  const hosts = verbose ? profile.hosts : profile.hosts.slice(0, MOST_ROWS)
  const tasks = verbose ? profile.tasks : profile.tasks.slice(0, MOST_ROWS)
  const { style } = look
  return [
    ...phaseTable(profile, look),
    ...(hosts.length === 0 ? [] : ['', ...hostTable(hosts, look)]),
    ...(hosts.length > 0 ? [style.faint(FOOTNOTE)] : []),
    ...(hosts.length < profile.hosts.length
      ? [style.faint(`  and ${count(profile.hosts.length - hosts.length, 'host')} more, faster: -v shows them`)]
      : []),
    ...(tasks.length === 0 ? [] : ['', ...taskTable(tasks, look)]),
  ]
}

function phaseTable(profile: Profile, look: Look): readonly string[] {
  const { milliseconds, last, hosts, phases } = profile
  const { style, width } = look
  const whose = hosts.length > 1 && last !== undefined ? `: the program and ${last}, which it left last` : ''
  const [head = '', ...more] = wrap(`Where the time went${whose}`, width)
  const row = (name: string, time: number, share: string, text: string): readonly string[] => {
    const before = `  ${name.padEnd(8)}${duration(time).padStart(9)}${share.padStart(6)}`
    const [first = '', ...others] = wrap(text, width - before.length - 2)
    return [
      text === '' ? before : `${before}  ${style.faint(first)}`,
      ...others.map((line) => ' '.repeat(before.length + 2) + style.faint(line)),
    ]
  }
  return [
    style.strong(head),
    ...more,
    ...phases.flatMap((time) =>
      row(time.phase, time.milliseconds, `${Math.round((100 * time.milliseconds) / milliseconds)} %`, describe(time)),
    ),
    ...row('all', milliseconds, '', processText(profile)),
  ]
}

function describe({ phase, parts = {} }: PhaseTime): string {
  const named = Object.entries(parts).filter(([, part]) => part >= 0.5)
  if (named.length < 2) return MEANING[phase] ?? ''
  const kept = new Set(named.toSorted(([, a], [, b]) => b - a).slice(0, MOST_PARTS))
  const texts = named.filter((part) => kept.has(part)).map(([name, part]) => `${oneLine(name)} ${duration(part)}`)
  return texts.join(', ') + (named.length > kept.size ? ', …' : '')
}

function processText({ cpuMilliseconds, busyMilliseconds, memoryBytes, firstPacketMilliseconds }: Profile): string {
  const parts = [
    `CPU ${duration(cpuMilliseconds)}`,
    `busy ${duration(busyMilliseconds)}`,
    `${Math.round(memoryBytes / 1e6)} MB`,
  ]
  if (firstPacketMilliseconds !== undefined) parts.push(`first packet after ${duration(firstPacketMilliseconds)}`)
  return parts.join(', ')
}

function hostTable(hosts: Profile['hosts'], { style }: Look): readonly string[] {
  const name = Math.min(NAME_COLUMNS, Math.max(10, ...hosts.map(({ host }) => displayWidth(host))))
  return [
    style.strong(fit('Hosts, ms', name) + COLUMNS.map(({ head, width }) => head.padStart(width)).join('')),
    ...hosts.map(
      (host) => fit(host.host, name) + COLUMNS.map(({ text, width }) => text(host).padStart(width)).join(''),
    ),
  ]
}

function taskTable(tasks: readonly TaskTime[], look: Look): readonly string[] {
  const { style, width } = look
  const host = Math.min(NAME_COLUMNS, Math.max(...tasks.map((task) => displayWidth(task.host))))
  const numbers = (ms: string, here: string, items: string): string =>
    ms.padStart(9) + here.padStart(7) + items.padStart(7)
  const row = (task: TaskTime): string => {
    const place = truncateStart(placeText(task.place, look), PLACE_COLUMNS)
    const before = `${numbers(whole(task.milliseconds), whole(task.hereMilliseconds), String(task.items))}  ${fit(task.host, host)}  `
    const name = fit(oneLine(task.task), Math.max(8, width - displayWidth(before) - displayWidth(place) - 2)).trimEnd()
    return spread(before + name, style.faint(place), width + style.faint(place).length - place.length)
  }
  return [style.strong('Slowest tasks'), style.faint(numbers('ms', 'here', 'items')), ...tasks.map(row)]
}

function sum({ phases }: HostTime, wanted: readonly Phase[]): number {
  return phases.reduce(
    (total, { phase, milliseconds }) => (wanted.some((one) => one === phase) ? total + milliseconds : total),
    0,
  )
}

/** To the millisecond, where that can be seen. */
function duration(milliseconds: number): string {
  return milliseconds < 9_999.5 ? `${whole(milliseconds)} ms` : roughly(milliseconds)
}

/** For columns of milliseconds, with so few digits that they stay apart. */
function whole(milliseconds: number): string {
  return milliseconds < 99_999.5 ? String(Math.round(milliseconds)) : `${Math.round(milliseconds / 1000)}s`
}

function kilobytes(bytes: number): string {
  if (bytes >= 9_999_500) return `${Math.round(bytes / 1e6)}M`
  return (bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)
}
