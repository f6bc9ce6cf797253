import * as z from 'zod'
import type { JsonObject } from '../core/json.ts'
import { impossible, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { publicationFields } from '../mail/domain-variables.ts'
import { endRecords } from '../mail/end-records.ts'
import { updatesOf } from '../mail/mail-domain.ts'
import { type HostFacts, ledDomains } from '../mail/mail-domains.ts'
import { line } from './params.ts'

const facts = z.object({
  host: line().describe('Inventory name.'),
  mail_host: line().describe('Public name.'),
  ipv4: z.string().nullable().describe('IPv4 address.'),
  ipv6: z.string().nullable().describe('IPv6 address.'),
  mx_preference: z.int().describe('Preference in MX records.'),
  account: z
    .object({
      ca: z.string().nullable().describe('The authority in CAA records.'),
      url: z.string().describe('Its address.'),
    })
    .nullable()
    .describe('ACME account.'),
  parked: z.array(z.string()).describe('Domains that neither send nor receive.'),
  domains: z
    .record(
      z.string(),
      z.object({
        dkim: z
          .array(
            z.object({
              selector: z.string().describe('Selector.'),
              public_key: z.string().describe('Public half, in base64.'),
            }),
          )
          .describe('Keys that sign.'),
        tls_key: z.string().nullable().describe('Hash of the key of the certificate.'),
        publication: z.object(publicationFields).describe('What the world is told.'),
      }),
    )
    .describe('Domains that the host serves.'),
})

const params = () =>
  z.strictObject({
    own: facts.describe('What `mail_facts` registered for this host.'),
    hosts: z
      .record(z.string(), z.object({ mail: z.json().optional().describe('What `mail_facts` registered.') }))
      .describe('The same of every host, registered as `mail`: the variable `hostvars`.')
      .default({}),
    members: z
      .array(z.string())
      .describe(
        'Names of all hosts that may serve domains, in the order of the inventory: `groups.mail`. Those of which nothing is known are told.',
      )
      .default([]),
    end: z
      .boolean()
      .describe('Register as `end` of each domain what becomes of its records when it is given up.')
      .default(false),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const mailDomains = resource({
  name: 'mail_domains',
  summary: 'Put together what all hosts say about their mail domains, into the records of each domain.',
  description: `\`register\` keeps \`domains\`, a list of those that this host leads: it is the first in the inventory that serves them. Each has \`domain\`, \`hosts\`, \`records\`
(for \`dns_zone\`), \`checks\` (what \`verify\` compares with), \`updates\` (the same for \`dns_records\`), \`elsewhere\` (what the providers of addresses have to set) and \`left_out\`, the hosts of which nothing is known because they take no part
in the run: what DNS has of them is neither compared nor taken away.`,
  examples: `
- mail_domains:
    own: { host: mx1, mail_host: smtp.example.org, ipv4: 198.51.100.11, ipv6: null, mx_preference: 10, account: null, parked: [], domains: {} }
    members: [mx1]
  register: zones
`,
  params,
  read: () => ({ nothing: sh`` }),

  plan(wanted): Plan {
    const { conflicts } = lead(wanted)
    return conflicts[0] ? impossible(conflicts[0].message, conflicts[0].hint) : []
  },

  result: (wanted) =>
    ({
      domains: lead(wanted).domains.map((led) => ({
        ...led,
        updates: updatesOf(led.records),
        ...(wanted.end ? { end: endRecords(led.domain, led.records) } : {}),
      })),
    }) as unknown as JsonObject,
})

function lead({ own, hosts, members }: Wanted) {
  // An object forgets the order of names that are numbers, so the inventory's list says it.
  const names = [...new Set([...members, ...Object.keys(hosts), own.host])]
  const all = names.flatMap((name): readonly HostFacts[] => {
    if (name === own.host) return [own]
    // Of a host whose facts were not complete, nothing is known.
    const mail = facts.safeParse(hosts[name]?.mail).data
    return mail === undefined ? [] : [mail]
  })
  return ledDomains(own.host, all, members)
}
