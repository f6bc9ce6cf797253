import { GENERATED, table } from '../src/commands/reference/table.ts'

/** Faults, in the order of the page. A test demands that each is caused by at least one test. */
export const faults = [
  'controller killed',
  'connection cut',
  'connection silent',
  'remote shell killed',
  'host rebooted, power lost',
  'disk full',
  'read-only file system',
  'no memory or processes left',
  'host stalled',
  'disk of the controller full',
  'dpkg interrupted',
  'dpkg locked',
  'DNS down',
  'ACME down',
  'ACME slow',
  'clock wrong',
  'wrong netplan',
  'firewall that cuts us off',
  'sshd broken',
  'sudo withdrawn',
  'login key removed',
  'address changed',
  'MaxSessions 1',
  'MaxStartups reached',
  'host key changed',
  'two runs at once',
] as const

export type FaultName = (typeof faults)[number]

/** What a test that caused a fault has measured (test/e2e/fault.ts). */
export interface FaultRow {
  readonly fault: FaultName
  /** Where it struck: `in the middle of a package installation`. */
  readonly where: string
  /** How often it was caused. */
  readonly points: number
  /** Lines that the user saw, without times, names of runs and temporary paths. */
  readonly saw: readonly string[]
  /** What was asserted of the host after the next run. */
  readonly after: string
  /** The file of the test, below `test/`. */
  readonly test: string
}

/** Sorted as the page has them. */
export function sortFaults(rows: readonly FaultRow[]): readonly FaultRow[] {
  const key = ({ fault, test, where }: FaultRow): string =>
    [String(faults.indexOf(fault)).padStart(2, '0'), test, where].join('\n')
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** `docs/reliability.md`: what was done to hosts, and what became of them. */
export function reliabilityPage(all: readonly FaultRow[]): string {
  const rows = sortFaults(all)
  const points = rows.reduce((sum, row) => sum + row.points, 0)
  const cells = rows.map(({ fault, where, points, saw, after, test }, index) => [
    rows[index - 1]?.fault === fault ? '' : `**${fault}**`,
    where,
    String(points),
    saw.map((line) => `\`${line.replaceAll('`', "'")}\``).join('<br>'),
    after,
    `\`${test}\``,
  ])
  return `${GENERATED}
# Reliability

A run may end anywhere: with the controller, the connection, the remote shell or the power of a host. Then no file is half written, no lock stays, handlers that are owed are called by the next run, and the next run goes on from there to the wanted state. What could lock us out is put back by the host itself.

The table says how often each fault was really caused, on Debian hosts with a real sshd, dpkg and systemd, what the user saw, and what was found after the next run. The tests that cause a fault write its row; a test fails where the state afterwards is another one, or the number of points differs by more than a fifth. To make the table again: \`PROVISION_RECORD=1 npm test -- e2e\`, then \`npm run docs\`.

${table(['fault', 'where', 'points', 'what the user saw', 'after the next run', 'test'], cells)}

${points} points in ${rows.length} tests. Times, names of runs and temporary paths are left out of what the user saw. What a host cannot be asked to survive is in [security.md](security.md).
`
}
