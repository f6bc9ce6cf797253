import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { getHttps, type HttpsOutcome } from '../network/https.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { domainName, resolver } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    domain: domainName().describe('The domain.'),
    days: z.int().min(1).describe('Age in days below which it is said to be new.').default(30),
    rdap: z
      .url({ protocol: /^https$/, error: 'must be an address that begins with https://' })
      .describe('Where it is asked: an RDAP service, which may send on to that of the registry.')
      .default('https://rdap.org'),
    resolver: resolver(),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'domain-new': {
    importance: 'recommended',
    summary: 'The domain was registered less than 30 days ago; receivers distrust new ones',
    remedy: 'Send little at first, to people who expect it, and more from week to week',
  },
} as const

const finding = findingsOf(kinds)

interface SeenDomain {
  /** The domain, or the one above it that is registered. */
  readonly name: string
  readonly outcome: HttpsOutcome
  /** Milliseconds since 1970. */
  readonly now: number
}

export const domainAge = probe({
  name: 'domain_age',
  summary: 'See whether a domain is so new that receivers distrust it.',
  description: `Asks the registry by RDAP (RFC 9083), over HTTPS. Not every registry tells; then the answer is unknown.`,
  examples: `
- domain_age: { domain: example.org }
`,
  params,
  findings: kinds,
  look: ({ domain, rdap, resolver: setting }, _, { signal }) =>
    within(8000, signal, async (soon): Promise<SeenDomain> => {
      const options = { resolver: resolverClient(setting), timeout: 6000, signal: soon, redirects: 4, limit: 1_000_000 }
      const ask = (name: string) => getHttps(new URL(`${rdap.replace(/\/$/, '')}/domain/${name}`), options)
      return { ...(await askRegistry(domain, ask)), now: Date.now() }
    }),
  judge: (wanted, _, seen) => judgeAge(wanted, seen),
})

/** Asks about the domain, and where nobody knows it about those above it: registries know only what was registered. */
export async function askRegistry(
  domain: string,
  ask: (name: string) => Promise<HttpsOutcome>,
): Promise<Omit<SeenDomain, 'now'>> {
  const outcome = await ask(domain)
  const isUnknown = outcome.outcome === 'answered' && outcome.status === 404
  if (!isUnknown || domain.split('.').length <= 2) return { name: domain, outcome }
  return askRegistry(domain.slice(domain.indexOf('.') + 1), ask)
}

const dayMilliseconds = 86_400_000

export function judgeAge(
  { domain, days }: Pick<Wanted, 'domain' | 'days'>,
  { name, outcome, now }: SeenDomain,
): Report {
  const subject = `${domain} age`
  const unknown = (text: string): Report => ({ findings: [finding.unknown('domain-new', { subject, text })] })
  if (outcome.outcome === 'failed') return unknown(outcome.why)
  const { host } = new URL(outcome.url)
  if (outcome.status === 404) return unknown(`${host} does not know ${name}`)
  if (outcome.status !== 200) return unknown(`${host} answers ${outcome.status}`)
  const registered = registrationOf(outcome.body)
  if (registered === undefined) return unknown(`${host} does not tell when ${name} was registered`)
  const age = Math.floor((now - registered) / dayMilliseconds)
  const text = `${name === domain ? '' : `${name} was `}registered ${age === 0 ? 'today' : age === 1 ? 'yesterday' : `${age} days ago`}`
  return {
    findings: [
      age >= days
        ? finding.right('domain-new', { subject, text })
        : finding.wrong('domain-new', {
            subject,
            text,
            remedy: 'send little at first, to people who expect it, and more from week to week',
          }),
    ] satisfies Finding[],
  }
}

/** When a domain was registered (RFC 9083 section 4.5), in milliseconds since 1970. */
function registrationOf(body: string): number | undefined {
  const answer = parsed(body)
  const events = isObject(answer) && Array.isArray(answer.events) ? (answer.events as readonly unknown[]) : []
  for (const event of events) {
    if (!isObject(event) || event.eventAction !== 'registration') continue
    const date = Date.parse(String(event.eventDate))
    if (!Number.isNaN(date)) return date
  }
  return undefined
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // What is no JSON tells nothing, like JSON without the date.
    return undefined
  }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
