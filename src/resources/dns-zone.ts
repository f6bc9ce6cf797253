import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { foreignServers, judgeElsewhere, judgeRecords, type Row, type ZoneSeen } from '../mail/judge-zone.ts'
import { formatOneString } from '../mail/zone-file.ts'
import { isWrong, stateText, zoneFileText, zoneSummary, zoneText } from '../mail/zone-table.ts'
import { surveyZone } from '../network/survey-zone.ts'
import { elsewhereList, mailRecordList, toElsewhere, toMailRecords } from './mail-record-fields.ts'
import { duration, line } from './params.ts'
import { domainName, resolver } from './probe-fields.ts'
import { nameServers } from './record-fields.ts'

const params = () =>
  z
    .strictObject({
      domain: domainName().describe('The domain. Its zone is looked for from here upwards.'),
      records: mailRecordList().default([]),
      elsewhere: elsewhereList().default([]),
      left_out: z.array(line()).describe('Hosts whose records are not known.').default([]),
      servers: nameServers(),
      resolver: resolver(),
      wait: duration()
        .describe('How long to look again until all servers have everything: for records that were sent just now.')
        .optional(),
      ttl: z.int().min(0).describe('Seconds, for the zone file.').default(300),
      table: z
        .boolean()
        .describe('Say in a line how the records stand, and make texts to copy. `false`: findings only.')
        .default(true),
    })
    .superRefine(({ records, domain }, context) => {
      records.forEach((one, index) => {
        try {
          toMailRecords([one], domain)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          context.addIssue({ code: 'custom', path: ['records', index, 'value'], message: error.message })
        }
      })
    })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'record-missing': {
    importance: 'required',
    summary: 'A record is not in DNS',
    remedy: 'Add the record that is shown.',
  },
  'record-different': {
    importance: 'required',
    summary: 'A record says something else than it should',
    remedy: 'Replace it with the record that is shown.',
  },
  'spf-second': {
    importance: 'required',
    summary: 'A name has two SPF records, so that every check fails (RFC 7208 section 4.5)',
    remedy: 'Replace both with the one that is shown.',
  },
  'mx-of-others': {
    importance: 'recommended',
    summary: 'Servers of others receive the mail of the domain',
    remedy: 'Write "receives: false" for the domain where that is meant, or remove their MX records.',
  },
  'cname-in-the-way': {
    importance: 'required',
    summary: 'A name that needs records of its own is an alias (CNAME)',
    remedy: 'Remove the CNAME and add the record that is shown.',
  },
  'servers-disagree': {
    importance: 'recommended',
    summary: 'The servers of the zone do not all say the same',
    remedy: 'Wait until all of them have the new zone; if they stay behind, look at zone transfers and serial numbers.',
  },
  'zone-not-delegated': {
    importance: 'required',
    summary: 'The domain is in no zone that DNS leads to',
    remedy: 'Register the domain, and have its registrar delegate it to your name servers.',
  },
  'server-lame': {
    importance: 'recommended',
    summary: 'A name server of the zone does not answer for it',
    remedy: 'Repair the server, or take it out of the NS records and the delegation.',
  },
} as const

const finding = findingsOf(kinds)

export const dnsZone = probe({
  name: 'dns_zone',
  summary: "Compare the records of a domain with what the zone's own servers say.",
  description: `Asks every authoritative server. Spelling that means the same is the same; SPF is compared by whom it allows, DKIM by its key, and an SPF record is merged with the one that is there.
\`--output text\` prints the values to copy into the panel of a provider, \`--output zone\` a zone file. \`register\` keeps \`zone_file\`.`,
  examples: `
- dns_zone:
    domain: example.org
    records:
      - { name: smtp, type: AAAA, value: "2001:db8::25", reason: mail leaves over IPv6 }
      - { name: "@", type: MX, value: "10 smtp.example.org." }
`,
  params,
  findings: kinds,
  look: async (wanted, _now, { signal }) => {
    const deadline = performance.now() + (wanted.wait ?? 0) * 1000
    for (;;) {
      const seen = await survey(wanted, signal)
      const rows = judgeRecords(toMailRecords(wanted.records, wanted.domain), seen.asked)
      const isDone = rows.length > 0 && !rows.some(({ state }) => ['missing', 'different', 'disagree'].includes(state))
      if (isDone || signal.aborted || performance.now() > deadline) return seen
      await sleep(500, undefined, { signal }).catch(() => undefined)
    }
  },
  judge: (wanted, _now, seen) => judgeZone(wanted, seen),
})

