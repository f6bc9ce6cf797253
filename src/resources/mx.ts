import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import { canonicalValue } from '../mail/dns-record.ts'
import { parseIp } from '../mail/ip-address.ts'
import { distinctAnswers, judgeSeen, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { line } from './params.ts'
import { addresses, domainName, resolver } from './probe-fields.ts'
import { nameServers, zoneLine } from './record-fields.ts'
import { longestLook } from './server-fields.ts'

const value = line().refine(
  (text) => /^\d+ [\w.-]+$/.test(text),
  'must be a preference and a name: 10 smtp.example.org',
)

const params = () =>
  z.strictObject({
    domain: domainName().describe('The domain that receives mail.'),
    records: z
      .array(value)
      .min(1)
      .describe('The MX records that are wanted, such as `10 smtp.example.org`.')
      .transform((records) => records.map((text) => canonicalValue('MX', text, '.'))),
    addresses: addresses().describe('All addresses of the own servers.'),
    left_out: z
      .array(line())
      .describe('Hosts that may receive mail, too, but of which nothing is known here.')
      .default([]),
    servers: nameServers(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'domain' | 'records' | 'addresses' | 'left_out'>

const kinds = {
  'mx-missing': {
    importance: 'required',
    summary: 'An own server has no MX record: no mail comes to it. Advice while another one has',
    remedy: 'Add the MX record that is shown',
  },
  'mx-null': {
    importance: 'required',
    summary: 'A null MX says that the domain receives no mail (RFC 7505), but it is to',
    remedy: 'Replace it with the MX record that is shown',
  },
  'mx-elsewhere': {
    importance: 'required',
    summary: 'Mail goes to servers that are none of ours. Advice while an own one is among them',
    remedy: 'Remove the MX record, or write "receives: false" for the domain where that is meant',
  },
  'mx-alias': {
    importance: 'required',
    summary: 'An MX record leads to an alias (CNAME), which many senders refuse (RFC 2181 section 10.3)',
    remedy: 'Let it name the host itself',
  },
} as const

const finding = findingsOf(kinds)

/** A host that an MX record names. */
export interface SeenTarget {
  /** With a dot at its end. */
  readonly name: string
  readonly answers: readonly DnsAnswer[]
}

export interface SeenMx {
  readonly record: SeenRecord
  readonly targets: readonly SeenTarget[]
}

export const mx = probe({
  name: 'mx',
  summary: 'See whether the MX records of a domain lead to its own servers, and nowhere else.',
  description: `Reads the records at every server of the zone and through the resolver, and looks up where each host is. That an own host has no address is the finding of \`reverse_dns\`.`,
  examples: `
- name: MX of example.org
  mx: { domain: example.org, records: [10 smtp.example.org], addresses: [198.51.100.11, "2001:db8::11"] }
`,
  params,
  findings: kinds,
  look: ({ domain, servers = [], resolver: setting }, _, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenMx> => {
      const client = clientInTime(resolverClient(setting), soon)
      const record = await askEverywhere(domain, 'MX', { resolver: client, servers }, soon)
      const names = new Set(distinctAnswers(record).flatMap(valuesOf).map(targetOf))
      const targets = [...names].map(async (name) => ({
        name,
        answers: await Promise.all((['A', 'AAAA'] as const).map((type) => client.ask(name, type))),
      }))
      return { record, targets: await Promise.all(targets) }
    }),
  judge: (wanted, _, seen) => judgeMx(wanted, seen),
})

export function judgeMx(wanted: Wanted, { record, targets }: SeenMx): Report {
  const subject = `${wanted.domain} MX`
  return {
    findings: judgeSeen(
      record,
      (answer) => judgeRecords(wanted, subject, valuesOf(answer), targets),
      (text) => finding.unknown('mx-missing', { subject, text }),
    ),
  }
}

function judgeRecords(
  wanted: Wanted,
  subject: string,
  values: readonly string[],
  targets: readonly SeenTarget[],
): readonly Finding[] {
  const names = values.map(targetOf)
  if (names.includes('.')) {
    const text = 'a null MX: the domain refuses all mail'
    const remedy = wanted.records.map((record) => zoneLine(wanted.domain, 'MX', record)).join('\n')
    return [finding.wrong('mx-null', { subject, text, seen: values.join('\n'), remedy })]
  }
  const hasOwn = wanted.records.some((record) => names.includes(targetOf(record)))
  return [
    ...wanted.records.map((record) => judgeOwn(wanted.domain, subject, record, names, hasOwn)),
    ...targets
      .filter(({ name }) => names.includes(name))
      .flatMap((target) => judgeTarget(wanted, subject, target, values, hasOwn)),
  ]
}

function judgeOwn(domain: string, subject: string, record: string, names: readonly string[], hasOwn: boolean): Finding {
  const name = targetOf(record).replace(/\.$/, '')
  if (names.includes(targetOf(record))) return finding.right('mx-missing', { subject, text: `leads to ${name}` })
  return finding.wrong('mx-missing', {
    subject,
    text: names.length === 0 ? 'there is no MX record' : `does not lead to ${name}`,
    remedy: zoneLine(domain, 'MX', record),
    importance: hasOwn ? 'recommended' : 'required',
  })
}

function judgeTarget(
  wanted: Wanted,
  subject: string,
  { name, answers }: SeenTarget,
  values: readonly string[],
  hasOwn: boolean,
): readonly Finding[] {
  const host = name.replace(/\.$/, '')
  const alias = answers.find(({ aliases }) => aliases.length > 0)?.aliases.at(-1)
  const isWanted = wanted.records.some((record) => targetOf(record) === name)
  const addresses = answers.flatMap(valuesOf)
  const strange = addresses.filter((one) => !wanted.addresses.some((own) => parseIp(own)?.bits === parseIp(one)?.bits))
  const aliased = alias === undefined ? [] : [judgeAlias(wanted, subject, host, alias)]
  if (strange.length === 0 && isWanted) return aliased
  if (strange.length === 0 && addresses.length > 0) {
    return [...aliased, finding.right('mx-elsewhere', { subject, text: `${host} is an own server, too` })]
  }
  const failed = answers.find(({ status }) => status === 'failed')
  if (failed && addresses.length === 0) {
    return [finding.unknown('mx-elsewhere', { subject, text: `${host}: ${failed.error}` })]
  }
  const where = strange.length === 0 ? 'which has no address' : `at ${strange.join(', ')}, which is none of ours`
  const records = values.filter((value) => targetOf(value) === name)
  return [...aliased, judgeStranger(wanted, subject, records, `leads to ${host}, ${where}`, hasOwn)]
}

function judgeAlias({ domain, records }: Wanted, subject: string, host: string, alias: string): Finding {
  const isOwn = records.some((record) => targetOf(record) === `${host}.`)
  const remedy = isOwn
    ? `A and AAAA records of ${host} in place of its CNAME`
    : records.map((record) => zoneLine(domain, 'MX', record)).join('\n')
  return finding.wrong('mx-alias', { subject, text: `${host} is an alias of ${alias.replace(/\.$/, '')}`, remedy })
}

function judgeStranger(
  { domain, left_out }: Wanted,
  subject: string,
  records: readonly string[],
  text: string,
  hasOwn: boolean,
): Finding {
  if (left_out.length > 0) {
    return finding.unknown('mx-elsewhere', { subject, text: `${text}, unless it is one of ${left_out.join(', ')}` })
  }
  return finding.wrong('mx-elsewhere', {
    subject,
    text,
    remedy: [
      `remove ${records.map((record) => zoneLine(domain, 'MX', record)).join(', ')}`,
      `or, where others are to receive the mail: domains: { ${domain}: { receives: false } }`,
    ].join('\n'),
    importance: hasOwn ? 'recommended' : 'required',
  })
}

function targetOf(record: string): string {
  return record.replace(/^\d+ /, '')
}
