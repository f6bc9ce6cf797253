import { caaValues } from './caa.ts'
import { formatDkimRecord } from './dkim-record.ts'
import { type DmarcUri, externalReportName, formatDmarc } from './dmarc-record.ts'
import type { Publication } from './domain-variables.ts'
import { hostRecords } from './host-records.ts'
import { finish, type MailDomain, type MailRecord } from './mail-domain.ts'
import { formatMtaStsRecord } from './mta-sts.ts'

/** The records of a mail domain. */
export function mailRecords(mail: MailDomain): readonly MailRecord[] {
  const { domain, publication, reporters } = mail
  const text = (name: string, value: string) => ({ name, type: 'TXT' as const, value, merge: 'kind' as const })
  const records: readonly MailRecord[] = [
    ...mail.named.flatMap((host) => hostRecords(host, domain, publication)),
    ...mxRecords(mail),
    spfRecord(mail),
    ...dkimRecords(mail),
    {
      ...text(`_dmarc.${domain}`, dmarcValue(publication.dmarc)),
      importance: 'required',
      reason: 'large receivers refuse mail without a policy',
    },
    ...reporters.map((other) => ({
      ...text(externalReportName(other, domain), 'v=DMARC1'),
      importance: 'recommended' as const,
      reason: `nobody sends reports about ${other} here without it`,
    })),
    ...caaRecords(mail),
    ...tlsReportRecords(mail),
    ...mtaStsRecords(mail),
    ...srvRecords(mail),
  ]
  return records.map((record) => finish(record, domain))
}

function mxRecords({ domain, publication, hosts }: MailDomain): readonly MailRecord[] {
  if (!publication.receives) return []
  return hosts.map(({ mail_host, mx_preference }) => ({
    name: domain,
    type: 'MX',
    value: `${mx_preference} ${mail_host}.`,
    importance: 'required',
    reason: 'replies and bounces come back by it',
    merge: 'yield',
  }))
}

function spfRecord({ domain, publication, hosts, strangers }: MailDomain): MailRecord {
  const terms = (addresses: readonly (string | null)[]) => [
    ...new Set(addresses.flatMap((ip) => (ip === null ? [] : [`${ip.includes(':') ? 'ip6' : 'ip4'}:${ip}`]))),
  ]
  const own = terms(hosts.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]))
  const stale = terms(strangers).filter((term) => !own.includes(term))
  return {
    name: domain,
    type: 'TXT',
    value: ['v=spf1', ...(publication.receives ? ['mx'] : []), ...own, '~all'].join(' '),
    importance: 'required',
    reason: 'receivers refuse mail from unknown addresses',
    merge: 'spf',
    ...(stale.length > 0 ? { stale } : {}),
  }
}

function dkimRecords({ domain, hosts }: MailDomain): readonly MailRecord[] {
  const keys = new Map(hosts.flatMap(({ dkim }) => dkim).map(({ selector, public_key }) => [selector, public_key]))
  return [...keys].map(([selector, key]) => ({
    name: `${selector}._domainkey.${domain}`,
    type: 'TXT',
    value: formatDkimRecord(key),
    importance: 'required',
    reason: 'signatures fail without it',
    merge: 'kind',
  }))
}

function dmarcValue({ policy, subdomain_policy, rua, ruf, fo, adkim, aspf }: Publication['dmarc']): string {
  const uris = (addresses: readonly string[] | undefined): readonly DmarcUri[] | undefined =>
    addresses?.map((address) => ({ uri: `mailto:${address}` }))
  const tags = { p: policy, sp: subdomain_policy, rua: uris(rua), ruf: uris(ruf), fo, adkim, aspf }
  return formatDmarc(Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined)))
}

function caaRecords({ domain, publication: { caa }, hosts }: MailDomain): readonly MailRecord[] {
  if (caa === false) return []
  const values = hosts.flatMap(({ account }) =>
    account === null ? [] : caaValues(caa === true ? account.ca : caa, account.url),
  )
  return [...new Set(values)].map((value) => ({
    name: domain,
    type: 'CAA',
    value,
    importance: 'recommended',
    reason: 'nobody else gets certificates for it',
    merge: 'beside',
  }))
}

function tlsReportRecords({ domain, publication: { tls_rpt } }: MailDomain): readonly MailRecord[] {
  if (!tls_rpt) return []
  const value = `v=TLSRPTv1; rua=${tls_rpt.map((address) => `mailto:${address}`).join(',')}`
  const reason = 'senders report trouble with TLS'
  return [{ name: `_smtp._tls.${domain}`, type: 'TXT', value, importance: 'optional', reason, merge: 'kind' }]
}

// The policy names all MX hosts, and its web server is on each of them: with a host unknown it cannot be said what it is.
function mtaStsRecords({
  domain,
  publication: { mta_sts, receives },
  hosts,
  complete,
}: MailDomain): readonly MailRecord[] {
  if (mta_sts === 'none' || !receives || !complete) return []
  const value = formatMtaStsRecord({ mode: mta_sts, mx: hosts.map(({ mail_host }) => mail_host) })
  const common = { importance: 'optional', reason: 'senders insist on TLS' } as const
  const web = (type: 'A' | 'AAAA', addresses: readonly (string | null)[]) =>
    [...new Set(addresses)].flatMap((ip) =>
      ip === null ? [] : [{ ...common, name: `mta-sts.${domain}`, type, value: ip, merge: 'only' as const }],
    )
  return [
    { ...common, name: `_mta-sts.${domain}`, type: 'TXT', value, merge: 'kind' },
    ...web(
      'A',
      hosts.map(({ ipv4 }) => ipv4),
    ),
    ...web(
      'AAAA',
      hosts.map(({ ipv6 }) => ipv6),
    ),
  ]
}

function srvRecords({ domain, publication: { srv }, hosts, complete }: MailDomain): readonly MailRecord[] {
  if (!srv) return []
  return (
    [
      ['_submissions', 465],
      ['_submission', 587],
    ] as const
  ).flatMap(([service, port]) =>
    hosts.map(({ mail_host }) => ({
      name: `${service}._tcp.${domain}`,
      type: 'SRV',
      value: `0 1 ${port} ${mail_host}.`,
      importance: 'optional',
      reason: `mail programs find port ${port}`,
      merge: complete ? 'only' : 'beside',
    })),
  )
}