function survey(wanted: Wanted, signal: AbortSignal): Promise<ZoneSeen> {
  const { domain, records, elsewhere, resolver, servers = [] } = wanted
  const questions = toMailRecords(records, domain)
  return surveyZone({ domain, questions, elsewhere: toElsewhere(elsewhere), resolver, servers }, signal)
}

/** Pure. */
export function judgeZone(wanted: Wanted, seen: ZoneSeen): Report {
  const { domain, left_out: leftOut, ttl } = wanted
  const records = toMailRecords(wanted.records, domain)
  // With hosts unknown, nobody can say whose servers those are.
  const isComplete = leftOut.length === 0
  const rows = judgeRecords(records, seen.asked).map((row) =>
    row.state !== 'foreign' || isComplete ? row : unknownWhose(row),
  )
  const foreign = isComplete ? foreignServers(records, seen.asked) : []
  const elsewhere = judgeElsewhere(toElsewhere(wanted.elsewhere), seen.elsewhere)
  const report = { domain, servers: seen.servers, rows, elsewhere, leftOut }
  const zoneFile = zoneFileText(report, ttl)
  return {
    findings: [...delegation(domain, seen), ...rows.flatMap(judgeRow), ...strangers(domain, foreign)],
    ...(wanted.table ? { message: zoneSummary(report), documents: { text: zoneText(report), zone: zoneFile } } : {}),
    result: { domain, zone_file: zoneFile, wrong: rows.filter(isWrong).length },
  }
}

function unknownWhose(row: Row): Row {
  return { ...row, state: 'unknown', note: `whose ${row.seen.join(', ')} is cannot be told without the other hosts` }
}

function delegation(domain: string, { zone, problems }: ZoneSeen): readonly Finding[] {
  const subject = domain
  if (zone === undefined) {
    return problems.map((text) => {
      // What nobody could be asked about may well be there.
      const make = text.includes('is not delegated') ? finding.wrong : finding.unknown
      return make('zone-not-delegated', { subject, text, remedy: kinds['zone-not-delegated'].remedy })
    })
  }
  return problems.length === 0
    ? [finding.right('server-lame', { subject, text: 'all of its name servers answer' })]
    : problems.map((text) => finding.wrong('server-lame', { subject, text, remedy: kinds['server-lame'].remedy }))
}

function strangers(domain: string, foreign: readonly string[]): readonly Finding[] {
  if (foreign.length === 0) return []
  const text = `others receive mail of ${domain}: MX ${foreign.join(', ')}`
  return [finding.wrong('mx-of-others', { subject: `${domain} MX`, text, remedy: kinds['mx-of-others'].remedy })]
}

function judgeRow(row: Row): Finding | readonly [] {
  const { record, state, value, seen, note } = row
  const name = record.name.replace(/\.$/, '')
  const subject = `${name} ${record.type}`
  const { importance } = record
  const remedy = formatOneString({ ...record, value })
  const details = { subject, importance, remedy }
  switch (state) {
    case 'right':
      return finding.right('record-missing', { subject, importance, text: 'as wanted' })
    case 'unknown':
      return finding.unknown('record-missing', { subject, importance, text: note ?? 'nobody could be asked' })
    case 'missing':
      return finding.wrong('record-missing', { ...details, text: because('missing', record.reason) })
    case 'different':
      return finding.wrong('record-different', { ...details, text: because(stateText(row), record.reason) })
    case 'second':
      return finding.wrong('spf-second', {
        ...details,
        text: because(stateText(row), record.reason),
        seen: seen.join('\n'),
      })
    case 'alias':
      return finding.wrong('cname-in-the-way', { ...details, text: because(stateText(row), record.reason) })
    case 'disagree':
      return finding.wrong('servers-disagree', { subject, remedy, text: 'servers disagree', seen: note })
    case 'foreign':
      // Told once for the domain, as mx-foreign.
      return []
  }
}

function because(what: string, reason: string): string {
  return reason === '' ? what : `${what}: ${reason}`
}
