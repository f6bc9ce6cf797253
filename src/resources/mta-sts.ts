import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsAnswer } from '../mail/dns-answer.ts'
import { parseMtaStsPolicy, type ReadMtaStsPolicy, readMtaStsId } from '../mail/mta-sts-policy.ts'
import { coversName } from '../mail/name-pattern.ts'
import { getHttps, type HttpsOutcome } from '../network/https.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { address, domainName, resolver } from './probe-fields.ts'
import { caBundle, longestLook, patienceOf, readCaBundle, timeout } from './server-fields.ts'

const params = () =>
  z.strictObject({
    domain: domainName().describe('The mail domain.'),
    mode: z.enum(['enforce', 'testing', 'none']).describe('The mode that is wanted. Default: any.').optional(),
    mx: z.array(domainName()).describe('Host names of the MX records. Default: what DNS says.').optional(),
    address: address().describe('Ask the web server at this address, whatever mta-sts.DOMAIN has.').optional(),
    ca_bundle: caBundle(),
    timeout: timeout(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'domain' | 'mode' | 'mx'>

const kinds = {
  'mta-sts-missing': {
    importance: 'optional',
    summary: 'The domain has no MTA-STS: senders do not insist on TLS to it (RFC 8461)',
    remedy: 'Publish a policy and its record, in mode testing first',
  },
  'mta-sts-record-wrong': {
    importance: 'recommended',
    summary: 'There is a policy of MTA-STS, but no valid record that tells senders of it',
    remedy: '_mta-sts.DOMAIN. TXT "v=STSv1; id=SERIAL"',
  },
  'mta-sts-policy-unreachable': {
    importance: 'recommended',
    summary: 'There is a record of MTA-STS, but its policy cannot be fetched',
    remedy: 'curl -i https://mta-sts.DOMAIN/.well-known/mta-sts.txt',
  },
  'mta-sts-policy-wrong': {
    importance: 'recommended',
    summary: 'The policy of MTA-STS has a mistake, or is not the one that is wanted',
    remedy: 'Correct the file, and then the id of the record',
  },
  'mta-sts-mx-different': {
    importance: 'required',
    summary: 'The policy of MTA-STS does not name the hosts of the MX records; advice unless it is enforced',
    remedy: 'Name each MX in the policy, wait for its max_age, and only then change MX records',
  },
} as const

const finding = findingsOf(kinds)

/** Senders are to remember a policy for weeks; what they forget within a day protects little (RFC 8461 section 3.2). */
const shortestAge = 86_400

export interface SeenMtaSts {
  readonly record: DnsAnswer
  readonly mx: DnsAnswer
  readonly policy: HttpsOutcome
}

export const mtaSts = probe({
  name: 'mta_sts',
  summary: 'See whether the MTA-STS of a domain is published, and agrees with its MX records.',
  description: `Looks up the record at \`_mta-sts.DOMAIN\`, fetches \`https://mta-sts.DOMAIN/.well-known/mta-sts.txt\` as a sender does (valid certificate, no redirect), and compares its hosts with the MX records both ways.
\`register\` keeps \`id\`, \`mode\`, \`mx\` and \`max_age\`.`,
  examples: `
- name: MTA-STS
  mta_sts: { domain: example.org, mode: enforce }
`,
  params,
  findings: kinds,
  async look({ domain, address, ca_bundle, timeout, resolver: setting }, _, { signal }) {
    const ca = await readCaBundle(ca_bundle)
    return within(longestLook, signal, async (soon): Promise<SeenMtaSts> => {
      const client = clientInTime(resolverClient(setting), soon)
      const url = new URL(`https://mta-sts.${domain}/.well-known/mta-sts.txt`)
      const [record, mx, policy] = await Promise.all([
        client.ask(`_mta-sts.${domain}`, 'TXT'),
        client.ask(domain, 'MX'),
        getHttps(url, { ...patienceOf(timeout, soon), resolver: client, address, ca }),
      ])
      return { record, mx, policy }
    })
  },
  judge: (wanted, _, seen) => judgeMtaSts(wanted, seen),
})

export function judgeMtaSts(wanted: Wanted, { record, mx, policy }: SeenMtaSts): Report {
  const { domain } = wanted
  const subject = `${domain} MTA-STS`
  const id = readMtaStsId(record.records.map(({ value }) => value))
  const body = readPolicy(policy)
  if (record.status === 'failed') {
    return { findings: [finding.unknown('mta-sts-record-wrong', { subject, text: record.error ?? 'no answer' })] }
  }
  const isPublished = record.records.some(({ value }) => value.startsWith('v=STSv1'))
  if (!isPublished && typeof body === 'object' && 'missing' in body) {
    if (wanted.mode === 'none') {
      return { findings: [finding.right('mta-sts-missing', { subject, text: 'none, and none is wanted' })] }
    }
    const remedy = `serve https://mta-sts.${domain}/.well-known/mta-sts.txt, then _mta-sts.${domain}. TXT "v=STSv1; id=1"`
    return { findings: [finding.wrong('mta-sts-missing', { subject, text: 'is not published', remedy })] }
  }
  const findings = [
    ...(isPublished ? [finding.right('mta-sts-missing', { subject, text: 'is published' })] : []),
    judgeRecord(domain, id),
    ...judgePolicy(wanted, body),
    ...('policy' in body ? judgeHosts(wanted, mx, body.policy) : []),
  ]
  const read = 'policy' in body ? body.policy : undefined
  return {
    findings,
    result: {
      id: 'id' in id ? id.id : null,
      ...(read ? { mode: read.mode, mx: read.mx, max_age: read.maxAge } : {}),
    },
  }
}

type Body =
  | { readonly policy: ReadMtaStsPolicy; readonly mistakes: readonly string[] }
  | { readonly mistakes: readonly string[] }
  | { readonly missing: string; readonly isOurs: boolean }

function readPolicy(seen: HttpsOutcome): Body {
  if (seen.outcome === 'failed') return { missing: seen.why, isOurs: seen.isOurs }
  if (seen.status !== 200) {
    const where = seen.location === undefined ? '' : `, which sends to ${seen.location}`
    return { missing: `the status is ${seen.status} instead of 200${where}`, isOurs: false }
  }
  const mistakes = seen.type === 'text/plain' ? [] : [`it is served as ${seen.type || 'no type'} instead of text/plain`]
  const read = parseMtaStsPolicy(seen.body)
  return 'mistakes' in read ? { mistakes: [...mistakes, ...read.mistakes] } : { policy: read, mistakes }
}

function judgeRecord(domain: string, id: ReturnType<typeof readMtaStsId>): Finding {
  const subject = `_mta-sts.${domain} TXT`
  if ('id' in id) return finding.right('mta-sts-record-wrong', { subject, text: `has the id ${id.id}` })
  const remedy = `_mta-sts.${domain}. TXT "v=STSv1; id=1", and another id whenever the policy changes`
  return finding.wrong('mta-sts-record-wrong', { subject, text: id.mistake, remedy })
}

function judgePolicy({ domain, mode }: Wanted, body: Body): readonly Finding[] {
  const subject = `mta-sts.${domain} policy`
  if ('missing' in body) {
    const found = { subject, text: body.missing, remedy: `curl -i https://mta-sts.${domain}/.well-known/mta-sts.txt` }
    const verdict = body.isOurs ? finding.unknown : finding.wrong
    return [verdict('mta-sts-policy-unreachable', found)]
  }
  const fetched = finding.right('mta-sts-policy-unreachable', { subject, text: 'is served' })
  const read = 'policy' in body ? body.policy : undefined
  const mistakes = [
    ...body.mistakes,
    ...(read && mode !== undefined && read.mode !== mode ? [`the mode is ${read.mode} instead of ${mode}`] : []),
    ...(read && read.mode !== 'none' && read.maxAge < shortestAge
      ? [`max_age is ${read.maxAge} s: senders forget it within a day`]
      : []),
  ]
  if (mistakes.length === 0) {
    return [fetched, finding.right('mta-sts-policy-wrong', { subject, text: `has the mode ${read?.mode}` })]
  }
  const remedy = `correct mta-sts.txt, then change the id at _mta-sts.${domain}`
  return [fetched, finding.wrong('mta-sts-policy-wrong', { subject, text: mistakes.join('; '), remedy })]
}

// Both ways: a host that the policy leaves out gets no mail when it is enforced; one too many only waits to be abused.
function judgeHosts(wanted: Wanted, answer: DnsAnswer, { mode, mx: patterns }: ReadMtaStsPolicy): readonly Finding[] {
  const subject = `${wanted.domain} MX`
  if (mode === 'none') return []
  const importance = mode === 'enforce' ? 'required' : 'recommended'
  if (wanted.mx === undefined && answer.status === 'failed') {
    return [finding.unknown('mta-sts-mx-different', { subject, text: answer.error ?? 'no answer', importance })]
  }
  const hosts = wanted.mx ?? answer.records.map(({ value }) => value.replace(/^\d+ /, '').replace(/\.$/, ''))
  const left = hosts.filter((host) => !coversName(patterns, host))
  const idle = patterns.filter((pattern) => !hosts.some((host) => coversName([pattern], host)))
  const mistakes = [
    ...left.map((host) => `the policy does not name ${host}`),
    ...idle.map((pattern) => `the policy names ${pattern}, which no MX is`),
  ]
  if (mistakes.length === 0) {
    return [finding.right('mta-sts-mx-different', { subject, text: 'agrees with the policy', importance })]
  }
  return [
    finding.wrong('mta-sts-mx-different', {
      subject,
      text: mistakes.join('; '),
      remedy: `in mta-sts.txt: ${hosts.map((host) => `mx: ${host}`).join(', ')}; then another id at _mta-sts.${wanted.domain}`,
      importance: left.length > 0 ? importance : 'recommended',
    }),
  ]
}
