import * as z from 'zod'
import { probe } from '../core/control.ts'
import { evaluateSpf } from '../mail/spf-evaluate.ts'
import { findAuthority } from '../network/authority.ts'
import { clientInTime, inTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { addresses, domainName, resolver } from './probe-fields.ts'
import { judgeZone, type SeenZone, zoneKinds } from './zone-judge.ts'

export const zone = probe({
  name: 'zone',
  summary: 'See whether the DNS of mail domains is ready for records, and what mail records others have put there.',
  description: `Asks who is authoritative for the domain, and each of those servers. What is there already is only reported: another server that receives
the domain's mail, an SPF record that leaves this host out.`,
  examples: `
- zone: { domain: example.org, host: smtp.example.org, addresses: [198.51.100.11] }
`,
  params: () =>
    z.strictObject({
      domain: domainName().describe('The mail domain.'),
      host: domainName().describe('The public name of the host.'),
      others: z.array(domainName()).describe('Names of further hosts that are ours.').default([]),
      addresses: addresses().describe('Addresses that mail leaves from.').default([]),
      resolver: resolver(),
    }),
  findings: zoneKinds,
  look: ({ domain, host, addresses, resolver: setting }, _, { signal }) =>
    within(8000, signal, async (soon): Promise<SeenZone> => {
      const client = clientInTime(resolverClient(setting), soon)
      const delegation = await client.ask(domain, 'NS')
      const [authority, mx, aliases, spf] = await Promise.all([
        inTime(soon, findAuthority(domain, client), undefined),
        client.ask(domain, 'MX'),
        Promise.all([domain, host].map(async (name) => ({ name, answer: await client.ask(name, 'CNAME') }))),
        Promise.all(
          addresses.map(async (ip) => {
            const sender = `postmaster@${domain}`
            return { address: ip, ...(await evaluateSpf({ ip, sender, helo: host, client })) }
          }),
        ),
      ])
      return { delegation, authority, mx, aliases, spf }
    }),
  judge: (wanted, _, seen) => judgeZone(wanted, seen),
})
