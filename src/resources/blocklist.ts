import { isIP } from 'node:net'
import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import { dnsblName, judgeDnsbl } from '../mail/dnsbl.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { addresses, domainName, importance, resolver } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    addresses: addresses().describe('Addresses that mail leaves from.').default([]),
    domains: z.array(domainName()).describe('Domains that mail is from.').default([]),
    lists: z
      .array(domainName())
      .describe('Lists of addresses, by their domain.')
      .default(['zen.spamhaus.org', 'bl.spamcop.net']),
    domain_lists: z.array(domainName()).describe('Lists of domains, by their domain.').default(['dbl.spamhaus.org']),
    importance: importance('recommended'),
    resolver: resolver(),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'address-listed': {
    importance: 'recommended',
    summary: 'A sending address is on a blocklist',
    remedy:
      'End what led to it, then ask the list to remove the address; of a new host, ask the provider for another one',
  },
  'domain-listed': {
    importance: 'recommended',
    summary: 'A mail domain is on a blocklist',
    remedy: 'End what led to it, then ask the list to remove the domain',
  },
} as const

const finding = findingsOf(kinds)

/** What one list says about one address or domain. */
interface SeenListing {
  readonly subject: string
  readonly list: string
  readonly answer: DnsAnswer
}

export const blocklist = probe({
  name: 'blocklist',
  summary: 'See whether addresses or domains are on DNS blocklists.',
  description: `A list may refuse to answer, as Spamhaus does where a public resolver asks: that is reported as unknown, neither listed nor clear (RFC 5782).
A resolver of your own, such as one on the host, gets answers: \`resolver\`.`,
  examples: `
- name: Not on blocklists
  blocklist: { addresses: [198.51.100.11, "2001:db8::11"], domains: [example.org] }
- blocklist: { addresses: [198.51.100.11], lists: [bl.example.net], resolver: 192.0.2.53 }
`,
  params,
  findings: kinds,
  look: ({ addresses, domains, lists, domain_lists, resolver: setting }, _, { signal }) =>
    within(8000, signal, async (soon) => {
      const client = clientInTime(resolverClient(setting), soon)
      const questions = [
        ...addresses.flatMap((subject) => lists.map((list) => ({ subject, list }))),
        ...domains.flatMap((subject) => domain_lists.map((list) => ({ subject, list }))),
      ]
      return Promise.all(
        questions.map(
          async ({ subject, list }): Promise<SeenListing> => ({
            subject,
            list,
            answer: await client.ask(dnsblName(subject, list), 'A'),
          }),
        ),
      )
    }),
  judge: (wanted, _, seen) => judgeListings(wanted, seen),
})

export function judgeListings({ importance }: Pick<Wanted, 'importance'>, seen: readonly SeenListing[]): Report {
  return {
    findings: seen.map(({ subject: what, list, answer }): Finding => {
      const id = isIP(what) ? 'address-listed' : 'domain-listed'
      const { verdict, why } = judgeDnsbl(answer)
      const subject = what
      if (verdict === 'clear') return finding.right(id, { subject, text: `${list}: ${why}`, importance })
      if (verdict === 'unknown') return finding.unknown(id, { subject, text: `${list}: ${why}`, importance })
      return finding.wrong(id, { subject, text: `${list}: ${why}`, remedy: howToLeave(what, list), importance })
    }),
  }
}

function howToLeave(what: string, list: string): string {
  if (/\.spamhaus\.(org|net)$/.test(list)) {
    return `why, and removal: https://check.spamhaus.org/results/?query=${what}`
  }
  if (list.endsWith('.spamcop.net')) return `why, and when it ends: https://www.spamcop.net/bl.shtml?${what}`
  return `ask ${list} why, and to remove ${what}`
}
