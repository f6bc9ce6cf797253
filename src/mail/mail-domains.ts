import type { JsonObject } from '../core/json.ts'
import { type DomainChecks, domainChecks, parkedChecks } from './domain-checks.ts'
import type { Publication } from './domain-variables.ts'
import { parkedRecords, reverseRecords } from './host-records.ts'
import type { DkimKey, Elsewhere, MailDomain, MailHost, MailRecord, ServingHost } from './mail-domain.ts'
import { mailRecords } from './mail-records.ts'

/** What a host says about itself: the result of `mail_facts`. */
export interface HostFacts extends MailHost {
  readonly mx_preference: number
  readonly account: { readonly ca: string | null; readonly url: string } | null
  readonly domains: {
    readonly [domain: string]: {
      readonly dkim: readonly DkimKey[]
      readonly tls_key: string | null
      readonly publication: Publication
    }
  }
  /** Domains that neither send nor receive. */
  readonly parked: readonly string[]
}

/** A domain with its finished records. */
export interface LedDomain {
  readonly domain: string
  /** Inventory names of the hosts that serve it. The first one publishes its records. */
  readonly hosts: readonly string[]
  readonly records: readonly MailRecord[]
  readonly elsewhere: readonly Elsewhere[]
  /** Hosts of the group about which nothing is known: they may serve it, too. */
  readonly left_out: readonly string[]
  readonly checks: DomainChecks
}

export interface LedDomains {
  readonly domains: readonly LedDomain[]
  /** Why no right records can be made: what hosts say about a domain does not fit together. */
  readonly conflicts: readonly { readonly message: string; readonly hint: string }[]
}

/**
 * The domains that a host leads: it is the first of those that serve them.
 *
 * @param all what is known of each host, in the order of the inventory.
 * @param members inventory names of all hosts that may serve domains.
 */
export function ledDomains(host: string, all: readonly HostFacts[], members: readonly string[]): LedDomains {
  const left_out = members.filter((name) => !all.some((facts) => facts.host === name))
  const names = [...new Set(all.flatMap(({ domains }) => Object.keys(domains)))]
  const serving = (domain: string) => all.filter(({ domains }) => Object.hasOwn(domains, domain))
  const led = names.filter((domain) => serving(domain)[0]?.host === host)
  const parked = [...new Set(all.flatMap((facts) => facts.parked))].filter(
    (domain) => !names.includes(domain) && all.find((facts) => facts.parked.includes(domain))?.host === host,
  )
  return {
    domains: [
      ...led.map((domain) => {
        const mail = describe(domain, names, all, left_out.length === 0)
        const records = mailRecords(mail)
        return {
          domain,
          hosts: serving(domain).map((facts) => facts.host),
          records,
          elsewhere: elsewhere(all, names, domain),
          left_out,
          checks: domainChecks(mail, records),
        }
      }),
      ...parked.map((domain) => {
        const records = parkedRecords(domain)
        return { domain, hosts: [host], records, elsewhere: [], left_out: [], checks: parkedChecks(records) }
      }),
    ],
    conflicts: led.flatMap((domain) => conflicts(domain, serving(domain))),
  }
}

function describe(domain: string, names: readonly string[], all: readonly HostFacts[], complete: boolean): MailDomain {
  const hosts = all.filter(({ domains }) => Object.hasOwn(domains, domain))
  const { publication } = hosts[0]!.domains[domain]!
  return {
    domain,
    publication,
    hosts: hosts.map((facts) => toServing(facts, domain)),
    named: all
      .filter(({ mail_host }) => zoneOf(mail_host, names) === domain)
      .map((facts) => ({ ...facts, tls_key: facts.domains[domain]?.tls_key ?? null })),
    strangers: all
      .filter((facts) => !hosts.includes(facts))
      .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== null)),
    reporters: names.filter((other) => {
      const facts = all.find(({ domains }) => Object.hasOwn(domains, other))
      return facts !== undefined && sendsReportsTo(facts.domains[other]!.publication, domain, other)
    }),
    complete,
  }
}

