import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { caaValues } from '../mail/caa.ts'
import { allowsIssue, caaMistakes } from '../mail/caa-set.ts'
import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import { judgeSeen, newestAnswer, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { domainName, resolver } from './probe-fields.ts'
import { nameServers, zoneLine } from './record-fields.ts'
import { longestLook } from './server-fields.ts'

const params = () =>
  z.strictObject({
    domain: domainName().describe('The domain of the certificate, which is for its wildcard, too.'),
    authority: domainName().describe('The CA that issues it, as CAA records call it: `letsencrypt.org`.'),
    accounts: z
      .array(z.url())
      .describe('The ACME accounts that ask for it. Default: a record that names an account is not compared.')
      .default([]),
    wanted: z.boolean().describe('There should be records.').default(false),
    servers: nameServers(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'domain' | 'authority' | 'accounts' | 'wanted'>

const kinds = {
  'caa-missing': {
    importance: 'recommended',
    summary: 'There are no CAA records, though the inventory wants them: any CA may issue certificates',
    remedy: 'Add the records that are shown',
  },
  'caa-refuses': {
    importance: 'required',
    summary: 'CAA records do not let the CA in use issue: the next renewal fails',
    remedy: 'Add the records that are shown',
  },
  'caa-syntax': {
    importance: 'recommended',
    summary: 'A CAA record has a mistake, so that it says nothing or forbids everything',
    remedy: 'Correct or remove the record that is named',
  },
} as const

const finding = findingsOf(kinds)

export interface SeenCaa {
  readonly record: SeenRecord
  /** Those of a domain above, which count where the domain has none itself. */
  readonly above: { readonly name: string; readonly answer: DnsAnswer } | undefined
}

export const caa = probe({
  name: 'caa',
  summary:
    'See whether CAA records let the certificate authority in use issue certificates for a domain and its wildcard.',
  description: `Reads the records at every server of the zone and through the resolver; where the domain has none, those of the nearest domain above count (RFC 8659 section 3).`,
  examples: `
- name: CAA of example.org
  caa: { domain: example.org, authority: letsencrypt.org }
`,
  params,
  findings: kinds,
  look: ({ domain, servers = [], resolver: setting }, _, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenCaa> => {
      const client = clientInTime(resolverClient(setting), soon)
      const record = await askEverywhere(domain, 'CAA', { resolver: client, servers }, soon)
      const isThere = valuesOf(newestAnswer(record)).length > 0
      return { record, above: isThere ? undefined : await climb(domain, client) }
    }),
  judge: (wanted, _, seen) => judgeCaa(wanted, seen),
})

async function climb(domain: string, client: DnsClient): Promise<SeenCaa['above']> {
  const labels = domain.split('.').slice(1)
  const names = labels.map((_, index) => labels.slice(index).join('.'))
  const answers = await Promise.all(names.map(async (name) => ({ name, answer: await client.ask(name, 'CAA') })))
  return answers.find(({ answer }) => answer.status === 'found')
}

export function judgeCaa(wanted: Wanted, { record, above }: SeenCaa): Report {
  const subject = `${wanted.domain} CAA`
  return {
    findings: judgeSeen(
      record,
      (answer) => {
        const own = valuesOf(answer)
        return judgeSet(wanted, subject, own, own.length > 0 ? own : above ? valuesOf(above.answer) : [])
      },
      (text) => finding.unknown('caa-refuses', { subject, text }),
    ),
  }
}

function judgeSet(
  wanted: Wanted,
  subject: string,
  own: readonly string[],
  values: readonly string[],
): readonly Finding[] {
  const { domain, authority } = wanted
  const accounts = wanted.accounts.length > 0 ? wanted.accounts : [undefined]
  const mistakes = caaMistakes(values)
  const refused = accounts.flatMap((account) =>
    (['issue', 'issuewild'] as const)
      .filter((tag) => !allowsIssue(values, tag, { authority, account }))
      .map((tag) => ({ tag, account })),
  )
  const lines = (some: readonly (string | undefined)[]) =>
    some
      .flatMap((account) => (account === undefined ? plainValues(authority) : caaValues(authority, account)))
      .map((value) => zoneLine(domain, 'CAA', value))
      .join('\n')
  if (refused.length > 0) {
    const tags = [...new Set(refused.map(({ tag }) => (tag === 'issue' ? 'names' : 'wildcards')))].join(' and ')
    const whose = refused.some(({ account }) => account !== undefined && names(values, authority))
      ? ' with our account'
      : ''
    const text = `${authority} may not issue for ${tags}${whose}`
    const remedy = lines([...new Set(refused.map(({ account }) => account))])
    return [finding.wrong('caa-refuses', { subject, text, seen: values.join('\n'), remedy })]
  }
  const allowed = finding.right('caa-refuses', {
    subject,
    text: values.length > 0 ? `lets ${authority} issue` : 'none: every CA may issue',
  })
  if (mistakes.length > 0) {
    const remedy = `correct or remove it at ${domain}`
    return [allowed, finding.wrong('caa-syntax', { subject, text: mistakes.join('; '), remedy })]
  }
  if (!wanted.wanted) return [allowed]
  return own.length > 0
    ? [allowed, finding.right('caa-missing', { subject, text: 'only named CAs may issue' })]
    : [allowed, finding.wrong('caa-missing', { subject, text: 'there are no CAA records', remedy: lines(accounts) })]
}

function plainValues(authority: string): readonly string[] {
  return [`0 issue "${authority}"`, `0 issuewild "${authority}"`]
}

function names(values: readonly string[], authority: string): boolean {
  return values.some((value) => value.toLowerCase().includes(`"${authority}`))
}
