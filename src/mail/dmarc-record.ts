import { didYouMean } from '../core/error.ts'

export type DmarcPolicy = (typeof POLICIES)[number]
export type DmarcAlignment = 'relaxed' | 'strict'

/** Where reports go. */
export interface DmarcUri {
  /** `mailto:dmarc@example.org`, without its size limit. */
  readonly uri: string
  /** Largest report in bytes: `!10m` is 10 * 2^20. */
  readonly limit?: number
  /** Domain of the mailbox, in lower case. */
  readonly domain?: string
}

/** What a DMARC record says (RFC 7489 section 6.3; `np`, `psd` and `t` are from RFC 9989). Absent tags have no field. */
export interface DmarcTags {
  readonly p?: DmarcPolicy
  readonly sp?: DmarcPolicy
  readonly np?: DmarcPolicy
  readonly adkim?: DmarcAlignment
  readonly aspf?: DmarcAlignment
  /** Share of failing messages that the policy is for, in per cent. */
  readonly pct?: number
  readonly fo?: readonly ('0' | '1' | 'd' | 's')[]
  readonly rua?: readonly DmarcUri[]
  readonly ruf?: readonly DmarcUri[]
  /** Seconds between aggregate reports. */
  readonly ri?: number
  readonly psd?: 'y' | 'n' | 'u'
  readonly t?: 'y' | 'n'
  /** Tags that are not known, in their order; receivers pass them over. */
  readonly others?: readonly { readonly name: string; readonly value: string }[]
}

export interface DmarcRecord extends DmarcTags {
  /** What is wrong, one sentence each. Receivers pass over a wrong tag, but for a wrong policy. */
  readonly problems: readonly string[]
  /** Known tags whose value is wrong. */
  readonly wrong: readonly string[]
}

const POLICIES = ['none', 'quarantine', 'reject'] as const
const MODES: Readonly<Record<string, DmarcAlignment>> = { r: 'relaxed', s: 'strict' }
const TAGS = ['p', 'sp', 'np', 'adkim', 'aspf', 'pct', 'fo', 'rua', 'ruf', 'ri', 'psd', 't', 'rf']
const UNITS = ['', 'k', 'm', 'g', 't']

/** Whether a TXT value is a DMARC record of any kind, also a wrong one: the version comes first and is exact. */
export function isDmarcRecord(text: string): boolean {
  return /^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text)
}

/** A DMARC record by RFC 7489 sections 6.3 and 6.4. A tag that is wrong is left out and named in `problems`. */
export function parseDmarc(text: string): DmarcRecord {
  if (!isDmarcRecord(text)) return { problems: ['the record does not begin with "v=DMARC1;"'], wrong: [] }
  const problems: string[] = []
  const others: { name: string; value: string }[] = []
  const found = new Map<string, unknown>()
  const seen = new Set<string>()
  const [, ...tags] = text.split(';').map((tag) => tag.trim())
  for (const tag of tags.filter(Boolean)) {
    const [, written, value = ''] = /^([a-z]\w*)[ \t]*=[ \t]*(.*)$/is.exec(tag) ?? []
    const name = written?.toLowerCase()
    if (written === undefined || name === undefined) problems.push(`"${tag}" is no tag: write NAME=VALUE`)
    else if (seen.has(name)) problems.push(`"${name}" is there twice`)
    else if (!TAGS.includes(name) || name === 'rf') others.push({ name: written, value })
    else found.set(name, parseValue(name, value, problems))
    seen.add(name ?? '')
  }
  if (!seen.has('p')) problems.push('"p" is missing: write p=none, p=quarantine or p=reject')
  else if ([...seen][0] !== 'p') problems.push('"p" is not the tag behind "v", where older receivers want it')
  const right = [...found].filter(([, value]) => value !== undefined)
  const wrong = [...found].flatMap(([name, value]) => (value === undefined ? [name] : []))
  return { ...(Object.fromEntries(right) as DmarcTags), ...(others.length > 0 && { others }), problems, wrong }
}

