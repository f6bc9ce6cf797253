import { parseDkimRecord, sameDkimKey } from './dkim-record.ts'
import { formatDmarc, isDmarcRecord, parseDmarc } from './dmarc-record.ts'
import { inNetwork } from './ip-address.ts'
import type { MailRecord } from './mail-domain.ts'
import { isNullMx, sameTarget } from './rrset.ts'
import { mergeSpf } from './spf.ts'
import { isSpfRecord, parseSpf, type SpfDirective } from './spf-record.ts'
import { versionTag } from './txt.ts'

export type RecordState =
  | 'right'
  | 'missing'
  | 'different'
  /** There are two or more SPF records. */
  | 'second'
  /** Others receive the domain's mail. */
  | 'foreign'

export interface Comparison {
  readonly state: RecordState
  /** What is there in its place; of a foreign kind what stands beside it. */
  readonly seen: readonly string[]
  /** What the record is to say, merged with what is there. */
  readonly value: string
}

/**
 * Compares a record with what a server has under its name and type. Spelling that means the same is the same.
 *
 * @param wanted all records of that name and type, the one itself among them.
 * @param present canonical values.
 */
export function compareRecord(
  record: MailRecord,
  wanted: readonly MailRecord[],
  present: readonly string[],
): Comparison {
  const { value, merge } = record
  const right: Comparison = { state: 'right', seen: [], value }
  const instead = (seen: readonly string[]): Comparison => ({
    state: seen.length === 0 ? 'missing' : 'different',
    seen,
    value,
  })
  switch (merge) {
    case 'only': {
      const others = present.filter((other) => !wanted.some((own) => own.value === other))
      return present.includes(value) && others.length === 0 ? right : instead(others)
    }
    case 'beside':
      return present.includes(value) ? right : instead([])
    case 'yield': {
      if (present.includes(value)) return right
      const [own] = present.filter((other) => sameTarget(other, value))
      if (own !== undefined) return instead([own])
      const foreign = foreignValues(wanted, present)
      return foreign.length === 0 ? instead(present) : { state: 'foreign', seen: foreign, value }
    }
    case 'spf':
      return compareSpf(record, present.filter(isSpfRecord))
    case 'kind': {
      const kind = present.filter((other) => versionTag(other) === versionTag(value) || isUnversionedKey(other, value))
      // Two of a kind count as none (RFC 7489 section 6.6.3, RFC 8461 section 3.1).
      return kind.length === 1 && sameText(kind[0]!, value) ? right : instead(kind)
    }
  }
}

/** MX values of servers that are none of the wanted ones. */
export function foreignValues(wanted: readonly MailRecord[], present: readonly string[]): readonly string[] {
  return present.filter((other) => !isNullMx(other) && !wanted.some(({ value }) => sameTarget(other, value)))
}

function compareSpf({ value, stale = [] }: MailRecord, present: readonly string[]): Comparison {
  if (present.length === 0) return { state: 'missing', seen: [], value }
  const merged = mergeSpf(value, present, stale)
  if (present.length > 1) return { state: 'second', seen: present, value: merged }
  const [only = ''] = present
  const outdated = stale.some((term) => only.toLowerCase().split(/\s+/).includes(term))
  const isRight = allowsAll(only, value) && !outdated
  return isRight ? { state: 'right', seen: [], value: only } : { state: 'different', seen: present, value: merged }
}

/** Whether a record lets everybody send whom another one lets send, and nobody whom no term names. */
function allowsAll(present: string, wanted: string): boolean {
  const [found, needed] = [parseSpf(present), parseSpf(wanted)]
  const end = found.directives.findIndex(({ mechanism }) => mechanism === 'all')
  if (found.problems.length > 0 || (end < 0 && !found.redirect)) return false
  if (end >= 0 && /[+?]/.test(found.directives[end]!.qualifier)) return false
  const allowing = found.directives.slice(0, end < 0 ? undefined : end).filter(({ qualifier }) => qualifier === '+')
  return needed.directives
    .filter(({ mechanism, qualifier }) => mechanism !== 'all' && qualifier === '+')
    .every((term) => allowing.some((other) => covers(other, term)))
}

function covers(wide: SpfDirective, narrow: SpfDirective): boolean {
  if (wide.network && narrow.network) {
    const { family } = narrow.network
    return wide.prefix[family] <= narrow.prefix[family] && inNetwork(narrow.network, wide.network, wide.prefix[family])
  }
  return wide.mechanism === narrow.mechanism && wide.domainSpec?.toLowerCase() === narrow.domainSpec?.toLowerCase()
}

/** A key record may do without its version (RFC 6376 section 3.6.1). */
function isUnversionedKey(present: string, wanted: string): boolean {
  return versionTag(wanted) === 'dkim1' && versionTag(present) === undefined && /(^|;)\s*p\s*=/.test(present)
}

function sameText(present: string, wanted: string): boolean {
  if (present === wanted) return true
  const tag = versionTag(wanted)
  if (tag === 'dkim1') return sameDkimKey(present, parseDkimRecord(wanted).publicKey)
  if (tag === 'dmarc1')
    return isDmarcRecord(present) && formatDmarc(parseDmarc(present)) === formatDmarc(parseDmarc(wanted))
  return tags(present) === tags(wanted)
}

/** `v=STSv1; id=1;` with one way of spacing. */
function tags(text: string): string {
  return text
    .split(';')
    .map((tag) => tag.trim().replace(/\s*=\s*/, '='))
    .filter(Boolean)
    .join('; ')
}
