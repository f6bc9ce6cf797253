import type { DnsRecord, RecordType } from './dns-record.ts'
import { mergeSpf, sameSpf } from './spf.ts'
import { versionTag } from './txt.ts'

/** What a name should have of one type. */
export interface WantedRrset {
  readonly name: string
  readonly type: RecordType
  readonly ttl: number
  readonly values: readonly string[]
  /** Nothing else of this type may be at the name. Otherwise what others put there stays, as far as it does not contradict. */
  readonly exact: boolean
  /** Left as it is where others have a value there: an MX beside theirs would take mail away from them. */
  readonly yields?: boolean
  /** Terms of SPF records that are not kept; MX records of ours that make room for the wanted ones. */
  readonly stale?: readonly string[]
}

/** What to take away and what to add; both empty where all is as wanted. */
export interface RrsetDifference {
  readonly remove: readonly string[]
  readonly add: readonly string[]
}

/** A name has one of these, or a set that its owner alone decides. To MX, CAA, NS and TXT others may have added. */
export function isExactByNature(type: RecordType): boolean {
  return ['A', 'AAAA', 'CNAME', 'PTR', 'SRV', 'TLSA'].includes(type)
}

/** @param present what the server answered; records of other names and types in it count for nothing. */
export function difference(wanted: WantedRrset, present: readonly DnsRecord[]): RrsetDifference {
  const now = present.filter((record) => record.name === wanted.name && record.type === wanted.type)
  if (wanted.exact) {
    const isOld = now.some((record) => record.ttl !== wanted.ttl)
    return between(
      now.map((record) => record.value),
      wanted.values,
      isOld,
    )
  }
  const values = now.map((record) => record.value)
  const own = [...wanted.values, ...(wanted.stale ?? [])]
  if (wanted.yields && values.some((value) => !isNullMx(value) && !own.some((ours) => sameTarget(ours, value)))) {
    return { remove: [], add: [] }
  }
  return between(values, wanted.yields ? wanted.values : keepForeign(wanted, values), false)
}

/** `0 .`: the domain takes no mail (RFC 7505). Whoever wants mail there replaces it. */
export function isNullMx(value: string): boolean {
  return /^\d+ \.$/.test(value)
}

/** Whether two MX values name the same server, with whatever preference. */
export function sameTarget(a: string, b: string): boolean {
  const [one, other] = [a, b].map((value) => value.replace(/^\d+ /, ''))
  return one === other
}

/** What to take away so that nothing of the wanted is left: the values themselves, or everything where none is named. */
export function removal({ name, type, values, exact }: WantedRrset, present: readonly DnsRecord[]): RrsetDifference {
  const now = present.filter((record) => record.name === name && record.type === type).map((record) => record.value)
  const goes = (value: string) =>
    exact ||
    values.length === 0 ||
    values.some((wanted) => wanted === value || (type === 'TXT' && isSameKind(wanted, value)))
  return { remove: now.filter(goes), add: [] }
}

function keepForeign({ type, values, stale }: WantedRrset, now: readonly string[]): readonly string[] {
  if (type !== 'TXT') return [...new Set([...now, ...values])]
  const foreign = now.filter((value) => !values.some((wanted) => isSameKind(wanted, value)))
  const own = values.map((wanted) => {
    const present = now.filter((value) => isSameKind(wanted, value))
    if (versionTag(wanted) !== 'spf1' || present.length === 0) return wanted
    const merged = mergeSpf(wanted, present, stale)
    return present.find((value) => present.length === 1 && sameSpf(value, merged)) ?? merged
  })
  return [...new Set([...foreign, ...own])]
}

/** `v=DKIM1; …` takes the place of another `v=DKIM1; …`; text without a version only of itself. */
function isSameKind(a: string, b: string): boolean {
  const tag = versionTag(a)
  return tag === undefined ? a === b : tag === versionTag(b)
}

// Records that stay are added again where their lifetime changes: it belongs to the whole set (RFC 2181 section 5.2).
function between(now: readonly string[], wanted: readonly string[], isOld: boolean): RrsetDifference {
  return {
    remove: now.filter((value) => isOld || !wanted.includes(value)),
    add: wanted.filter((value) => isOld || !now.includes(value)),
  }
}
