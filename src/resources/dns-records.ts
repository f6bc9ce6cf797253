import * as z from 'zod'
import { type Change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { Secret } from '../core/secret.ts'
import { type Script, sh } from '../core/shell.ts'
import {
  canonicalValue,
  type DnsRecord,
  formatRecordValue,
  fullName,
  parseRecords,
  RECORD_TYPES,
  type RecordType,
} from '../mail/dns-record.ts'
import { difference, isExactByNature, type RrsetDifference, removal, type WantedRrset } from '../mail/rrset.ts'
import { line, oneOrMore } from './params.ts'
import { secret } from './secret-field.ts'

const ttl = () => z.int().min(0).max(604_800)

/** A record as the user writes it. */
export const record = z
  .strictObject({
    name: z
      .string()
      .regex(/^(@|[A-Za-z0-9_*]([A-Za-z0-9._*-]*)?)$/, 'must be a name such as mail, mail.example.org or @')
      .describe('Name in the zone, `@` for the zone itself, or a full name.'),
    type: z.enum(RECORD_TYPES).describe('Type of the record.'),
    value: oneOrMore(line())
      .describe('Its value or values as in a zone file; a TXT value as plain text, however long.')
      .optional(),
    ttl: ttl().describe('Seconds that others may keep it, in place of the ttl of all.').optional(),
    exact: z
      .boolean()
      .describe(
        'Nothing else of this type may be at the name. Default: yes for A, AAAA, CNAME, PTR, SRV and TLSA; no for MX, CAA, NS and TXT, where only what contradicts is replaced.',
      )
      .optional(),
    yields: z
      .boolean()
      .describe('Leave the name alone where others have a record of this type there: for an MX beside a foreign one.')
      .default(false),
    stale: z
      .array(line())
      .describe(
        'What does not stay: terms such as ip4:192.0.2.1 when an SPF record is merged, or MX values that are no foreign ones for `yields`.',
      )
      .default([]),
  })
  .superRefine(({ type, value = [] }, context) => {
    for (const one of value) {
      const problem = whyBad(type, one)
      if (problem) context.addIssue({ code: 'custom', path: ['value'], message: problem })
    }
  })

const params = () =>
  z
    .strictObject({
      server: z
        .string()
        .regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name or an address')
        .describe('The authoritative server that takes updates.'),
      port: z.int().min(1).max(65_535).describe('Its port.').default(53),
      zone: z
        .string()
        .regex(/^[A-Za-z0-9._-]+$/, 'must be a domain')
        .describe('The zone, such as example.org.'),
      key: z
        .strictObject({
          name: z
            .string()
            .regex(/^[A-Za-z0-9._-]+$/, 'must be a domain name')
            .describe('Name of the key.'),
          algorithm: z
            .enum(['hmac-md5', 'hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'])
            .describe('Algorithm of the key.')
            .default('hmac-sha256'),
          secret: secret().describe('The key in base64. It never stands on a command line.'),
        })
        .describe('The TSIG key that the server trusts (RFC 8945).')
        .optional(),
      ttl: ttl().describe('Seconds that others may keep the records.').default(300),
      records: z.array(record).min(1).describe('The records.'),
      state: z
        .enum(['present', 'absent'])
        .describe('`absent` removes the values that are named, or all of that name and type.')
        .default('present'),
    })
    .superRefine(({ records, state }, context) => {
      records.forEach((one, index) => {
        if (state === 'present' && !one.value) {
          context.addIssue({ code: 'custom', path: ['records', index, 'value'], message: 'a value is needed' })
        }
      })
    })

type Wanted = z.output<ReturnType<typeof params>>

export const dnsRecords = resource({
  name: 'dns_records',
  summary: 'Keep records at a name server that takes dynamic updates (RFC 2136).',
  description: `Asks the authoritative server itself and sends only what differs. Spelling that means the same changes nothing.
A TXT value that begins with \`v=…\` takes the place of one with the same \`v=\`; other texts at the name stay. An SPF record is merged with the one
that is there, because a domain may have only one. Needs \`dig\` and \`nsupdate\` (package bind9-dnsutils) on the host that carries the task out.`,
  examples: `
- dns_records:
    server: ns1.example.net
    zone: example.org
    key: { name: update, secret: "{{ secrets.tsig }}" }
    records:
      - { name: smtp, type: AAAA, value: "2001:db8::25" }
      - { name: "@", type: MX, value: "10 smtp.example.org." }
      - { name: "@", type: TXT, value: "v=spf1 mx -all" }
`,
  params,

  read: (wanted) => ({ answers: ask(wanted) }),

  plan(wanted, now): Plan {
    const { server, zone, state } = wanted
    if (now.answers === 'no dig\n') return notReady('dig and nsupdate are missing: package bind9-dnsutils')
    const refusal = [...now.answers.matchAll(/^status (\w+)$/gm)]
      .map(([, status]) => status)
      .find((status) => status !== 'NOERROR' && status !== 'NXDOMAIN')
    if (refusal)
      return impossible(`${server} answers ${refusal} for ${zone}`, 'does it serve the zone, and answer this host?')
    if (/^flags (?!.*\baa\b)/m.test(now.answers)) {
      return impossible(`${server} is not authoritative for all of ${zone}`, 'name the primary server of the zone')
    }
    const present = parseRecords(now.answers, zone)
    const alias = rrsets(wanted).find(
      ({ name, type }) => type !== 'CNAME' && present.some((other) => other.name === name && other.type === 'CNAME'),
    )
    if (alias && state === 'present') {
      return impossible(
        `${alias.name} is a CNAME, beside which nothing else may be`,
        'remove the CNAME first, with state: absent',
      )
    }
    return rrsets(wanted).flatMap((rrset) => {
      const { remove, add } = state === 'present' ? difference(rrset, present) : removal(rrset, present)
      return remove.length + add.length === 0 ? [] : [planUpdate(wanted, rrset, present, { remove, add })]
    })
  },
})

function planUpdate(
  wanted: Wanted,
  rrset: WantedRrset,
  present: readonly DnsRecord[],
  change: RrsetDifference,
): Change {
  const before = present.filter(({ name, type }) => name === rrset.name && type === rrset.type)
  const after = [...before.map(({ value }) => value).filter((value) => !change.remove.includes(value)), ...change.add]
  const isLifetimeOnly = before.length === after.length && before.every(({ value }) => after.includes(value))
  return {
    what: `${rrset.name.replace(/\.$/, '')} ${rrset.type}`,
    from: isLifetimeOnly ? `ttl ${before[0]?.ttl}` : before.map(({ value }) => value).join(', ') || 'missing',
    to: isLifetimeOnly ? `ttl ${rrset.ttl}` : after.join(', ') || 'absent',
    apply: update(wanted, rrset, change),
  }
}

// One dig for all questions. What differs from one time to the next (ids, times, the order of records) is left out.
function ask(wanted: Wanted): Script {
  const { server, port } = wanted
  const questions = rrsets(wanted).flatMap(({ name, type }) => [name, type])
  return sh`if ! command -v dig >/dev/null || ! command -v nsupdate >/dev/null; then
  echo no dig
else
  said=$(dig @${server} -p ${port} +norecurse +noall +comments +answer +time=3 +tries=2 ${questions}) || {
    printf '%s\n' "$said" >&2
    false
  } && printf '%s\n' "$said" | sed -n -e 's/^;; ->>HEADER<<-.*status: \([A-Z]*\),.*/status \1/p' -e 's/^;; flags:\([^;]*\);.*/flags\1/p' -e '/^[^;]/p' | sort -u
fi`
}

// nsupdate(1) reads the key from its standard input, like everything else.
function update(
  { server, port, zone, key }: Wanted,
  { name, type, ttl }: WantedRrset,
  { remove, add }: RrsetDifference,
): Script {
  const lines = [
    `server ${server} ${port}`,
    `zone ${zone}`,
    ...(key ? [new Secret(`key ${key.algorithm}:${key.name} ${key.secret.reveal()}`)] : []),
    ...remove.map((value) => `update delete ${name} ${type} ${formatRecordValue(type, value)}`),
    ...add.map((value) => `update add ${name} ${ttl} ${type} ${formatRecordValue(type, value)}`),
    'send',
  ]
  return sh`printf '%s\n' ${lines} | nsupdate -t 20`
}

/** The records by name and type, canonical. */
export function rrsets({ records, zone, ttl }: Pick<Wanted, 'records' | 'zone' | 'ttl'>): readonly WantedRrset[] {
  const sets = new Map<string, WantedRrset>()
  for (const { name, type, value = [], exact, ttl: own, yields, stale } of records) {
    const full = fullName(name, zone)
    const former = sets.get(`${full} ${type}`)
    const values = [...(former?.values ?? []), ...value.map((one) => canonicalValue(type, one, zone))]
    const isExact = exact ?? former?.exact ?? isExactByNature(type)
    sets.set(`${full} ${type}`, {
      name: full,
      type,
      ttl: own ?? former?.ttl ?? ttl,
      values: [...new Set(values)],
      exact: isExact,
      yields: yields || former?.yields === true,
      stale: [...(former?.stale ?? []), ...stale],
    })
  }
  return [...sets.values()]
}

function whyBad(type: RecordType, value: string): string | undefined {
  try {
    canonicalValue(type, value, 'example.org')
    return undefined
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return error.message
  }
}
