import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { judgeSeen, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { readTlsRpt } from '../mail/tls-rpt.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { line } from './params.ts'
import { domainName, resolver } from './probe-fields.ts'
import { nameServers, zoneLine } from './record-fields.ts'
import { longestLook } from './server-fields.ts'

const params = () =>
  z.strictObject({
    domain: domainName().describe('The mail domain.'),
    record: line().describe('What the record should say. Default: anything valid, or nothing.').optional(),
    servers: nameServers(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'domain' | 'record'>

const kinds = {
  'tls-rpt-missing': {
    importance: 'optional',
    summary: 'Nobody reports trouble with TLS on the way to the domain (RFC 8460), though the inventory wants that',
    remedy: 'Add the TXT record that is shown',
  },
  'tls-rpt-wrong': {
    importance: 'recommended',
    summary: 'The record for reports about TLS has a mistake, or sends them somewhere else than wanted',
    remedy: 'Replace the record with the one that is shown',
  },
} as const

const finding = findingsOf(kinds)

export const tlsRpt = probe({
  name: 'tls_rpt',
  summary: 'See whether the record by which others report trouble with TLS (TLS-RPT) is valid and as wanted.',
  description: `Reads the record at \`_smtp._tls.DOMAIN\`, at every server of the zone and through the resolver.`,
  examples: `
- name: TLS-RPT of example.org
  tls_rpt: { domain: example.org, record: "v=TLSRPTv1; rua=mailto:tls@example.org" }
`,
  params,
  findings: kinds,
  look: ({ domain, servers = [], resolver: setting }, _, { signal }) =>
    within(longestLook, signal, (soon) =>
      askEverywhere(
        `_smtp._tls.${domain}`,
        'TXT',
        { resolver: clientInTime(resolverClient(setting), soon), servers },
        soon,
      ),
    ),
  judge: (wanted, _, seen) => judgeTlsRpt(wanted, seen),
})

export function judgeTlsRpt(wanted: Wanted, seen: SeenRecord): Report {
  return {
    findings: judgeSeen(
      seen,
      (answer) => [judgeRecords(wanted, valuesOf(answer))],
      (text) => finding.unknown('tls-rpt-missing', { subject: subjectOf(wanted), text }),
    ),
  }
}

function judgeRecords(wanted: Wanted, values: readonly string[]): Finding {
  const subject = subjectOf(wanted)
  const read = readTlsRpt(values)
  const target = read && 'rua' in read ? read.rua.join(',') : `mailto:tls@${wanted.domain}`
  const record = wanted.record ?? `v=TLSRPTv1; rua=${target}`
  const remedy = zoneLine(`_smtp._tls.${wanted.domain}`, 'TXT', record)
  if (read === undefined) {
    if (wanted.record === undefined)
      return finding.right('tls-rpt-missing', { subject, text: 'none, and none is wanted' })
    return finding.wrong('tls-rpt-missing', { subject, text: 'there is none', remedy })
  }
  const seen = values.join('\n')
  if ('mistake' in read) return finding.wrong('tls-rpt-wrong', { subject, text: read.mistake, seen, remedy })
  const others = readTlsRpt([record])
  if (others && 'rua' in others && others.rua.toSorted().join() !== read.rua.toSorted().join()) {
    const text = `reports go to ${read.rua.join(', ')}, not to ${others.rua.join(', ')}`
    return finding.wrong('tls-rpt-wrong', { subject, text, remedy })
  }
  return finding.right('tls-rpt-missing', { subject, text: `reports go to ${read.rua.join(', ')}` })
}

function subjectOf({ domain }: Wanted): string {
  return `${domain} TLS-RPT`
}
