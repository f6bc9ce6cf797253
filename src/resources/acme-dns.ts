import * as z from 'zod'
import { type Change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { parseRecords } from '../mail/dns-record.ts'
import { difference, type RrsetDifference, removal, type WantedRrset } from '../mail/rrset.ts'
import { type Hook, readHook, readTexts, runHook } from './acme-hook.ts'
import { home, NO_CLIENT } from './acme-host.ts'
import { record, rrsets } from './dns-records.ts'
import { duration, line, oneOrMore, text } from './params.ts'
import { secret } from './secret-field.ts'

const params = () =>
  z.strictObject({
    dns: z
      .string()
      .regex(/^dns_\w+$/, "must be one of acme.sh's hooks, such as dns_cf")
      .describe("acme.sh's hook for the DNS provider, such as dns_cf."),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'must be a variable'), text().pipe(secret()))
      .describe("The hook's variables, such as CF_Token, where acme.sh has not saved them already.")
      .default({}),
    zone: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'must be a domain')
      .describe('The domain, such as example.org.'),
    records: z
      .array(record)
      .min(1)
      .describe('The records. Hooks know TXT only: records of other types are left to you.'),
    servers: oneOrMore(line().refine((name) => /^[A-Za-z0-9.:-]+$/.test(name), 'must be a host name or an address'))
      .describe('Servers to ask in place of those of the zone.')
      .optional(),
    wait: duration().describe('How long the servers may take to have what was sent.').default(120),
    home: home(),
    state: z.enum(['present', 'absent']).describe('`absent` removes the values that are named.').default('present'),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const acmeDns = resource({
  name: 'acme_dns',
  summary:
    "Keep TXT records at a DNS provider through acme.sh's own hook, with the credentials that issue certificates.",
  description: `acme.sh has hooks for over 150 providers. They are made for the short life of a challenge: some of them remove or garble other TXT records of a name. So a name that has
texts of others is left to you, and what was sent is looked at on every server of the zone before it counts as done; where it is something else it is taken away again.
\`register\` keeps \`by_hand\`, the records that are left to you. Needs \`dig\` (package bind9-dnsutils) on the host.`,
  examples: `
- acme_dns:
    dns: dns_cf
    zone: example.org
    records:
      - { name: _dmarc, type: TXT, value: "v=DMARC1; p=none" }
`,
  params,

  read: (wanted) => ({
    client: readHook(hookOf(wanted), NO_CLIENT),
    answers: texts(wanted).length === 0 ? sh`` : readTexts(hookOf(wanted), texts(wanted).map(bareName)),
  }),

  plan(wanted, now): Plan {
    if (texts(wanted).length === 0) return []
    if (now.client !== 'ready\n') return notReady(now.client.trim())
    if (!/^status (NOERROR|NXDOMAIN)$/m.test(now.answers)) {
      return impossible(
        `no name server of ${wanted.zone} answers`,
        'is the domain delegated? Servers that are not yet can be named: servers: [ns1.example.net]',
      )
    }
    return texts(wanted).flatMap((rrset) => planName(wanted, rrset, now.answers))
  },

  result: (wanted, now) => ({
    by_hand: [
      ...rrsets({ ...wanted, ttl: 0 }).filter(({ type }) => type !== 'TXT'),
      ...texts(wanted).filter((rrset) => isLeft(rrset, work(wanted, rrset, now.answers))),
    ].map(({ name, type }) => `${name.replace(/\.$/, '')} ${type}`),
  }),
})

interface NameWork extends RrsetDifference {
  readonly before: readonly string[]
  /** Texts that stay and are none of ours, and an alias. */
  readonly others: readonly string[]
}

function planName(wanted: Wanted, rrset: WantedRrset, answers: string): readonly Change[] {
  const found = work(wanted, rrset, answers)
  const { remove, add, before } = found
  if (remove.length + add.length === 0 || isLeft(rrset, found)) return []
  const after = [...before.filter((value) => !remove.includes(value)), ...add]
  return [
    {
      what: `${bareName(rrset)} TXT`,
      from: before.join(', ') || 'missing',
      to: after.join(', ') || 'absent',
      apply: runHook(hookOf(wanted), { name: bareName(rrset), remove, add, wait: wanted.wait }),
    },
  ]
}

// What one server has and another has not yet is on its way.
function work({ zone, state }: Wanted, rrset: WantedRrset, answers: string): NameWork {
  const here = parseRecords(answers, zone).filter(({ name }) => name === rrset.name)
  const all = here.filter(({ type }) => type === 'TXT')
  const aliases = here.filter(({ type }) => type === 'CNAME')
  const present = all.filter(({ value }, index) => all.findIndex((other) => other.value === value) === index)
  const { remove, add } = state === 'present' ? difference(rrset, present) : removal(rrset, present)
  const before = present.map(({ value }) => value)
  return {
    remove,
    add,
    before,
    others: [
      ...before.filter((value) => !remove.includes(value) && !rrset.values.includes(value)),
      ...aliases.map(({ value }) => value),
    ],
  }
}

function isLeft(rrset: WantedRrset, { remove, add, others }: NameWork): boolean {
  if (remove.length + add.length === 0) return false
  return others.length > 0 || [...remove, ...add, ...rrset.values].some((value) => !/^[ !#-[\]-~]*$/.test(value))
}

function texts(wanted: Wanted): readonly WantedRrset[] {
  return rrsets({ ...wanted, ttl: 0 }).filter(({ type }) => type === 'TXT')
}

function bareName({ name }: WantedRrset): string {
  return name.replace(/\.$/, '')
}

function hookOf({ dns, home, env, zone, servers = [] }: Wanted): Hook {
  return { dns, home, env, zone, servers }
}