/** The record that says `tags`, in the order of RFC 7489; what would be read back differently is encoded. */
export function formatDmarc(tags: DmarcTags): string {
  const uris = (list: DmarcTags['rua']) => list?.map(formatUri).join(',')
  const values: readonly (readonly [string, string | number | undefined])[] = [
    ['v', 'DMARC1'],
    ['p', tags.p],
    ['sp', tags.sp],
    ['np', tags.np],
    ['rua', uris(tags.rua)],
    ['ruf', uris(tags.ruf)],
    ['adkim', tags.adkim?.slice(0, 1)],
    ['aspf', tags.aspf?.slice(0, 1)],
    ['pct', tags.pct],
    ['fo', tags.fo?.join(':')],
    ['ri', tags.ri],
    ['psd', tags.psd],
    ['t', tags.t],
    ...(tags.others ?? []).map(({ name, value }) => [name, value] as const),
  ]
  return values.flatMap(([name, value]) => (value === undefined || value === '' ? [] : `${name}=${value}`)).join('; ')
}

/**
 * The name of the TXT record by which `target` accepts reports about `domain` (RFC 7489 section 7.1). Its value is
 * `v=DMARC1`. Needed where the two belong to different organizations.
 */
export function externalReportName(domain: string, target: string): string {
  const [about, to] = [domain, target].map((name) => name.replace(/\.$/, '').toLowerCase())
  return `${about}._report._dmarc.${to}`
}

function parseValue(name: string, text: string, problems: string[]): unknown {
  const value = text.toLowerCase()
  const oneOf = (allowed: readonly string[]) => {
    if (allowed.includes(value)) return value
    const hint = didYouMean(value, allowed)
    problems.push(`"${name}=${text}": ${hint ?? `write one of ${allowed.join(', ')}`}`)
    return undefined
  }
  switch (name) {
    case 'p':
    case 'sp':
    case 'np':
      return oneOf(POLICIES)
    case 'adkim':
    case 'aspf':
      return MODES[oneOf(['r', 's']) ?? '']
    case 'psd':
      return oneOf(['y', 'n', 'u'])
    case 't':
      return oneOf(['y', 'n'])
    case 'pct':
      return parseNumber(name, text, 100, problems)
    case 'ri':
      return parseNumber(name, text, 2 ** 32 - 1, problems)
    case 'fo':
      return parseOptions(value, problems)
    default:
      return parseUris(name, text, problems)
  }
}

function parseNumber(name: string, text: string, most: number, problems: string[]): number | undefined {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text)
  problems.push(`"${name}=${text}": write a number from 0 to ${most}`)
  return undefined
}

function parseOptions(value: string, problems: string[]): readonly string[] | undefined {
  const options = value.split(':').map((option) => option.trim())
  if (options.every((option) => ['0', '1', 'd', 's'].includes(option))) return options
  problems.push(`"fo=${value}": write 0, 1, d or s, several with a colon between`)
  return undefined
}

function parseUris(name: string, text: string, problems: string[]): readonly DmarcUri[] | undefined {
  const uris = text.split(',').flatMap((part) => parseUri(name, part.trim(), problems) ?? [])
  return uris.length > 0 ? uris : undefined
}

function parseUri(name: string, text: string, problems: string[]): DmarcUri | undefined {
  const [, uri = '', size, unit = ''] = /^([^!]*)(?:!(\d+)([kmgt]?))?$/i.exec(text) ?? []
  const wrong = (why: string) => {
    problems.push(`"${name}": "${text}" ${why}`)
    return undefined
  }
  if (text === '') return wrong('is an empty address')
  if (uri === '') return wrong('has a wrong size limit: write it like !10m, and an exclamation mark in a name as %21')
  if (!/^[a-z][a-z0-9+.-]*:/i.test(uri)) return wrong('is no URI: write mailto:ADDRESS')
  const [, host] = /^mailto:[^@?\s]+@([^@?\s]+?)\.?(?:\?.*)?$/i.exec(uri) ?? []
  if (/^mailto:/i.test(uri) && host === undefined) return wrong('is no mailbox: write mailto:NAME@DOMAIN')
  if (!/^mailto:/i.test(uri)) problems.push(`"${name}": "${uri}": receivers need to send to mailto: only`)
  return {
    uri,
    ...(size !== undefined && { limit: Number(size) * 1024 ** UNITS.indexOf(unit.toLowerCase()) }),
    ...(host !== undefined && { domain: host.toLowerCase() }),
  }
}

function formatUri({ uri, limit }: DmarcUri): string {
  const encoded = uri.replace(/[,;!]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  if (limit === undefined) return encoded
  const exponent = UNITS.findLastIndex((_, index) => limit % 1024 ** index === 0)
  return `${encoded}!${limit / 1024 ** exponent}${UNITS[exponent]}`
}