function toServing(facts: HostFacts, domain: string): ServingHost {
  const { account, publication } = { ...facts, ...facts.domains[domain]! }
  const ca = typeof publication.caa === 'string' ? publication.caa : account?.ca
  return {
    ...facts,
    dkim: facts.domains[domain]!.dkim,
    account: account && ca ? { ca, url: account.url } : null,
  }
}

/** The domain that a name belongs to: the longest one, where several end like it. */
function zoneOf(name: string, domains: readonly string[]): string | undefined {
  return domains
    .filter((domain) => name === domain || name.endsWith(`.${domain}`))
    .toSorted((a, b) => b.length - a.length)[0]
}

// Within one organization nobody has to consent (RFC 7489 section 7.1); what is below a domain belongs to it.
function sendsReportsTo({ dmarc }: Publication, target: string, about: string): boolean {
  const isRelated = target === about || about.endsWith(`.${target}`) || target.endsWith(`.${about}`)
  return !isRelated && [...(dmarc.rua ?? []), ...(dmarc.ruf ?? [])].some((address) => address.endsWith(`@${target}`))
}

// A host that serves several domains needs its reverse names once: they are told with the domain that its name is in.
function elsewhere(all: readonly HostFacts[], names: readonly string[], domain: string): readonly Elsewhere[] {
  const own = all.filter((facts) => (zoneOf(facts.mail_host, names) ?? Object.keys(facts.domains)[0]) === domain)
  const strange = own.filter(({ mail_host }) => zoneOf(mail_host, names) === undefined)
  return [
    ...strange.flatMap(({ mail_host, ipv4, ipv6 }) => {
      const common = {
        where: `the zone that ${mail_host} is in`,
        subject: mail_host,
        name: `${mail_host}.`,
        reason: 'servers connect to it',
      }
      return [
        ...(ipv4 === null ? [] : [{ ...common, type: 'A' as const, value: ipv4 }]),
        ...(ipv6 === null ? [] : [{ ...common, type: 'AAAA' as const, value: ipv6 }]),
      ]
    }),
    ...reverseRecords(own),
  ]
}

function conflicts(domain: string, hosts: readonly HostFacts[]): LedDomains['conflicts'] {
  const [first, ...others] = hosts
  if (first === undefined) return []
  const differing = others.flatMap((other) => {
    const [left, right] = [first, other].map((facts) => facts.domains[domain]!.publication)
    const fields = differences({ ...left } as JsonObject, { ...right } as JsonObject)
    if (fields.length === 0) return []
    const [field] = fields
    return [
      {
        message: `${first.host} and ${other.host} disagree about ${domain}: ${field!.path} is ${field!.left} for ${first.host} and ${field!.right} for ${other.host}`,
        hint: 'A domain has one set of records: define it once, as a variable of the group, and name that for each host.',
      },
    ]
  })
  return [...differing, ...keyConflicts(domain, hosts)]
}

// A selector has one record with one key.
function keyConflicts(domain: string, hosts: readonly HostFacts[]): LedDomains['conflicts'] {
  const seen = new Map<string, { readonly host: string; readonly key: string }>()
  return hosts.flatMap(({ host, domains }) =>
    domains[domain]!.dkim.flatMap(({ selector, public_key }) => {
      const former = seen.get(selector)
      if (former === undefined) seen.set(selector, { host, key: public_key })
      if (former === undefined || former.key === public_key) return []
      return [
        {
          message: `${former.host} and ${host} sign mail of ${domain} with different keys, but one selector, ${selector}`,
          hint: 'Write dkim: { per_host: true } for the domain: each host then has a selector of its own. Or give all of them one dkim.private_key.',
        },
      ]
    }),
  )
}

interface Difference {
  readonly path: string
  readonly left: string
  readonly right: string
}

function differences(left: JsonObject, right: JsonObject, path = ''): readonly Difference[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) => {
    const [a, b] = [left[name] ?? null, right[name] ?? null]
    if (isObject(a) && isObject(b)) return differences(a, b, `${path}${name}.`)
    const [one, other] = [a, b].map((value) => (value === null ? 'not set' : [value].flat().join(', ')))
    return one === other ? [] : [{ path: `${path}${name}`, left: one!, right: other! }]
  })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
