import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { judgeSeen, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { lookAtEach, type MissingHost } from '../network/addresses.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { readServedTls, type ServedOutcome } from '../network/served-tls.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { domainName, resolver } from './probe-fields.ts'
import { nameServers, zoneLine } from './record-fields.ts'
import { longestLook, patienceOf, servers, tcpPort, timeout } from './server-fields.ts'

const params = () =>
  z.strictObject({
    name: domainName().describe('The name of the host, as MX records have it.'),
    host: servers().describe('Its addresses. Default: those of the name.'),
    port: tcpPort().describe('TCP port. TLS begins with STARTTLS, at 465 with the first byte.').default(25),
    wanted: z.boolean().describe('There should be a record.').default(false),
    timeout: timeout(),
    servers: nameServers(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'name' | 'port' | 'wanted'>

const kinds = {
  'tlsa-missing': {
    importance: 'optional',
    summary: 'There is no TLSA record, though the inventory wants one: senders with DANE do not insist on TLS',
    remedy: 'Add the record that is shown',
  },
  'tlsa-different': {
    importance: 'required',
    summary:
      'The TLSA record is of another key than the server has: senders with DANE do not deliver. Advice where the zone is not signed',
    remedy: 'Replace the record with the one that is shown, at every renewal that brings a new key',
  },
  'tlsa-unsigned': {
    importance: 'optional',
    summary: 'There is a TLSA record in a zone that is not signed (DNSSEC), where it counts for nothing',
    remedy: 'Let the zone be signed, or write "tlsa: false" for the domain',
  },
} as const

const finding = findingsOf(kinds)

export interface SeenServedKey {
  readonly address: string
  readonly outcome: ServedOutcome
}

export interface SeenTlsa {
  readonly record: SeenRecord
  readonly served: readonly (MissingHost | SeenServedKey)[]
}

export const tlsa = probe({
  name: 'tlsa',
  summary: 'See whether the TLSA record of a mail server (DANE) is of the key that it serves.',
  description: `Shakes hands with each address, and compares the key with the records \`3 1 1\` (RFC 7672 section 3.1); records of other kinds are not compared.
Whether the zone is signed is what a resolver says that validates, such as \`resolver: 9.9.9.9\` or one of your own.`,
  examples: `
- name: DANE of the server
  tlsa: { name: smtp.example.org }
`,
  params,
  findings: kinds,
  look: ({ name, host, port, ...wanted }, _, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenTlsa> => {
      const client = clientInTime(resolverClient(wanted.resolver), soon)
      const everywhere = { resolver: client, servers: wanted.servers ?? [] }
      const [record, served] = await Promise.all([
        askEverywhere(recordName(name, port), 'TLSA', everywhere, soon),
        lookAtEach(host.length > 0 ? host : [name], 'any', client, async (address) => ({
          address,
          outcome: await readServedTls(
            { address, port },
            port === 465 ? 'implicit' : 'smtp',
            { servername: name },
            patienceOf(wanted.timeout, soon),
          ),
        })),
      ])
      return { record, served }
    }),
  judge: (wanted, _, seen) => judgeTlsa(wanted, seen),
})

export function judgeTlsa(wanted: Wanted, { record, served }: SeenTlsa): Report {
  const name = recordName(wanted.name, wanted.port)
  const subject = `${name} TLSA`
  const keys = served.flatMap((one) =>
    !('missing' in one) && one.outcome.outcome === 'served'
      ? [{ address: one.address, key: one.outcome.served.certificate.keyHash }]
      : [],
  )
  const remedy = [...new Set(keys.map(({ key }) => zoneLine(name, 'TLSA', `3 1 1 ${key}`)))].join('\n')
  const judge = (values: readonly string[]): readonly Finding[] => {
    if (values.length === 0) {
      if (!wanted.wanted) return [finding.right('tlsa-missing', { subject, text: 'none, and none is wanted' })]
      return [finding.wrong('tlsa-missing', { subject, text: 'there is none', remedy })]
    }
    if (keys.length === 0)
      return [finding.unknown('tlsa-different', { subject, text: 'no key was seen to compare with' })]
    const isSigned = record.resolver.answer.authenticated
    return [judgeKeys(subject, values, keys, isSigned, remedy), judgeSigned(subject, isSigned, record.resolver.server)]
  }
  return {
    findings: judgeSeen(
      record,
      (answer) => judge(valuesOf(answer)),
      (text) => finding.unknown('tlsa-different', { subject, text }),
    ),
  }
}

function judgeKeys(
  subject: string,
  values: readonly string[],
  keys: readonly { readonly address: string; readonly key: string }[],
  isSigned: boolean,
  remedy: string,
): Finding {
  const strange = keys.filter(({ key }) => !values.includes(`3 1 1 ${key}`)).map(({ address }) => address)
  if (strange.length === 0) return finding.right('tlsa-different', { subject, text: 'is of the key that is served' })
  const other = values.filter((value) => !value.startsWith('3 1 1 '))
  if (other.length > 0) {
    return finding.unknown('tlsa-different', {
      subject,
      text: `records of other kinds than 3 1 1: ${other.join(', ')}`,
    })
  }
  return finding.wrong('tlsa-different', {
    subject,
    text: `is not of the key that ${strange.join(' and ')} ${strange.length === 1 ? 'serves' : 'serve'}`,
    seen: values.join('\n'),
    remedy,
    importance: isSigned ? 'required' : 'recommended',
  })
}

function judgeSigned(subject: string, isSigned: boolean, resolver: string): Finding {
  if (isSigned) return finding.right('tlsa-unsigned', { subject, text: 'is signed' })
  return finding.wrong('tlsa-unsigned', {
    subject,
    text: `counts for nothing: the zone is not signed, or ${resolver} does not validate`,
    remedy: kinds['tlsa-unsigned'].remedy,
  })
}

function recordName(name: string, port: number): string {
  return `_${port}._tcp.${name}`
}
