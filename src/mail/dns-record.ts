import { formatTxt, parseTxt } from './txt.ts'

/** Types whose value this code understands well enough to compare. */
export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TLSA', 'TXT'] as const

export type RecordType = (typeof RECORD_TYPES)[number]

export interface DnsRecord {
  /** Full name in lower case, a dot at its end. */
  readonly name: string
  readonly type: RecordType
  readonly ttl: number
  /** Canonical: what two servers print differently is equal here. A TXT value is its joined text, unquoted. */
  readonly value: string
}

/** `@`, `mail` or `mail.example.org` in the zone example.org, as a full name with a dot at its end. */
export function fullName(name: string, zone: string): string {
  const origin = `${zone.replace(/\.$/, '').toLowerCase()}.`
  const lower = name.toLowerCase()
  if (lower === '@' || lower === '') return origin
  if (lower.endsWith('.')) return lower
  return `${lower}.` === origin || `${lower}.`.endsWith(`.${origin}`) ? `${lower}.` : `${lower}.${origin}`
}

/**
 * A value in its canonical form. Host names in values are full ones; a name without a dot belongs to the zone.
 *
 * @throws {RangeError} for a value that is none of its type.
 */
export function canonicalValue(type: RecordType, value: string, zone: string): string {
  if (type === 'TXT') return value
  const fields = value.trim().split(/\s+/)
  const last = fields.at(-1) ?? ''
  switch (type) {
    case 'A':
      return match(/^\d{1,3}(\.\d{1,3}){3}$/, value.trim(), type, value)
    case 'AAAA':
      return canonicalIpv6(value.trim())
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return match(/^\S+$/, targetName(value.trim(), zone), type, value)
    case 'MX':
      return match(/^\d+ \S+$/, `${Number(fields[0])} ${targetName(last, zone)}`, type, value)
    case 'SRV':
      return match(
        /^\d+ \d+ \d+ \S+$/,
        `${fields.slice(0, 3).map(Number).join(' ')} ${targetName(last, zone)}`,
        type,
        value,
      )
    case 'CAA':
      return match(/^\d+ \w+ ".*"$/, canonicalCaa(value), type, value)
    case 'TLSA':
      return match(
        /^\d \d \d [0-9a-f]+$/,
        `${fields.slice(0, 3).join(' ')} ${fields.slice(3).join('').toLowerCase()}`,
        type,
        value,
      )
  }
}

/** The value as zone files and nsupdate take it. */
export function formatRecordValue(type: RecordType, value: string): string {
  return type === 'TXT' ? formatTxt(value) : value
}

/** Records from lines such as `example.org. 300 IN MX 10 smtp.example.org.`, as dig prints them; other lines are left out. */
export function parseRecords(text: string, zone: string): readonly DnsRecord[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', ttl, type = '', data = ''] = /^([^;\s]\S*)\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (ttl === undefined || !isRecordType(type)) return []
    const value = type === 'TXT' ? parseTxt(data) : canonicalValue(type, data, zone)
    return [{ name: name.toLowerCase(), type, ttl: Number(ttl), value }]
  })
}

function isRecordType(type: string): type is RecordType {
  return (RECORD_TYPES as readonly string[]).includes(type)
}

function targetName(name: string, zone: string): string {
  const lower = name.toLowerCase()
  if (lower.endsWith('.')) return lower
  return lower.includes('.') ? `${lower}.` : fullName(lower, zone)
}

// The URL parser writes IPv6 addresses as RFC 5952 wants them, like every name server does.
function canonicalIpv6(address: string): string {
  const url = `http://[${address}]/`
  if (!address.includes(':') || !URL.canParse(url)) throw new RangeError(`"${address}" is no IPv6 address`)
  return new URL(url).hostname.slice(1, -1)
}

function canonicalCaa(value: string): string {
  const [, flags = '', tag = '', data = ''] = /^\s*(\d+)\s+(\w+)\s+(.*)$/s.exec(value) ?? []
  return `${flags} ${tag.toLowerCase()} ${formatTxt(parseTxt(data.startsWith('"') ? data : `"${data.trim()}"`))}`
}

function match(pattern: RegExp, canonical: string, type: RecordType, written: string): string {
  if (!pattern.test(canonical)) throw new RangeError(`"${written}" is no value of a record of type ${type}`)
  return canonical
}
