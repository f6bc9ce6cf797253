import { isDmarcRecord } from './dmarc-record.ts'
import type { MailDomain, MailRecord } from './mail-domain.ts'
import { isSpfRecord } from './spf-record.ts'

/** What the checks of a domain compare with: that which its records are made of, and the records that no check of their own looks at. */
export interface DomainChecks {
  /** All addresses of the hosts that serve it; none where it neither sends nor receives. */
  readonly addresses: readonly string[]
  /** The MX records; none where its mail is received elsewhere. */
  readonly mx: readonly string[]
  readonly spf: string | null
  readonly dmarc: string | null
  readonly tls_rpt: string | null
  readonly mta_sts: 'none' | 'testing' | 'enforce'
  /** Who issues its certificates, as far as that is known. */
  readonly caa: { readonly authority: string; readonly accounts: readonly string[]; readonly wanted: boolean } | null
  /** SRV records of the ports for mail programs, by name; none where they are not wanted. */
  readonly srv: { readonly submissions: readonly string[]; readonly submission: readonly string[] }
  readonly others: readonly MailRecord[]
}

/** @param records those of the domain, as `mailRecords` makes them. */
export function domainChecks({ domain, publication, hosts }: MailDomain, records: readonly MailRecord[]): DomainChecks {
  const at = (name: string, type: MailRecord['type']) =>
    records.filter((record) => record.name === `${name}.` && record.type === type).map(({ value }) => value)
  const accounts = hosts.flatMap(({ account }) => account ?? [])
  const [account] = accounts
  return {
    addresses: hosts.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== null)),
    mx: at(domain, 'MX'),
    spf: at(domain, 'TXT').find(isSpfRecord) ?? null,
    dmarc: at(`_dmarc.${domain}`, 'TXT')[0] ?? null,
    tls_rpt: at(`_smtp._tls.${domain}`, 'TXT')[0] ?? null,
    mta_sts: publication.mta_sts,
    caa:
      account === undefined
        ? null
        : { authority: account.ca, accounts: accounts.map(({ url }) => url), wanted: publication.caa !== false },
    srv: { submissions: at(`_submissions._tcp.${domain}`, 'SRV'), submission: at(`_submission._tcp.${domain}`, 'SRV') },
    others: records.filter((record) => !hasCheck(record)),
  }
}

/** The checks of a domain that neither sends nor receives: only its records. */
export function parkedChecks(records: readonly MailRecord[]): DomainChecks {
  return {
    addresses: [],
    mx: [],
    spf: null,
    dmarc: null,
    tls_rpt: null,
    mta_sts: 'none',
    caa: null,
    srv: { submissions: [], submission: [] },
    others: records,
  }
}

// Addresses of hosts are what reverse DNS leads back to, those of mta-sts.DOMAIN are where its policy is fetched.
function hasCheck({ type, value }: MailRecord): boolean {
  if (type !== 'TXT') return ['A', 'AAAA', 'CAA', 'MX', 'SRV', 'TLSA'].includes(type)
  return isSpfRecord(value) || isDmarcRecord(value) || /^v=(DKIM1|TLSRPTv1|STSv1)\b/.test(value)
}
