import * as z from 'zod'
import { probe } from '../core/control.ts'
import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import { distinctAnswers } from '../mail/seen-record.ts'
import { auditSpf } from '../mail/spf-audit.ts'
import { evaluateSpf } from '../mail/spf-evaluate.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { line } from './params.ts'
import { addresses, domainName, resolver } from './probe-fields.ts'
import { nameServers } from './record-fields.ts'
import { longestLook } from './server-fields.ts'
import { judgeSpf, kinds, type SeenSpf, type SpfView, type WantedSpf } from './spf-judge.ts'

const params = () =>
  z.strictObject({
    domain: domainName().describe('The domain in MAIL FROM, or the name in HELO.'),
    addresses: addresses().describe('All addresses that its mail leaves from.'),
    identity: z
      .enum(['mail_from', 'helo'])
      .describe(
        'What the domain is to receivers: the one of the envelope sender, or the name that the server says in HELO, by which bounces are judged.',
      )
      .default('mail_from'),
    record: line()
      .describe('The record as it should be; what is there is kept in it. Default: one made of the addresses.')
      .optional(),
    servers: nameServers(),
    resolver: resolver(),
  })

export const spf = probe({
  name: 'spf',
  summary: 'See whether the SPF record of a domain lets its own servers send, and keeps to the limits.',
  description: `Evaluates the record for each address as a receiver does (RFC 7208), and reads everything that it leads to: one record, no mistake, at most 10 look-ups and 2 empty answers.
The record itself is read at every server of the zone and through the resolver.`,
  examples: `
- name: SPF of example.org
  spf: { domain: example.org, addresses: [198.51.100.11, "2001:db8::11"] }
- name: SPF of the server's own name
  spf: { domain: smtp.example.org, addresses: [198.51.100.11], identity: helo }
`,
  params,
  findings: kinds,
  look: (wanted, _, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenSpf> => {
      const client = clientInTime(resolverClient(wanted.resolver), soon)
      const everywhere = { resolver: client, servers: wanted.servers ?? [] }
      const record = await askEverywhere(wanted.domain, 'TXT', everywhere, soon)
      const views = distinctAnswers(record).map((answer) => spfView(wanted, answer, client))
      return { record, views: await Promise.all(views) }
    }),
  judge: (wanted, _, seen) => judgeSpf(wanted, seen),
})

/** What receivers see who get this answer to the question for the record itself. */
export async function spfView(
  { domain, addresses, identity }: WantedSpf,
  answer: DnsAnswer,
  client: DnsClient,
): Promise<SpfView> {
  const ask: DnsClient['ask'] = (name, type) =>
    type === 'TXT' && name.replace(/\.$/, '').toLowerCase() === domain
      ? Promise.resolve(answer)
      : client.ask(name, type)
  const view = { server: client.server, ask }
  const sender = identity === 'helo' ? '' : `postmaster@${domain}`
  const [audit, results] = await Promise.all([
    auditSpf(domain, view),
    Promise.all(
      addresses.map(async (ip) => ({
        address: ip,
        ...(await evaluateSpf({ ip, sender, helo: domain, client: view })),
      })),
    ),
  ])
  return { answer, audit, results }
}
