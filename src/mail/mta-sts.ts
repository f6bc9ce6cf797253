import { createHash } from 'node:crypto'

/** What an MTA-STS policy says (RFC 8461 section 3.2). */
export interface MtaStsPolicy {
  readonly mode: 'testing' | 'enforce'
  /** Host names of the MX records. */
  readonly mx: readonly string[]
  /** Seconds that senders keep it. Default: a week. */
  readonly maxAge?: number
}

/** The policy as `https://mta-sts.DOMAIN/.well-known/mta-sts.txt` serves it, with line ends of CRLF. */
export function formatMtaStsPolicy({ mode, mx, maxAge = 604_800 }: MtaStsPolicy): string {
  const names = mx.toSorted().map((name) => `mx: ${name.replace(/\.$/, '').toLowerCase()}`)
  return ['version: STSv1', `mode: ${mode}`, ...names, `max_age: ${maxAge}`, ''].join('\r\n')
}

/** The value of the TXT record at `_mta-sts.DOMAIN` (RFC 8461 section 3.1). Another policy has another id. */
export function formatMtaStsRecord(policy: MtaStsPolicy): string {
  return `v=STSv1; id=${createHash('sha256').update(formatMtaStsPolicy(policy)).digest('hex').slice(0, 20)}`
}
