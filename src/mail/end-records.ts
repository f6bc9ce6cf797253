import { parkedRecords } from './host-records.ts'
import { finish, type MailRecord, type RecordUpdate, updatesOf } from './mail-domain.ts'
import { isSpfRecord } from './spf-record.ts'

/** What becomes of the records of a domain that is given up. */
export interface EndRecords {
  /** All that DNS says in the end. */
  readonly records: readonly MailRecord[]
  /** The null MX among them. */
  readonly null_mx: readonly MailRecord[]
  /** It takes the place of our MX records, but stands not beside servers of others. */
  readonly mx: readonly RecordUpdate[]
  /** The other ones. */
  readonly updates: readonly RecordUpdate[]
  /** What has no meaning any more and goes. */
  readonly removals: readonly RecordUpdate[]
}

/**
 * A domain that is given up says that nobody sends or receives in its name, as a parked one does (RFC 7505, RFC 7208
 * section 10.1.2), and its DKIM keys are revoked (RFC 6376 section 3.6.1, an empty `p=`), so that nobody can use them
 * for old or new mail. Addresses and CAA stay: they say nothing about mail.
 *
 * @param records those that it has had.
 */
export function endRecords(domain: string, records: readonly MailRecord[]): EndRecords {
  const parked = parkedRecords(domain).map((record): MailRecord => ({ ...record, importance: 'required' }))
  const isMx = ({ type }: MailRecord): boolean => type === 'MX'
  const revoked = records
    .filter(isDkim)
    .map((record): MailRecord => ({ ...record, value: 'v=DKIM1; p=', reason: 'its signatures are to count no more' }))
  const helo = records
    .filter(({ name, value }) => name !== `${domain}.` && isSpfRecord(value))
    .map((record): MailRecord => ({ ...record, value: 'v=spf1 -all', merge: 'kind', reason: 'it sends no mail' }))
  // Others may have put their servers beside ours: that has to be seen, and is not overwritten.
  const reason = 'nobody receives it; where others do by now, take the domain out of the inventory instead'
  const mx = parked.filter(isMx).map((record): MailRecord => ({ ...record, merge: 'only', reason }))
  const others = [...parked.filter((record) => !isMx(record)), ...revoked, ...helo]
  const all = [...mx, ...others].map((record) => finish(record, domain))
  const former = records.filter(isMx).map(({ value }) => value)
  return {
    records: all,
    null_mx: all.filter(isMx),
    mx: updatesOf(all.filter(isMx)).map((update) => ({ ...update, exact: false, yields: true, stale: former })),
    updates: updatesOf(all.filter((record) => !isMx(record))),
    removals: updatesOf(records.filter(isOutdated)),
  }
}

function isDkim({ value }: MailRecord): boolean {
  return value.startsWith('v=DKIM1')
}

function isOutdated({ name, type, value }: MailRecord): boolean {
  if (type === 'TXT') return /^v=(STSv1|TLSRPTv1)\b/.test(value)
  return type === 'SRV' || type === 'TLSA' || name.startsWith('mta-sts.')
}
