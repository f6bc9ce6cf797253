import { type DnsRecord, formatRecordValue, fullName } from './dns-record.ts'

/** A record to publish. */
export interface ZoneRecord extends Pick<DnsRecord, 'name' | 'type' | 'value'> {
  /** Seconds; the zone's own where left out. */
  readonly ttl?: number
  /** Why it is there, for the line above it. */
  readonly comment?: string
}

/**
 * The records of a zone as a master file (RFC 1035 section 5), to be merged into the file of the zone: it has no SOA and
 * no NS records of its own, so that no server takes it for a whole zone.
 *
 * @param zone the domain, with or without a dot at its end.
 * @param records with full names; values canonical, as `canonicalValue` returns them.
 * @param ttl seconds, for `$TTL`.
 * @throws {RangeError} for a record outside the zone, and for one that a master file cannot hold as it is.
 */
export function formatZone(zone: string, records: readonly ZoneRecord[], ttl: number): string {
  const origin = fullName('@', zone)
  const rows = records.map((record) => ({
    comments: commentLines(record.comment ?? ''),
    cells: [
      ownerName(record, origin),
      record.ttl === undefined || record.ttl === ttl ? '' : String(record.ttl),
      'IN',
      record.type,
      fileValue(record),
    ],
  }))
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map(({ cells }) => cells[column]!.length)))
  const lines = rows.flatMap(({ comments, cells }) => [
    ...comments,
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((_, column) => widths[column] !== 0)
      .join(' '),
  ])
  const head = [
    `; Records to add to the zone ${origin.slice(0, -1)}: a fragment without SOA and NS, not a whole zone.`,
    '; A name has only one SPF and one DMARC record: these take the place of what is there.',
    `$ORIGIN ${origin}`,
    `$TTL ${ttl}`,
  ]
  return `${[...head, ...lines].join('\n')}\n`
}

/**
 * A record on one line, `NAME TYPE VALUE`, to copy into the form of a DNS provider: a TXT value stands there whole and
 * without quotes, because the form itself cuts it into strings of 255 bytes.
 */
export function formatOneString({ name, type, value }: Pick<DnsRecord, 'name' | 'type' | 'value'>): string {
  return `${name.replace(/\.$/, '')} ${type} ${value}`
}

function ownerName({ name }: ZoneRecord, origin: string): string {
  if (name === origin) return '@'
  if (!name.endsWith(`.${origin}`)) throw new RangeError(`${name} is not in the zone ${origin}`)
  if (/[^\w*./-]/.test(name)) throw new RangeError(`"${name}" is no name that a zone file takes as it is`)
  return name.slice(0, -origin.length - 1)
}

// What is not quoted must have none of the characters that mean something to a master file (RFC 1035 section 5.1).
function fileValue({ name, type, value }: ZoneRecord): string {
  if (type !== 'TXT' && type !== 'CAA' && /[^\w .:*/-]/.test(value)) {
    throw new RangeError(`"${value}" is no value that a zone file takes as it is: record ${type} of ${name}`)
  }
  return formatRecordValue(type, value)
}

function commentLines(comment: string): readonly string[] {
  return comment
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .map((line) => `; ${line.trim()}`)
}
