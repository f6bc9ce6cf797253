import type { Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DmarcResult } from '../mail/dmarc.ts'
import { type DmarcRecord, formatDmarc, isDmarcRecord, parseDmarc } from '../mail/dmarc-record.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import { judgeSeen, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { zoneLine } from './record-fields.ts'

export const kinds = {
  'dmarc-missing': {
    importance: 'required',
    summary: 'The domain has no DMARC record; large receivers refuse mail without one',
    remedy: 'Add the TXT record that is shown',
  },
  'dmarc-several': {
    importance: 'required',
    summary: 'There is more than one DMARC record, so that none counts (RFC 7489 section 6.6.3)',
    remedy: 'Leave only one, such as the record that is shown',
  },
  'dmarc-syntax': {
    importance: 'required',
    summary: 'The DMARC record has a mistake; advice where it only costs the tag that it is in',
    remedy: 'Correct the tag that is named',
  },
  'dmarc-different': {
    importance: 'recommended',
    summary: 'The DMARC record says something else than the inventory',
    remedy: 'Replace the record with the one that is shown, or change the inventory',
  },
  'dmarc-monitoring': {
    importance: 'optional',
    summary: 'The policy is none: whoever forges the domain is only reported',
    remedy: 'Once the reports show nothing but own mail: dmarc: { policy: quarantine }, later reject',
  },
  'dmarc-reports-missing': {
    importance: 'optional',
    summary: 'Nobody gets reports about mail in the name of the domain',
    remedy: 'An address for them: dmarc: { rua: ADDRESS }',
  },
  'dmarc-reports-refused': {
    importance: 'recommended',
    summary: 'Reports go to a domain that does not consent to them, so that nobody sends any (RFC 7489 section 7.1)',
    remedy: 'Let the other domain add the TXT record that is shown, or take an address of the own domain',
  },
} as const

const finding = findingsOf(kinds)

/** Whether another domain wants the reports. */
export interface SeenConsent {
  readonly target: string
  readonly name: string
  readonly answer: DnsAnswer
}

export interface SeenDmarc {
  readonly record: SeenRecord
  /** Of a message that passed SPF and DKIM for the domain itself. */
  readonly policy: DmarcResult
  readonly consents: readonly SeenConsent[]
}

interface Wanted {
  readonly domain: string
  readonly record?: string | undefined
}

export function judgeDmarc(wanted: Wanted, { record, policy, consents }: SeenDmarc): Report {
  const subject = `${wanted.domain} DMARC`
  return {
    findings: [
      ...judgeSeen(
        record,
        (answer) => judgeRecords(wanted, subject, valuesOf(answer), policy),
        (text) => finding.unknown('dmarc-missing', { subject, text }),
      ),
      ...consents.map((consent) => judgeConsent(subject, consent)),
    ],
  }
}

function judgeRecords(
  wanted: Wanted,
  subject: string,
  values: readonly string[],
  policy: DmarcResult,
): readonly Finding[] {
  const [record, ...more] = values.filter(isDmarcRecord)
  const standard = wanted.record ?? 'v=DMARC1; p=none'
  const remedy = recordLine(wanted, standard)
  if (more.length > 0) {
    const text = `there are ${more.length + 1} records: none counts`
    const seen = values.filter(isDmarcRecord).join('\n')
    return [
      finding.wrong('dmarc-several', { subject, text, seen, remedy: recordLine(wanted, wanted.record ?? record!) }),
    ]
  }
  if (record === undefined) return [judgeNone(subject, values, policy, wanted, remedy)]
  const parsed = parseDmarc(record)
  return [
    finding.right('dmarc-missing', { subject, text: record }),
    ...judgeText(wanted, subject, record),
    ...(isVoid(parsed) ? [] : judgeStrength(wanted.domain, subject, parsed)),
  ]
}

function judgeNone(
  subject: string,
  values: readonly string[],
  { domain, record }: DmarcResult,
  wanted: Wanted,
  remedy: string,
): Finding {
  const misspelt = values.find((value) => /^\W*v\W+dmarc/i.test(value))
  if (misspelt !== undefined) {
    const text = 'the record does not begin with v=DMARC1; and counts for nothing'
    return finding.wrong('dmarc-syntax', { subject, text, seen: misspelt, remedy })
  }
  // The record of a domain above counts for those below it.
  if (domain !== undefined && domain !== wanted.domain && record?.p !== undefined) {
    return finding.right('dmarc-missing', { subject, text: `the record of ${domain} counts: p=${record.p}` })
  }
  return finding.wrong('dmarc-missing', { subject, text: 'there is no DMARC record', remedy })
}

function judgeText(wanted: Wanted, subject: string, record: string): readonly Finding[] {
  const parsed = parseDmarc(record)
  if (parsed.problems.length > 0) {
    const mended = formatDmarc({ ...parsed, p: parsed.p ?? 'none' })
    return [
      finding.wrong('dmarc-syntax', {
        subject,
        text: parsed.problems.join('; '),
        seen: record,
        remedy: recordLine(wanted, wanted.record ?? mended),
        importance: isVoid(parsed) ? 'required' : 'recommended',
      }),
    ]
  }
  if (wanted.record === undefined || saysTheSame(record, wanted.record)) return []
  const remedy = recordLine(wanted, wanted.record)
  return [finding.wrong('dmarc-different', { subject, text: 'says something else than wanted', seen: record, remedy })]
}

// Without a policy a record counts only if it wants reports (RFC 7489 section 6.6.3).
function isVoid({ p, rua }: DmarcRecord): boolean {
  return p === undefined && rua === undefined
}

function judgeStrength(domain: string, subject: string, { p: policy = 'none', rua }: DmarcRecord): readonly Finding[] {
  const inventory = (text: string) => `in the inventory: domains: { ${domain}: { dmarc: { ${text} } } }`
  return [
    policy === 'none'
      ? finding.wrong('dmarc-monitoring', {
          subject,
          text: 'the policy is none: forged mail is only reported',
          remedy: inventory('policy: quarantine'),
        })
      : finding.right('dmarc-monitoring', { subject, text: `the policy is ${policy}` }),
    rua
      ? finding.right('dmarc-reports-missing', { subject, text: 'reports are sent' })
      : finding.wrong('dmarc-reports-missing', {
          subject,
          text: 'nobody gets reports',
          remedy: inventory(`rua: dmarc@${domain}`),
        }),
  ]
}

function judgeConsent(subject: string, { target, name, answer }: SeenConsent): Finding {
  if (answer.status === 'failed') {
    return finding.unknown('dmarc-reports-refused', { subject, text: `${name}: ${answer.error}` })
  }
  if (valuesOf(answer).some(isDmarcRecord)) {
    return finding.right('dmarc-reports-refused', { subject, text: `${target} consents to reports` })
  }
  return finding.wrong('dmarc-reports-refused', {
    subject,
    text: `${target} does not consent to get reports`,
    remedy: zoneLine(name, 'TXT', 'v=DMARC1'),
  })
}

function recordLine({ domain }: Wanted, value: string): string {
  return zoneLine(`_dmarc.${domain}`, 'TXT', value)
}

function saysTheSame(one: string, other: string): boolean {
  return formatDmarc(parseDmarc(one)) === formatDmarc(parseDmarc(other))
}
