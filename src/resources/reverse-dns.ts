import { isIPv4 } from 'node:net'
import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import { parseIp } from '../mail/ip-address.ts'
import { isPrivateAddress } from '../mail/private-address.ts'
import { reverseName } from '../mail/reverse-name.ts'
import { askAll, findAuthority } from '../network/authority.ts'
import { clientInTime, inTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { addresses, domainName, importance, resolver } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    name: domainName().describe('The public name of the host: what it says in EHLO.'),
    addresses: addresses().describe('All addresses that mail leaves from.'),
    importance: importance('required'),
    resolver: resolver(),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'ptr-missing': {
    importance: 'required',
    summary: 'A sending address has no name in reverse DNS; large receivers refuse such mail',
    remedy: 'Set the reverse DNS (rDNS, PTR) of the address to the name of the host in the provider’s panel',
  },
  'ptr-different': {
    importance: 'required',
    summary: 'A sending address has another name in reverse DNS than the one that the host says',
    remedy: 'Set the reverse DNS (rDNS, PTR) of the address to the name of the host in the provider’s panel',
  },
  'ptr-several': {
    importance: 'required',
    summary: 'A sending address has several names in reverse DNS, of which receivers see any one',
    remedy: 'Leave only the name of the host in the reverse DNS of the address, in the provider’s panel',
  },
  'forward-missing': {
    importance: 'required',
    summary: 'The name of the host does not lead to any address of this family',
    remedy: 'Add the A or AAAA record of the host',
  },
  'forward-different': {
    importance: 'required',
    summary: 'The name of the host leads to other addresses than the one that it sends from',
    remedy: 'Put the sending address into the A or AAAA record of the host',
  },
  'address-private': {
    importance: 'required',
    summary: 'A sending address is not one that the world sees',
    remedy: 'Set `ipv4` in the inventory to the public address',
  },
} as const

const finding = findingsOf(kinds)

/** What DNS says about one address. */
interface SeenAddress {
  readonly address: string
  readonly ptr: DnsAnswer
  /** What its own name servers say, where the resolver says something else than is wanted. */
  readonly newer: readonly { readonly server: string; readonly answer: DnsAnswer }[]
  /** A or AAAA of the host, as the address has it. */
  readonly forward: DnsAnswer
}

export const reverseDns = probe({
  name: 'reverse_dns',
  summary: 'See whether the reverse DNS of each sending address is the name of the host, and leads back.',
  description: `Receivers look up the name of the address that connects, and then the addresses of that name (FCrDNS, RFC 8601 section 2.7.3).
Where the resolver still remembers something else, the name servers of the address are asked, too.`,
  examples: `
- name: Reverse DNS
  reverse_dns: { name: smtp.example.org, addresses: [198.51.100.11, "2001:db8::11"] }
`,
  params,
  findings: kinds,
  look: ({ name, addresses, resolver: setting }, _, { signal }) =>
    within(8000, signal, async (soon) => {
      const client = clientInTime(resolverClient(setting), soon)
      return Promise.all(
        addresses
          .filter((one) => !isPrivateAddress(one))
          .map(async (one): Promise<SeenAddress> => {
            const [ptr, forward] = await Promise.all([
              client.ask(reverseName(one), 'PTR'),
              client.ask(name, isIPv4(one) ? 'A' : 'AAAA'),
            ])
            const ask = async () => askAll(await findAuthority(reverseName(one), client), reverseName(one), 'PTR')
            const isKnown = ptr.status === 'failed' || isOnly(name, ptr)
            return { address: one, ptr, forward, newer: isKnown ? [] : await inTime(soon, ask(), []) }
          }),
      )
    }),
  judge: (wanted, _, seen) => judgeReverse(wanted, seen),
})

export function judgeReverse(
  { name, addresses, importance }: Omit<Wanted, 'resolver'>,
  seen: readonly SeenAddress[],
): Report {
  const findings = addresses.flatMap((address): readonly Finding[] => {
    const found = seen.find((one) => one.address === address)
    if (found) return [judgePtr(name, found), judgeForward(name, found)]
    return [
      finding.wrong('address-private', {
        subject: address,
        text: 'private: the world sees another address',
        remedy: `in the inventory: ${isIPv4(address) ? 'ipv4: ADDRESS' : 'ipv6: { address: "ADDRESS/64" }'}, the public one`,
      }),
    ]
  })
  return { findings: findings.map((one) => ({ ...one, importance })) }
}

function judgePtr(name: string, { address, ptr, newer }: SeenAddress): Finding {
  const subject = `${address} PTR`
  if (ptr.status === 'failed') return finding.unknown('ptr-missing', { subject, text: ptr.error ?? 'no answer' })
  if (isOnly(name, ptr)) return finding.right('ptr-missing', { subject, text: `is ${name}` })
  const names = namesOf(ptr)
  if (newer.length > 0 && newer.every(({ answer }) => isOnly(name, answer))) {
    const old = names.join(', ') || 'the absence of a name'
    const servers = newer.map(({ server }) => server).join(', ')
    const text = `set to ${name} at ${servers}, but resolvers still remember ${old}`
    return finding.unknown('ptr-missing', { subject, text })
  }
  const set = `set the reverse DNS of ${address} to ${name} in the provider’s panel`
  if (names.length === 0) {
    return finding.wrong('ptr-missing', { subject, text: 'no name in reverse DNS', remedy: set })
  }
  if (!names.includes(name)) {
    return finding.wrong('ptr-different', {
      subject,
      text: `is ${names.join(', ')}, not ${name}`,
      remedy: set,
    })
  }
  const others = names.filter((other) => other !== name).join(', ')
  return finding.wrong('ptr-several', {
    subject,
    text: `is also ${others}`,
    remedy: `leave only ${name} in the reverse DNS of ${address}, in the provider’s panel`,
  })
}

function judgeForward(name: string, { address, forward }: SeenAddress): Finding {
  const type = isIPv4(address) ? 'A' : 'AAAA'
  const subject = `${name} ${type}`
  if (forward.status === 'failed') {
    return finding.unknown('forward-missing', { subject, text: forward.error ?? 'no answer' })
  }
  const values = forward.records.map(({ value }) => value)
  if (values.some((value) => isSame(value, address))) {
    return finding.right('forward-missing', { subject, text: `leads to ${address}` })
  }
  const remedy = `${name}. ${type} ${address}`
  return values.length === 0
    ? finding.wrong('forward-missing', { subject, text: 'missing', remedy })
    : finding.wrong('forward-different', { subject, text: `is ${values.join(', ')}, not ${address}`, remedy })
}

function isOnly(name: string, ptr: DnsAnswer): boolean {
  const names = namesOf(ptr)
  return names.length === 1 && names[0] === name
}

function namesOf({ records }: DnsAnswer): readonly string[] {
  return records.map(({ value }) => value.replace(/\.$/, '').toLowerCase()).toSorted()
}

function isSame(one: string, other: string): boolean {
  return parseIp(one)?.bits === parseIp(other)?.bits
}
