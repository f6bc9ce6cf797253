import type { Publication } from './domain-variables.ts'
import { type Elsewhere, finish, type MailHost, type MailRecord, type NamedHost } from './mail-domain.ts'
import { reverseName } from './reverse-name.ts'

/** Addresses and HELO identity of a host. A host that is named like its domain shares the SPF record of that. */
export function hostRecords(
  { mail_host: name, ipv4, ipv6, tls_key }: NamedHost,
  domain: string,
  { tlsa }: Pick<Publication, 'tlsa'>,
): readonly MailRecord[] {
  const records: (MailRecord | undefined)[] = [
    ipv4 === null
      ? undefined
      : { name, type: 'A', value: ipv4, importance: 'required', reason: 'servers connect to it', merge: 'only' },
    ipv6 === null
      ? undefined
      : { name, type: 'AAAA', value: ipv6, importance: 'required', reason: 'mail leaves over IPv6', merge: 'only' },
    name === domain
      ? undefined
      : {
          name,
          type: 'TXT',
          value: 'v=spf1 a -all',
          importance: 'recommended',
          reason: 'bounces are judged by this name',
          merge: 'spf',
        },
    !tlsa || tls_key === null
      ? undefined
      : {
          name: `_25._tcp.${name}`,
          type: 'TLSA',
          value: `3 1 1 ${tls_key}`,
          importance: 'optional',
          reason: 'senders with DANE insist on TLS',
          merge: 'only',
        },
  ]
  return records.flatMap((record) => record ?? [])
}

/** The names that providers of addresses give them: reverse DNS, which must lead to the host's name and back. */
export function reverseRecords(hosts: readonly MailHost[]): readonly Elsewhere[] {
  return hosts.flatMap(({ mail_host, ipv4, ipv6 }) =>
    [ipv4, ipv6].flatMap((address) =>
      address === null
        ? []
        : [
            {
              where: 'the provider of the address',
              subject: address,
              name: reverseName(address),
              type: 'PTR' as const,
              value: `${mail_host}.`,
              reason: 'receivers refuse mail without it',
            },
          ],
    ),
  )
}

/** The records of a domain that neither sends nor receives: nobody can pass for it (RFC 7505 section 3, M3AAWG). */
export function parkedRecords(domain: string): readonly MailRecord[] {
  const records: readonly MailRecord[] = [
    { name: domain, type: 'MX', value: '0 .', importance: 'optional', reason: 'it receives no mail', merge: 'yield' },
    {
      name: domain,
      type: 'TXT',
      value: 'v=spf1 -all',
      importance: 'optional',
      reason: 'nobody may send in its name',
      // Not merged: who was allowed to send is so no more.
      merge: 'kind',
    },
    {
      name: `_dmarc.${domain}`,
      type: 'TXT',
      value: 'v=DMARC1; p=reject',
      importance: 'optional',
      reason: 'mail in its name is refused',
      merge: 'kind',
    },
  ]
  return records.map((record) => finish(record, domain))
}
