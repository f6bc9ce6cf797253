import * as z from 'zod'
import { impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { caaDomain } from '../mail/caa.ts'
import { canonicalValue } from '../mail/dns-record.ts'
import { dkimFields, dkimSelector, publicationFields } from '../mail/domain-variables.ts'
import type { HostFacts } from '../mail/mail-domains.ts'
import { isPrivateAddress } from '../mail/private-address.ts'
import { accountFile, home, server } from './acme-host.ts'
import { CONFIGURATION, domain, domainDirectory } from './chasquid-host.ts'
import { line } from './params.ts'
import { domainName } from './probe-fields.ts'

const { selector, per_host } = dkimFields

const params = () =>
  z.strictObject({
    host: line().describe('Inventory name of the host.'),
    mail_host: domainName().describe('The one public name of the host.'),
    ipv4: z.ipv4().describe('Its public IPv4 address.').optional(),
    ipv6: z
      .union([z.ipv6(), z.literal('')], { error: 'must be an IPv6 address' })
      .describe('Its public IPv6 address; none where it is empty.')
      .default(''),
    mx_preference: z.int().min(0).max(65_535).describe('Its preference in MX records.').default(10),
    domains: z
      // Whatever else is said of a domain, passwords above all, stays out of here.
      .record(
        domain(),
        z.object({
          dkim: z.object({ selector, per_host }).prefault({}).describe('Which key signs.'),
          ...publicationFields,
        }),
      )
      .describe('The domains that it serves, with what the variable `domains` says of them.'),
    parked: z.array(domain()).describe('Domains that neither send nor receive.').default([]),
    server: server(),
    home: home(),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const mailFacts = resource({
  name: 'mail_facts',
  summary: 'Learn from a mail host what the DNS records of its domains follow from.',
  description: `Public halves of DKIM keys, the ACME account, and where asked for the hash of the certificate's key. \`register\` keeps it for \`mail_domains\`, which puts together what all hosts say.`,
  examples: `
- mail_facts:
    host: "{{ inventory_hostname }}"
    mail_host: smtp.example.org
    ipv4: 198.51.100.11
    domains: { example.org: { dkim: { selector: mail }, dmarc: { rua: dmarc@example.org } } }
  register: mail
`,
  params,

  read: (wanted) => ({
    keys: joinScripts(keysOf(wanted).map(({ domain, selector }) => readKey(domain, selector))),
    account: readAccount(wanted),
    certificates: joinScripts(tlsaDomains(wanted).map(readCertificateKey)),
  }),

  plan(wanted, now): Plan {
    const { host, ipv4, server, domains } = wanted
    if (ipv4 !== undefined && isPrivateAddress(ipv4)) {
      return impossible(
        `${ipv4} of ${host} is a private address, which nobody can send mail to`,
        `write the public one in the inventory: ipv4: ADDRESS`,
      )
    }
    const keys = parseLines(now.keys)
    const missing = keysOf(wanted).find(({ domain, selector }) => !keys.get(`${domain} ${selector}`))
    if (missing) {
      const { domain, selector } = missing
      return notReady(`there is no DKIM key ${selector} of ${domain}: it comes with chasquid_dkim_key`)
    }
    const certain = Object.entries(domains).find(([, { caa }]) => caa === true)?.[0]
    if (certain !== undefined && caaDomain(server) === undefined) {
      return impossible(
        `which authority ${server} is in CAA records is not known`,
        `write its domain for ${certain}: caa: ca.example`,
      )
    }
    if (needsAccount(wanted) && accountUrl(now.account) === undefined) {
      return notReady(`there is no account at ${server}: it comes with acme_account`)
    }
    const certificates = parseLines(now.certificates)
    const bare = tlsaDomains(wanted).find((domain) => !certificates.get(domain))
    return bare === undefined ? [] : notReady(`there is no certificate for ${bare}: it comes with acme_certificate`)
  },

  result(wanted, now) {
    const { host, mail_host, ipv4, ipv6, mx_preference, parked, server } = wanted
    const keys = parseLines(now.keys)
    const certificates = parseLines(now.certificates)
    const url = accountUrl(now.account)
    const facts: HostFacts = {
      host,
      mail_host,
      ipv4: ipv4 ?? null,
      // Such an address reaches nobody, and no mail comes from it.
      ipv6: ipv6 === '' || isPrivateAddress(ipv6) ? null : canonicalValue('AAAA', ipv6, ''),
      mx_preference,
      account: url === undefined ? null : { ca: caaDomain(server) ?? null, url },
      parked,
      domains: Object.fromEntries(
        Object.entries(wanted.domains).map(([domain, { dkim, ...publication }]) => {
          const selector = selectorOf(wanted, domain)
          const tls_key = certificates.get(domain) ?? null
          return [
            domain,
            { dkim: [{ selector, public_key: keys.get(`${domain} ${selector}`) ?? '' }], tls_key, publication },
          ]
        }),
      ),
    }
    return JSON.parse(JSON.stringify(facts)) as ReturnType<typeof JSON.parse>
  },
})

function keysOf(wanted: Wanted): readonly { readonly domain: string; readonly selector: string }[] {
  return Object.keys(wanted.domains).map((domain) => ({ domain, selector: selectorOf(wanted, domain) }))
}

function selectorOf({ host, domains }: Wanted, domain: string): string {
  const { selector, per_host } = domains[domain]!.dkim
  return dkimSelector(selector, per_host, host)
}

function tlsaDomains({ domains }: Wanted): readonly string[] {
  return Object.entries(domains).flatMap(([domain, { tlsa }]) => (tlsa ? [domain] : []))
}

function needsAccount({ domains }: Wanted): boolean {
  return Object.values(domains).some(({ caa }) => caa !== false)
}

/** `DOMAIN SELECTOR KEY`, the key being empty where there is none. */
function readKey(domain: string, selector: string): Script {
  const file = `${domainDirectory(domain)}/dkim:${selector}.pem`
  return sh`printf '%s %s %s\n' ${domain} ${selector} "$([ ! -f ${file} ] || openssl pkey -in ${file} -pubout -outform DER | base64 -w 0)"`
}

function readAccount({ home, server }: Wanted): Script {
  const file = accountFile(home, server)
  return sh`if [ -f ${file} ]; then sed -n "s/^ACCOUNT_URL='\(.*\)'\$/\1/p" ${file}; fi`
}

/** `DOMAIN HASH`: SHA-256 of the SubjectPublicKeyInfo, as TLSA 3 1 1 has it (RFC 6698 section 2.1). */
function readCertificateKey(domain: string): Script {
  const file = `${CONFIGURATION}/certs/${domain}/fullchain.pem`
  return sh`printf '%s %s\n' ${domain} "$([ ! -s ${file} ] || openssl x509 -in ${file} -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c 1-64)"`
}

function accountUrl(answer: string): string | undefined {
  return answer.trim() || undefined
}

/** What stands behind the last blank of each line, by what stands before it. */
function parseLines(answer: string): ReadonlyMap<string, string> {
  const lines = answer.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
}
