import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { canonicalValue, RECORD_TYPES } from '../mail/dns-record.ts'
import { isExactByNature } from '../mail/rrset.ts'
import { judgeSeen, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { line, oneOrMore } from './params.ts'
import { domainName, importance, resolver } from './probe-fields.ts'
import { nameServers, zoneLine } from './record-fields.ts'
import { longestLook } from './server-fields.ts'

const params = () =>
  z
    .strictObject({
      name: domainName().describe('The full name.'),
      type: z.enum(RECORD_TYPES).describe('Type of the records.'),
      value: oneOrMore(line())
        .describe(
          'Values that have to be there, as in a zone file; a TXT value as plain text, however long. Default: any.',
        )
        .optional(),
      exact: z
        .boolean()
        .describe('Nothing else may be there. Default: true, except for CAA, MX, NS and TXT, to which others may add.')
        .optional(),
      state: z.enum(['present', 'absent']).describe('`absent`: there may be none.').default('present'),
      secure: z
        .boolean()
        .describe('The answer has to be signed (DNSSEC), as a resolver that validates says.')
        .default(false),
      importance: importance('required'),
      servers: nameServers(),
      resolver: resolver(),
    })
    .refine(({ state, value, secure }) => state === 'present' || (value === undefined && !secure), {
      path: ['state'],
      error: 'what is absent has no value and no signature',
    })
    .superRefine(({ type, value = [] }, context) => {
      for (const text of value) {
        try {
          canonicalValue(type, text, '.')
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          context.addIssue({ code: 'custom', path: ['value'], message: error.message })
        }
      }
    })

type Wanted = Pick<
  z.output<ReturnType<typeof params>>,
  'name' | 'type' | 'value' | 'exact' | 'state' | 'secure' | 'importance'
>

const kinds = {
  'dns-missing': {
    importance: 'required',
    summary: 'A record is not there',
    remedy: 'Add the record that is shown',
  },
  'dns-different': {
    importance: 'required',
    summary: 'Records say something else than they should',
    remedy: 'Replace them with the record that is shown',
  },
  'dns-unexpected': {
    importance: 'required',
    summary: 'A record is there that should not be',
    remedy: 'Remove the record that is shown',
  },
  'dns-unsigned': {
    importance: 'required',
    summary: 'An answer is not signed, or the resolver does not validate (DNSSEC)',
    remedy: 'Let the provider sign the zone, and put the DS record that it shows into the panel of the registrar',
  },
} as const

const finding = findingsOf(kinds)

export const dns = probe({
  name: 'dns',
  summary: 'See whether records are in DNS, at every server of their zone and through a resolver.',
  description: `Where the servers of the zone have it right and only the resolver does not, it still remembers what was there: that is unknown, and no fault. \`register\` keeps \`values\` and \`secure\`.`,
  examples: `
- name: The web site stays where it is
  dns: { name: www.example.org, type: A, value: 192.0.2.80 }
- name: Nothing points at the old server
  dns: { name: old.example.org, type: A, state: absent }
- name: The zone is signed
  dns: { name: example.org, type: NS, secure: true, resolver: 9.9.9.9 }
`,
  params,
  findings: kinds,
  look: ({ name, type, servers = [], resolver: setting }, _, { signal }) =>
    within(longestLook, signal, (soon) =>
      askEverywhere(name, type, { resolver: clientInTime(resolverClient(setting), soon), servers }, soon),
    ),
  judge: (wanted, _, seen) => judgeDns(wanted, seen),
})

export function judgeDns(wanted: Wanted, seen: SeenRecord): Report {
  const subject = `${wanted.name} ${wanted.type}`
  const { importance } = wanted
  const { answer, server } = seen.resolver
  const findings = judgeSeen(
    seen,
    (said) => [judgeValues(wanted, subject, valuesOf(said))],
    (text) => finding.unknown('dns-missing', { subject, text }),
  )
  const signed = wanted.secure && answer.status !== 'failed' ? [judgeSigned(subject, answer.authenticated, server)] : []
  return {
    findings: [...findings, ...signed].map((one) => ({ ...one, importance })),
    result: { values: valuesOf(answer), secure: answer.authenticated },
  }
}

function judgeValues(
  { name, type, value, exact, state }: Wanted,
  subject: string,
  present: readonly string[],
): Finding {
  const shown = (values: readonly string[]) => values.map((one) => zoneLine(name, type, one)).join('\n')
  if (state === 'absent') {
    if (present.length === 0) return finding.right('dns-unexpected', { subject, text: 'is not there' })
    const text = `there is ${present.length === 1 ? 'one' : present.length}`
    return finding.wrong('dns-unexpected', { subject, text, remedy: `remove\n${shown(present)}` })
  }
  const wanted = value?.map((one) => canonicalValue(type, one, '.')) ?? []
  const missing = wanted.filter((one) => !present.includes(one))
  const isExact = wanted.length > 0 && (exact ?? isExactByNature(type))
  const others = isExact ? present.filter((one) => !wanted.includes(one)) : []
  if (others.length > 0) {
    const text = `is ${present.join(', ')}, not ${wanted.join(', ')}`
    return finding.wrong('dns-different', { subject, text, remedy: shown(wanted) })
  }
  if (present.length > 0 && missing.length === 0) {
    return finding.right('dns-missing', { subject, text: `is ${present.join(', ')}` })
  }
  return finding.wrong('dns-missing', {
    subject,
    text: present.length === 0 ? 'is not there' : `is ${present.join(', ')}, without ${missing.join(', ')}`,
    remedy: missing.length > 0 ? shown(missing) : `a record ${name}. ${type}`,
  })
}

function judgeSigned(subject: string, isSigned: boolean, resolver: string): Finding {
  if (isSigned) return finding.right('dns-unsigned', { subject, text: 'is signed' })
  const text = `the zone is not signed, or ${resolver} does not validate`
  return finding.wrong('dns-unsigned', { subject, text, remedy: kinds['dns-unsigned'].remedy })
}
