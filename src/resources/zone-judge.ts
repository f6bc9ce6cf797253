import type { Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import type { SpfResult } from '../mail/spf-evaluate.ts'
import type { Authority } from '../network/authority.ts'

/** What DNS says about a mail domain. */
export interface SeenZone {
  /** NS records of the domain, as the resolver finds them. */
  readonly delegation: DnsAnswer
  /** Nothing where the servers took too long. */
  readonly authority:
    | (Pick<Authority, 'zone' | 'problems'> & { readonly servers: readonly { name: string }[] })
    | undefined
  readonly mx: DnsAnswer
  /** CNAME records of the domain and of the host. */
  readonly aliases: readonly { readonly name: string; readonly answer: DnsAnswer }[]
  readonly spf: readonly ({ readonly address: string } & Pick<SpfResult, 'result' | 'reason' | 'record'>)[]
}

interface Wanted {
  readonly domain: string
  readonly host: string
  readonly others: readonly string[]
}

export const zoneKinds = {
  'zone-missing': {
    importance: 'recommended',
    summary: 'Nobody answers for the domain: it is not registered, or not delegated to name servers',
    remedy: 'Register the domain, and name the servers of the DNS provider at its registrar',
  },
  'nameserver-lame': {
    importance: 'recommended',
    summary: 'A name server of the domain does not answer for it',
    remedy: 'Take the server from the NS records and from the registrar’s list, or repair it',
  },
  'alias-forbidden': {
    importance: 'recommended',
    summary: 'A CNAME stands where mail needs other records (RFC 1034 section 3.6.2, RFC 2181 section 10.3)',
    remedy: 'Delete the CNAME, and add A and AAAA records in its place',
  },
  'mx-foreign': {
    importance: 'recommended',
    summary: 'Mail of the domain goes to servers that are none of ours',
    remedy: 'Leave it while that server is to receive mail; else replace the MX records',
  },
  'spf-foreign': {
    importance: 'optional',
    summary: 'There is an SPF record already, and it does not let the host send',
    remedy: 'Add the addresses of the host to the one SPF record',
  },
} as const

const finding = findingsOf(zoneKinds)

export function judgeZone(wanted: Wanted, seen: SeenZone): Report {
  const delegated = judgeDelegation(wanted, seen)
  const aliases = seen.aliases.map(({ name, answer }) => judgeAlias(name, answer))
  if (delegated.some(({ id, verdict }) => id === 'zone-missing' && verdict !== 'right')) {
    return { findings: [...delegated, ...aliases] }
  }
  return { findings: [...delegated, ...aliases, judgeMx(wanted, seen.mx), ...judgeSpf(wanted, seen)] }
}

function judgeDelegation({ domain }: Wanted, { delegation, authority }: SeenZone): readonly Finding[] {
  const subject = `${domain} zone`
  if (delegation.status === 'failed') {
    return [finding.unknown('zone-missing', { subject, text: delegation.error ?? 'no answer' })]
  }
  if (authority === undefined) {
    return [finding.unknown('zone-missing', { subject, text: 'the name servers took too long to answer' })]
  }
  const { zone, servers, problems } = authority
  if (zone === undefined) {
    return [
      finding.wrong('zone-missing', {
        subject,
        text: problems.join('; '),
        remedy: `register ${domain}, or name its DNS provider’s servers at the registrar`,
      }),
    ]
  }
  const names = servers.map(({ name }) => name).join(', ')
  // Where the answer was not validated, the zone may be signed all the same: not every resolver looks.
  const dnssec = delegation.authenticated
    ? 'signed, as the resolver has validated'
    : 'not signed, or not validated by the resolver'
  const found = finding.right('zone-missing', {
    subject,
    text: `delegated${zone === `${domain}.` ? '' : `, as part of ${zone.replace(/\.$/, '')}`}; ${dnssec}`,
  })
  const lame = problems.map((problem) => {
    // A network that lets nobody ask other servers than its own says nothing about them.
    const isSilent = problems.length >= servers.length && problems.every((one) => /no answer|no way|route/.test(one))
    const lameSubject = `${domain} NS`
    return isSilent
      ? finding.unknown('nameserver-lame', { subject: lameSubject, text: problem })
      : finding.wrong('nameserver-lame', {
          subject: lameSubject,
          text: problem,
          remedy: `let it serve ${zone.replace(/\.$/, '')}, or take it from the NS records and from the registrar’s list`,
        })
  })
  if (lame.length > 0) return [found, ...lame]
  return [
    found,
    finding.right('nameserver-lame', {
      subject: `${domain} NS`,
      text: `${names} answer${servers.length === 1 ? 's' : ''}`,
    }),
  ]
}

function judgeAlias(name: string, { status, records, error }: DnsAnswer): Finding {
  const subject = `${name} CNAME`
  const [alias] = records
  if (status === 'failed') return finding.unknown('alias-forbidden', { subject, text: error ?? 'no answer' })
  if (alias === undefined) return finding.right('alias-forbidden', { subject, text: 'none' })
  return finding.wrong('alias-forbidden', {
    subject,
    text: `an alias of ${alias.value}`,
    remedy: `delete ${name}. CNAME ${alias.value}`,
  })
}

function judgeMx({ domain, host, others }: Wanted, { status, records, error }: DnsAnswer): Finding {
  const subject = `${domain} MX`
  if (status === 'failed') return finding.unknown('mx-foreign', { subject, text: error ?? 'no answer' })
  // An MX without a host says that the domain takes no mail (RFC 7505).
  const targets = records.map(({ value }) => value.replace(/^\d+ (.*)\.$/, '$1') || 'nowhere (a null MX)')
  const foreign = targets.filter((target) => target !== host && !others.includes(target))
  if (foreign.length === 0) {
    return finding.right('mx-foreign', { subject, text: targets.length === 0 ? 'none yet' : 'leads to us' })
  }
  return finding.wrong('mx-foreign', {
    subject,
    text: `mail goes to ${foreign.join(', ')}`,
    remedy: `if mail is to arrive here, in its place: ${domain}. MX 10 ${host}.`,
  })
}

function judgeSpf({ domain }: Wanted, { spf }: SeenZone): readonly Finding[] {
  const subject = `${domain} SPF`
  const out = spf.filter(({ result }) => !['pass', 'none', 'temperror'].includes(result))
  const [first] = out
  if (first !== undefined) {
    const addresses = out.map(({ address }) => address)
    const terms = addresses.map((address) => `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`)
    return [
      finding.wrong('spf-foreign', {
        subject,
        text: `does not let ${addresses.join(', ')} send (${first.result})`,
        seen: first.record,
        remedy: `add ${terms.join(' ')} to the record of ${domain}; a second record makes both void`,
      }),
    ]
  }
  return spf.slice(0, 1).map(({ result, reason }) => {
    if (result === 'temperror') return finding.unknown('spf-foreign', { subject, text: reason })
    return finding.right('spf-foreign', { subject, text: result === 'none' ? 'none yet' : 'lets the host send' })
  })
}
