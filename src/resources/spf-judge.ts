import type { Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import { judgeSeen, type SeenRecord, sameValues } from '../mail/seen-record.ts'
import { mergeSpf } from '../mail/spf.ts'
import type { SpfAudit, SpfFault } from '../mail/spf-audit.ts'
import type { SpfResult } from '../mail/spf-evaluate.ts'
import { SPF_LIMITS } from '../mail/spf-mechanisms.ts'
import { parseSpf } from '../mail/spf-record.ts'
import { zoneLine } from './record-fields.ts'

export const kinds = {
  'spf-missing': {
    importance: 'required',
    summary: 'A domain that sends has no SPF record; large receivers refuse such mail',
    remedy: 'Add the TXT record that is shown',
  },
  'spf-several': {
    importance: 'required',
    summary: 'There is more than one SPF record, so that every check fails (RFC 7208 section 4.5)',
    remedy: 'Replace all of them with the one that is shown, which lets everybody send whom they let send',
  },
  'spf-syntax': {
    importance: 'required',
    summary: 'An SPF record has a mistake, which voids the whole of it (RFC 7208 section 4.6)',
    remedy: 'Correct the term that is named',
  },
  'spf-address-refused': {
    importance: 'required',
    summary: 'The SPF record does not let one of the own addresses send',
    remedy: 'Replace the record with the one that is shown',
  },
  'spf-too-many-lookups': {
    importance: 'required',
    summary: 'SPF leads to more than 10 look-ups, where receivers give up (RFC 7208 section 4.6.4)',
    remedy: 'Take out what no longer sends, or write addresses (ip4:, ip6:) in place of names',
  },
  'spf-too-many-voids': {
    importance: 'recommended',
    summary: 'SPF leads to more than 2 answers without a record, where receivers may give up (RFC 7208 section 4.6.4)',
    remedy: 'Take out the names that do not exist',
  },
  'spf-open': {
    importance: 'required',
    summary: 'The SPF record lets the whole world send in the name of the domain',
    remedy: 'Write ~all or -all in place of +all',
  },
  'spf-flawed': {
    importance: 'recommended',
    summary: 'Something in the SPF record, or in one that it includes, does not mean what it seems to',
    remedy: 'Take out the term that is named, or correct what it leads to',
  },
  'spf-helo-missing': {
    importance: 'recommended',
    summary: 'The name that the server says in HELO has no SPF record; bounces are judged by it',
    remedy: 'Add the TXT record that is shown',
  },
  'spf-helo-refused': {
    importance: 'required',
    summary: 'The SPF record of the name in HELO does not let the server send',
    remedy: 'Replace the record with the one that is shown',
  },
} as const

const finding = findingsOf(kinds)

/** What is seen by those who get one answer. */
export interface SpfView {
  readonly answer: DnsAnswer
  readonly audit: SpfAudit
  readonly results: readonly ({ readonly address: string } & SpfResult)[]
}

export interface SeenSpf {
  readonly record: SeenRecord
  /** One for each answer that differs. */
  readonly views: readonly SpfView[]
}

export interface WantedSpf {
  readonly domain: string
  readonly addresses: readonly string[]
  readonly identity: 'mail_from' | 'helo'
  readonly record?: string | undefined
}

export function judgeSpf(wanted: WantedSpf, { record, views }: SeenSpf): Report {
  const subject = `${wanted.domain} SPF`
  return {
    findings: judgeSeen(
      record,
      (answer) => judgeView(wanted, subject, views.find((view) => sameValues(view.answer, answer))!),
      (text) => finding.unknown(idOf('missing', wanted), { subject, text }),
    ),
  }
}

function judgeView(wanted: WantedSpf, subject: string, { audit, results }: SpfView): readonly Finding[] {
  const { records } = audit
  const remedy = zoneLine(wanted.domain, 'TXT', mended(wanted, records))
  if (records.length === 0) {
    return [finding.wrong(idOf('missing', wanted), { subject, text: 'there is no SPF record', remedy })]
  }
  if (records.length > 1) {
    const text = `there are ${records.length} SPF records: none counts`
    return [finding.wrong('spf-several', { subject, text, seen: records.join('\n'), remedy, ...lighter(wanted) })]
  }
  const isBroken = results.some(({ result }) => result === 'permerror')
  const faults = audit.problems.flatMap((fault) => judgeFault(fault, wanted, subject, remedy, isBroken))
  const isExplained = faults.some(({ verdict }) => verdict === 'wrong')
  return [
    finding.right(idOf('missing', wanted), { subject, text: records[0]! }),
    ...faults,
    ...(faults.length > 0 ? [] : [thrifty(subject, audit)]),
    ...results.flatMap((result) => judgeResult(result, wanted, subject, remedy, isExplained)),
  ]
}

function judgeFault(
  { kind, text }: SpfFault,
  wanted: WantedSpf,
  subject: string,
  record: string,
  isBroken: boolean,
): readonly Finding[] {
  // Whatever voids the check for an own address is worse than advice.
  const importance = isBroken && wanted.identity === 'mail_from' ? { importance: 'required' as const } : lighter(wanted)
  switch (kind) {
    case 'failed':
      return [finding.unknown('spf-flawed', { subject, text })]
    case 'missing':
    case 'several':
      return []
    case 'syntax':
      return [finding.wrong('spf-syntax', { subject, text, remedy: record, ...lighter(wanted) })]
    case 'open':
      return [finding.wrong('spf-open', { subject, text, remedy: record, ...lighter(wanted) })]
    case 'lookups':
      return [finding.wrong('spf-too-many-lookups', { subject, text, remedy: thriftier(wanted), ...lighter(wanted) })]
    case 'voids': {
      const remedy = `take out of the SPF record of ${wanted.domain} what leads to names that do not exist`
      return [finding.wrong('spf-too-many-voids', { subject, text, remedy, ...importance })]
    }
    case 'flaw':
      return [finding.wrong('spf-flawed', { subject, text, remedy: kinds['spf-flawed'].remedy, ...importance })]
  }
}

function judgeResult(
  { address, result, reason }: SpfView['results'][number],
  wanted: WantedSpf,
  subject: string,
  remedy: string,
  isExplained: boolean,
): readonly Finding[] {
  const id = idOf('refused', wanted)
  const said = { subject: `${subject} ${address}`, text: `${result}: ${reason}` }
  switch (result) {
    case 'pass':
      return [finding.right(id, said)]
    case 'temperror':
      return [finding.unknown(id, said)]
    case 'permerror':
      return isExplained ? [] : [finding.wrong(id, { ...said, remedy })]
    case 'fail':
    case 'softfail':
    case 'neutral':
    case 'none': {
      const importance = result === 'fail' || wanted.identity === 'mail_from' ? 'required' : 'recommended'
      return [finding.wrong(id, { ...said, remedy, importance })]
    }
  }
}

function thrifty(subject: string, { lookups, voids }: SpfAudit): Finding {
  const text = `${lookups} of ${SPF_LIMITS.lookups} look-ups, ${voids} of ${SPF_LIMITS.voids} empty answers`
  return finding.right('spf-too-many-lookups', { subject, text })
}

function thriftier({ domain, addresses }: WantedSpf): string {
  return `in the SPF record of ${domain}, write ${terms(addresses).join(' ')} for the own servers, and take out what no longer sends`
}

/** One record for all that are there: what is wanted added, what is no term taken out. */
function mended({ addresses, identity, record }: WantedSpf, present: readonly string[]): string {
  const standard = identity === 'helo' ? 'v=spf1 a -all' : `v=spf1 ${terms(addresses).join(' ')} ~all`
  const mistakes = present.flatMap((text) => parseSpf(text).problems.map((problem) => problem.text))
  return mergeSpf(record ?? standard, present, mistakes)
}

function terms(addresses: readonly string[]): readonly string[] {
  return addresses.map((address) => `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`)
}

function idOf(what: 'missing' | 'refused', { identity }: WantedSpf): keyof typeof kinds {
  if (identity === 'helo') return `spf-helo-${what}`
  return what === 'missing' ? 'spf-missing' : 'spf-address-refused'
}

/** Only bounces are judged by the name in HELO alone. */
function lighter({ identity }: WantedSpf): { readonly importance?: 'recommended' } {
  return identity === 'helo' ? { importance: 'recommended' } : {}
}
