import * as z from 'zod'
import { probe } from '../core/control.ts'
import { evaluateDmarc } from '../mail/dmarc.ts'
import { externalReportName, isDmarcRecord, parseDmarc } from '../mail/dmarc-record.ts'
import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import { newestAnswer, valuesOf } from '../mail/seen-record.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { judgeDmarc, kinds, type SeenConsent, type SeenDmarc } from './dmarc-judge.ts'
import { line } from './params.ts'
import { domainName, resolver } from './probe-fields.ts'
import { nameServers } from './record-fields.ts'
import { longestLook } from './server-fields.ts'

const params = () =>
  z.strictObject({
    domain: domainName().describe('The domain in From.'),
    record: line().describe('What the record should say. Default: anything valid.').optional(),
    servers: nameServers(),
    resolver: resolver(),
  })

export const dmarc = probe({
  name: 'dmarc',
  summary: 'See whether the DMARC record of a domain is there, valid and as wanted, and its reports are welcome.',
  description: `Reads the record at every server of the zone and through the resolver. Where reports go to a domain of somebody else, that has to consent to them (RFC 7489 section 7.1).`,
  examples: `
- name: DMARC of example.org
  dmarc: { domain: example.org, record: "v=DMARC1; p=reject; rua=mailto:dmarc@example.org" }
`,
  params,
  findings: kinds,
  look: ({ domain, servers = [], resolver: setting }, _, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenDmarc> => {
      const client = clientInTime(resolverClient(setting), soon)
      const passed = { result: 'pass', domain }
      const [record, policy] = await Promise.all([
        askEverywhere(`_dmarc.${domain}`, 'TXT', { resolver: client, servers }, soon),
        evaluateDmarc({ fromDomain: domain, spf: passed, dkim: [passed], client }),
      ])
      return { record, policy, consents: await lookAtConsents(domain, newestAnswer(record), client) }
    }),
  judge: (wanted, _, seen) => judgeDmarc(wanted, seen),
})

async function lookAtConsents(domain: string, answer: DnsAnswer, client: DnsClient): Promise<readonly SeenConsent[]> {
  const records = valuesOf(answer).filter(isDmarcRecord).map(parseDmarc)
  const uris = records.flatMap(({ rua = [], ruf = [] }) => [...rua, ...ruf])
  const targets = [...new Set(uris.flatMap(({ domain: target }) => target ?? []))]
  const asked = targets.map(async (target): Promise<readonly SeenConsent[]> => {
    if (await isOneOrganization(domain, target, client)) return []
    const name = externalReportName(domain, target)
    return [{ target, name, answer: await client.ask(name, 'TXT') }]
  })
  return (await Promise.all(asked)).flat()
}

/** Within one organization nobody has to consent; that is the domain above both which has a record (RFC 9989 section 4.10). */
async function isOneOrganization(one: string, other: string, client: DnsClient): Promise<boolean> {
  const common = commonParent(one, other)
  if (common === one || common === other) return true
  if (!common.includes('.')) return false
  return valuesOf(await client.ask(`_dmarc.${common}`, 'TXT')).some(isDmarcRecord)
}

function commonParent(one: string, other: string): string {
  const [labels, others] = [one, other].map((name) => name.split('.').toReversed())
  const different = labels!.findIndex((label, index) => label !== others![index])
  return labels!
    .slice(0, different < 0 ? labels!.length : different)
    .toReversed()
    .join('.')
}
