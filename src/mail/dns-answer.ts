import type { DnsRecord, RecordType } from './dns-record.ts'

/**
 * What a name server said to one question.
 * `found`: there are records. `no data`: the name exists without records of this type. `no name`: NXDOMAIN.
 * `failed`: no usable answer (SERVFAIL, REFUSED, a time-out); `error` says which.
 */
export interface DnsAnswer {
  readonly status: 'found' | 'no data' | 'no name' | 'failed'
  /** Records of the wanted type at the end of the chain of aliases; a TXT value is its joined text. */
  readonly records: readonly DnsRecord[]
  /** The chain of CNAME records that led there: full names in lower case, a dot at their end. */
  readonly aliases: readonly string[]
  /** AA: the server is authoritative for the name (RFC 1035 section 4.1.1). */
  readonly authoritative: boolean
  /** AD: the resolver has validated the answer by DNSSEC (RFC 4035 section 3.2.3). */
  readonly authenticated: boolean
  /** Why it failed, in words: `198.51.100.10 answers SERVFAIL`, `no answer from 198.51.100.10 within 5 s`. */
  readonly error?: string
}

/** Asks one name server or resolver; a failure is an answer too, so that it never rejects. */
export interface DnsClient {
  /** Who is asked, for messages. */
  readonly server: string
  ask(name: string, type: RecordType): Promise<DnsAnswer>
}
