import { z } from 'zod'
import { type Publication, publicationFields } from '../../src/mail/domain-variables.ts'
import type { MailDomain, ServingHost } from '../../src/mail/mail-domain.ts'
import type { HostFacts } from '../../src/mail/mail-domains.ts'

/** What is said of a domain, with defaults for the rest. */
export function publication(said: z.input<z.ZodObject<typeof publicationFields>> = {}): Publication {
  return z.object(publicationFields).parse(said)
}

/** Host number N of example.org, as it serves a domain. */
export function servingHost(number: number, said: Partial<ServingHost> = {}): ServingHost {
  return {
    host: `mx${number}`,
    mail_host: `smtp${number}.example.org`,
    ipv4: `198.51.100.${number}`,
    ipv6: `2001:db8::${number.toString(16)}`,
    mx_preference: 10,
    dkim: [{ selector: `mail-mx${number}`, public_key: `KEY${number}` }],
    account: null,
    ...said,
  }
}

/** example.org, served by its hosts, whose names are in it. */
export function mailDomain(hosts: readonly ServingHost[], said: Partial<MailDomain> = {}): MailDomain {
  return {
    domain: 'example.org',
    publication: publication(),
    hosts,
    named: hosts.map((host) => ({ ...host, tls_key: null })),
    strangers: [],
    reporters: [],
    complete: true,
    ...said,
  }
}

/** What a host says that serves domains, each with a key of its own. */
export function hostFacts(
  number: number,
  domains: Readonly<Record<string, z.input<z.ZodObject<typeof publicationFields>>>>,
  said: Partial<HostFacts> = {},
): HostFacts {
  const { dkim, ...host } = servingHost(number)
  return {
    ...host,
    parked: [],
    domains: Object.fromEntries(
      Object.entries(domains).map(([domain, text]) => [
        domain,
        { dkim, tls_key: null, publication: publication(text) },
      ]),
    ),
    ...said,
  }
}
