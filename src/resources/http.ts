import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { findingsOf } from '../core/finding.ts'
import { getHttps, type HttpsOutcome } from '../network/https.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { address, resolver } from './probe-fields.ts'
import { caBundle, expectedText, isExpected, longestLook, patienceOf, readCaBundle, timeout } from './server-fields.ts'

const params = () =>
  z.strictObject({
    url: z
      .url({ protocol: /^https$/, error: 'must be a URL that begins with https://' })
      .describe('What to get; the certificate has to be valid.'),
    status: z.int().min(100).max(599).describe('The status that is wanted.').default(200),
    body: expectedText().describe('What the body has to contain; `/…/` is a regular expression.').optional(),
    redirects: z.int().min(0).max(10).describe('How many redirects are followed.').default(0),
    address: address().describe('Connect to this address, whatever addresses the host of the URL has.').optional(),
    ca_bundle: caBundle(),
    timeout: timeout(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'url' | 'status' | 'body'>

const kinds = {
  'http-unreachable': {
    importance: 'required',
    summary: 'A web server cannot be asked: it has no address, does not answer, or its certificate is not valid',
    remedy:
      'See on the host whether the web server runs, and compare its name with its certificate and A and AAAA records',
  },
  'http-different': {
    importance: 'required',
    summary: 'A web server answers with another status or page than is wanted',
    remedy: 'Look at the page: curl -i URL',
  },
} as const

const finding = findingsOf(kinds)

export const http = probe({
  name: 'http',
  summary: 'Get a page over HTTPS and compare it with what is wanted.',
  description: `Asks once, from here. At most 64 KB are read, and redirects are not followed unless \`redirects\` says so. \`register\` keeps \`status\`, \`type\` and \`body\`.`,
  examples: `
- name: The policy of MTA-STS is served
  http: { url: "https://mta-sts.example.org/.well-known/mta-sts.txt", body: "version: STSv1" }
`,
  params,
  findings: kinds,
  async look({ url, address, redirects, ca_bundle, timeout, resolver: setting }, _, { signal }) {
    const ca = await readCaBundle(ca_bundle)
    return within(longestLook, signal, (soon) =>
      getHttps(new URL(url), {
        ...patienceOf(timeout, soon),
        resolver: resolverClient(setting),
        address,
        ca,
        redirects,
      }),
    )
  },
  judge: (wanted, _, seen) => judgeHttp(wanted, seen),
})

export function judgeHttp({ url, status, body }: Wanted, seen: HttpsOutcome): Report {
  const subject = url
  if (seen.outcome === 'failed') {
    if (seen.isOurs) return { findings: [finding.unknown('http-unreachable', { subject, text: seen.why })] }
    return { findings: [finding.wrong('http-unreachable', { subject, text: seen.why, remedy: `curl -v ${url}` })] }
  }
  const mistakes = [
    ...(seen.status === status ? [] : [`the status is ${seen.status} instead of ${status}`]),
    ...(body === undefined || isExpected(body, seen.body) ? [] : [`the page does not contain ${body}`]),
  ]
  const different =
    mistakes.length === 0
      ? finding.right('http-different', { subject, text: 'is as wanted' })
      : finding.wrong('http-different', {
          subject,
          text: mistakes.join(', and '),
          seen: seen.location ? `sends to ${seen.location}` : seen.body.split('\n', 1)[0],
          remedy: `curl -i ${url}`,
        })
  return {
    findings: [finding.right('http-unreachable', { subject, text: 'answers' }), different],
    result: { status: seen.status, type: seen.type, body: seen.body },
  }
}
