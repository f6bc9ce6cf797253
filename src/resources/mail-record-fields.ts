import * as z from 'zod'
import { canonicalValue, fullName, RECORD_TYPES } from '../mail/dns-record.ts'
import type { Elsewhere, MailRecord } from '../mail/mail-domain.ts'
import { isExactByNature } from '../mail/rrset.ts'
import { isSpfRecord } from '../mail/spf-record.ts'
import { line } from './params.ts'

const record = z.strictObject({
  name: line().describe('Name in the zone, `@` for the domain itself, or a full name.'),
  type: z.enum(RECORD_TYPES).describe('Type of the record.'),
  value: line().describe('Its value as in a zone file; a TXT value as plain text, however long.'),
  importance: z
    .enum(['required', 'recommended', 'optional'])
    .describe('How much it matters when it is missing or different.')
    .default('required'),
  reason: line().describe('What is amiss without it, in a few words.').default('wanted'),
  merge: z
    .enum(['only', 'beside', 'kind', 'spf', 'yield'])
    .describe(
      'What others may have there: `only` nothing, `beside` anything, `kind` no text with the same `v=`, `spf` an SPF record that is merged, `yield` anything, and then this one is not wanted. Default: by the type.',
    )
    .optional(),
  stale: z.array(line()).describe('Terms that the SPF record is to have no more.').optional(),
})

const elsewhere = z.strictObject({
  where: line().describe('Who can publish it.'),
  subject: line().describe('What it is about, in short.'),
  name: line().describe('Full name.'),
  type: z.enum(RECORD_TYPES).describe('Type of the record.'),
  value: line().describe('Its value.'),
  reason: line().describe('What is amiss without it.'),
})

/** Records of a domain, as `mail_domains` makes them or as a user writes them. */
export function mailRecordList() {
  return z.array(record).describe('The records, as `mail_domains` registers them.')
}

/** Records that belong into the zones of others. */
export function elsewhereList() {
  return z
    .array(elsewhere)
    .describe('Records that others publish, such as the names of addresses (PTR), as `mail_domains` registers them.')
}

/** @throws {RangeError} for a value that is none of its type. */
export function toMailRecords(records: readonly z.output<typeof record>[], domain: string): readonly MailRecord[] {
  return records.map(({ name, type, value: written, merge, stale, ...rest }) => {
    const value = canonicalValue(type, written, domain)
    return {
      ...rest,
      name: fullName(name, domain),
      type,
      value,
      merge: merge ?? mergeByType(type, value),
      ...(stale === undefined ? {} : { stale }),
    }
  })
}

export function toElsewhere(records: readonly z.output<typeof elsewhere>[]): readonly Elsewhere[] {
  return records.map((one) => ({ ...one, value: canonicalValue(one.type, one.value, '.') }))
}

function mergeByType(type: MailRecord['type'], value: string): MailRecord['merge'] {
  if (isExactByNature(type)) return 'only'
  if (type !== 'TXT') return 'beside'
  return isSpfRecord(value) ? 'spf' : 'kind'
}
