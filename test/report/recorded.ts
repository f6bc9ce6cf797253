import type { Event, HostRecap, ShownChange, Status } from '../../src/engine/events.ts'
import { createReporter, type ReporterOptions } from '../../src/report/create-reporter.ts'

export type Result = Extract<Event, { readonly type: 'result' }>

/** What a run prints without a terminal. */
export async function printed(events: readonly Event[], options: Partial<ReporterOptions> = {}): Promise<string> {
  let text = ''
  const stdout = { write: (more: string) => (text += more) }
  const command = 'provision -i inventory.yaml site'
  const reporter = createReporter('plain', { stdout, colour: false, verbosity: 0, diff: false, command, ...options })
  for (const event of events) reporter.event(event)
  await reporter.end()
  return text
}

/** Columns a host's counters have in a recap; what is not given is 0. */
export function counts(given: Partial<HostRecap>): HostRecap {
  const none = { ok: 0, changed: 0, failed: 0, skipped: 0, unknown: 0, ignored: 0, notReached: 0 }
  return { ...none, unreachable: false, milliseconds: 0, ...given }
}

export function change(what: string, from: string, to: string, rest: Partial<ShownChange> = {}): ShownChange {
  return { what, from, to, script: `set ${what}`, ...rest }
}

/** A result as the engine reports it. */
export function result(host: string, place: string, task: string, status: Status, rest: Partial<Result> = {}): Result {
  const [file = '', line] = place.split(':')
  return {
    type: 'result',
    host,
    play: 'Mail hosts',
    task,
    place: { file, line: Number(line), column: 3 },
    resource: 'sysctl',
    handler: false,
    status,
    changes: [],
    notes: [],
    notifies: [],
    milliseconds: 12,
    ...rest,
  }
}

export const start: Extract<Event, { readonly type: 'start' }> = {
  type: 'start',
  playbook: 'playbooks/site.yaml',
  check: false,
  hosts: ['mx1', 'mx2'],
}
export const play: Event = { type: 'play', play: 'Mail hosts', hosts: ['mx1', 'mx2'] }

const sysctl = [
  change('net.ipv6.conf.all.disable_ipv6', 'running 1', '0', { script: 'sysctl -qw net.ipv6.conf.all.disable_ipv6=0' }),
  change('/etc/sysctl.d/60-provision.conf', 'absent', '3 lines', { diff: { before: '', after: 'a\nb\nc\n' } }),
]
const chasquid = [
  change('/etc/chasquid/chasquid.conf', '1 line', '1 line', {
    diff: { before: 'hostname: "localhost"\n', after: 'hostname: "smtp.example.org"\n' },
  }),
]

/** The check of face.md's first screen: one host differs, the other does not. */
export const checked: readonly Event[] = [
  { ...start, check: true },
  play,
  { type: 'host', host: 'mx1', activity: 'asking', total: 52 },
  { type: 'host', host: 'mx2', activity: 'asking', total: 52 },
  result('mx1', 'tasks/sysctl.yaml:2', 'IPv6 on all', 'would change', { changes: sysctl }),
  result('mx2', 'tasks/sysctl.yaml:2', 'IPv6 on all', 'ok'),
  result('mx1', 'tasks/chasquid.yaml:14', 'chasquid.conf', 'would change', {
    changes: chasquid,
    notifies: ['restart chasquid'],
  }),
  result('mx1', 'tasks/chasquid.yaml:20', 'chasquid is running', 'unknown', {
    notes: ['unknown until the changes above are applied: unit chasquid.service does not exist'],
  }),
  result('mx1', 'tasks/users.yaml:5', 'sender news@example.org', 'would change', {
    changes: [change('password', '‹secret›', '‹secret›')],
  }),
  {
    type: 'recap',
    check: true,
    interrupted: false,
    hosts: {
      mx1: counts({ changed: 3, ok: 48, unknown: 1, milliseconds: 812 }),
      mx2: counts({ ok: 52, milliseconds: 704 }),
    },
  },
]

/** A run in which the second host fails early. */
export const failed: readonly Event[] = [
  start,
  play,
  { type: 'host', host: 'mx1', activity: 'connecting' },
  { type: 'host', host: 'mx2', activity: 'asking', total: 52 },
  result('mx1', 'tasks/packages.yaml:4', 'Packages', 'ok', { milliseconds: 0 }),
  result('mx1', 'tasks/sysctl.yaml:2', 'IPv6 on all', 'changed', { changes: sysctl }),
  result('mx2', 'tasks/packages.yaml:4', 'Packages', 'failed', {
    milliseconds: 3204,
    failure: {
      message: 'apt-get install chasquid — exit 100 after 3.2 s',
      output: 'Reading package lists...\r\nE: Unable to locate package chasquid\n',
      hint: 'debian 12 has it in "main": is the component enabled?  ssh mx2 apt-cache policy chasquid',
    },
  }),
  result('mx1', 'tasks/netplan.yaml:2', 'Address of the interface that mail leaves through', 'skipped', {
    notes: ['ipv6 is not defined'],
    milliseconds: 0,
  }),
  result('mx1', 'tasks/chasquid.yaml:14', 'chasquid.conf', 'changed', {
    changes: chasquid,
    notifies: ['restart chasquid'],
    milliseconds: 140,
  }),
  result('mx1', 'playbooks/site.yaml:17', 'restart chasquid', 'changed', { handler: true, milliseconds: 1432 }),
  {
    type: 'recap',
    check: false,
    interrupted: false,
    hosts: {
      mx1: counts({ changed: 12, ok: 40, skipped: 1, milliseconds: 41_300 }),
      mx2: counts({ changed: 2, ok: 1, failed: 1, notReached: 48, milliseconds: 6000 }),
    },
  },
]
