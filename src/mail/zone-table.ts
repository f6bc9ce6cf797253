import type { ElsewhereRow, Row } from './judge-zone.ts'
import { formatOneString, formatZone } from './zone-file.ts'

/** Columns that a name and a value may take: enough for an IPv6 address. */
const WIDEST = { name: 26, value: 39, state: 34 }

export interface ZoneReport {
  readonly domain: string
  readonly servers: readonly string[]
  readonly rows: readonly Row[]
  readonly elsewhere: readonly ElsewhereRow[]
  /** Hosts about which nothing is known. */
  readonly leftOut: readonly string[]
}

/** How the records stand, in a line, and what the providers of addresses have to set; single records are findings. */
export function zoneSummary(report: ZoneReport): string {
  const { domain, rows, servers, leftOut, elsewhere } = report
  const wrong = rows.filter(isWrong)
  const unknown = rows.filter(({ state }) => state === 'unknown')
  const asked = servers.length > 0 ? ` (asked ${servers.join(', ')})` : ''
  const count = rows.length === 1 ? '1 record' : `${rows.length} records`
  const verdicts = [
    ...(wrong.length > 0
      ? [`${wrong.length} of ${count} ${wrong.length === 1 ? 'is' : 'are'} missing or different`]
      : []),
    ...(unknown.length > 0 ? [`${unknown.length} of ${count} could not be looked at`] : []),
  ]
  const verdict = verdicts.join(', ') || `${rows.length === 1 ? '1 record is' : `all ${count} are`} as wanted`
  const lines = [
    `${domain} — ${verdict}${asked}`,
    ...tableLines(elsewhere.filter(({ state }) => state === 'wrong').map(elsewhereCells)),
    ...(leftOut.length > 0
      ? [`nothing is known of ${leftOut.join(', ')}: not in this run, or not set up yet. What DNS has of it stays.`]
      : []),
  ]
  return lines.map((line, index) => (index === 0 ? line : `  ${line}`)).join('\n')
}

/** What is to be added or replaced, a record a line, each value in one piece. */
export function zoneText({ domain, rows, elsewhere }: ZoneReport): string {
  const wrong = rows.filter(({ state }) => state !== 'right' && state !== 'foreign')
  const strange = elsewhere.filter(({ state }) => state === 'wrong')
  if (wrong.length + strange.length === 0) return `# ${domain}: nothing to add\n`
  const lines = [
    `# ${domain}`,
    ...wrong.flatMap(({ record, value, seen }) => [
      ...(seen.length > 0 ? [`# in place of ${seen.join(', ')}`] : []),
      formatOneString({ ...record, value }),
    ]),
    ...strange.flatMap(({ record }) => [`# at ${record.where}`, formatOneString(record)]),
  ]
  return `${lines.join('\n')}\n`
}

/** All records for the file of the zone, merged with what is there. */
export function zoneFileText({ domain, rows }: Pick<ZoneReport, 'domain' | 'rows'>, ttl: number): string {
  const records = rows
    .filter(({ state }) => state !== 'foreign')
    .map(({ record, value }) => ({ ...record, value, comment: `${record.importance}: ${record.reason}` }))
  return formatZone(domain, records, ttl)
}

export function isWrong({ state }: Row): boolean {
  return state !== 'right' && state !== 'unknown'
}

/** How a record stands, in a few words. */
export function stateText({ state, seen, note, record }: Row): string {
  switch (state) {
    case 'right':
      return ''
    case 'missing':
      return 'missing'
    case 'different':
      return `is ${seen.map((value) => shown(record.type, value)).join(', ')}`
    case 'second':
      return `${seen.length} SPF records`
    case 'foreign':
      return `others receive it: ${seen.join(', ')}`
    case 'alias':
      return `is a CNAME of ${seen[0]?.replace(/\.$/, '')}`
    case 'disagree':
      return note ?? 'servers disagree'
    case 'unknown':
      return note ?? 'unknown'
  }
}

function tableLines(cells: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...cells.map((row) => row[column]!.length)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function elsewhereCells({ record, seen }: ElsewhereRow): readonly string[] {
  const { subject, type, value, reason, where } = record
  const now = seen.length === 0 ? 'missing' : cut(`is ${seen.join(', ')}`, WIDEST.state)
  return ['✖', cut(subject, WIDEST.name), type, cut(value, WIDEST.value), now, `at ${where}: ${reason}`]
}

function shown(type: string, value: string): string {
  return type === 'TXT' ? `"${value}"` : value
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`
}
