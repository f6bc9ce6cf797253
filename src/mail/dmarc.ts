import { type DmarcAlignment, type DmarcPolicy, type DmarcRecord, isDmarcRecord, parseDmarc } from './dmarc-record.ts'
import type { DnsClient } from './dns-answer.ts'

/** What SPF or DKIM said about a message, and about which domain: that of MAIL FROM (or HELO), the `d=` of a signature. */
export interface Authenticated {
  readonly result: string
  readonly domain: string
}

export interface DmarcResult {
  /** RFC 8601 section 2.7 and RFC 7489 section 11.2. */
  readonly result: 'pass' | 'fail' | 'none' | 'permerror' | 'temperror'
  /** One sentence: what is aligned, or what is missing. */
  readonly reason: string
  /** What the domain asks for with a message that fails. */
  readonly policy?: DmarcPolicy
  /** The domain whose record counts. */
  readonly domain?: string
  readonly record?: DmarcRecord
  /** Domains that passed and belong to the one in From. */
  readonly aligned: { readonly spf: boolean; readonly dkim: readonly string[] }
}

interface Found {
  readonly domain: string
  readonly record: DmarcRecord
}

/** Levels that are looked at, so that a name of a hundred labels costs no hundred look-ups (RFC 9989 section 4.10). */
const MOST_LEVELS = 8

class DnsFailure extends Error {}

/**
 * Whether a domain that passed SPF or DKIM may speak for the domain in From (RFC 7489 section 3.1).
 *
 * @param organizationalDomain the organizational domain of either, as evaluateDmarc finds it.
 */
export function isAligned(
  a: string,
  b: string,
  mode: DmarcAlignment,
  organizationalDomain: (domain: string) => string,
): boolean {
  const [left, right] = [normal(a), normal(b)]
  if (left === right) return true
  return mode === 'relaxed' && normal(organizationalDomain(left)) === normal(organizationalDomain(right))
}

/**
 * Whether a message passes DMARC, and what is to be done with it where not (RFC 7489 section 6.6.2).
 *
 * RFC 7489 takes the organizational domain from a list of public suffixes. Here it is found by walking up the tree of
 * DNS, as RFC 9989 section 4.10 (DMARCbis) replaces the list; top-level domains themselves are not asked.
 */
export async function evaluateDmarc(question: {
  /** Domain of the address in From. */
  readonly fromDomain: string
  readonly spf: Authenticated
  readonly dkim: readonly Authenticated[]
  readonly client: DnsClient
}): Promise<DmarcResult> {
  const aligned = { spf: false, dkim: [] }
  try {
    return await evaluate(question)
  } catch (error) {
    if (error instanceof DnsFailure) return { result: 'temperror', reason: error.message, aligned }
    throw error
  }
}

type Question = Parameters<typeof evaluateDmarc>[0]

async function evaluate(question: Question): Promise<DmarcResult> {
  const from = normal(question.fromDomain)
  const levels = await walkUp(question.client, from)
  const organization = organizationOf(from, levels)
  const found = [from, organization, levels.at(-1)?.domain]
    .flatMap((name) => levels.find(({ domain }) => domain === name) ?? [])
    .at(0)
  const aligned = { spf: false, dkim: [] }
  if (!found) return { result: 'none', reason: `neither ${from} nor a domain above it has one DMARC record`, aligned }
  const { domain, record } = found
  const policy = await policyOf(question.client, from, found)
  if (policy === undefined) {
    const reason = `the DMARC record of ${domain} has no usable policy: ${record.problems.join('; ')}`
    return { result: 'permerror', reason, aligned, domain, record }
  }
  return { ...(await alignment(question, from, organization, record)), policy, domain, record }
}

async function alignment(
  { spf, dkim, client }: Question,
  from: string,
  organization: string,
  record: DmarcRecord,
): Promise<Pick<DmarcResult, 'result' | 'reason' | 'aligned'>> {
  const organizations = new Map([[from, organization]])
  const passed = [spf, ...dkim].filter(({ result }) => result === 'pass').map(({ domain }) => normal(domain))
  for (const name of passed) {
    if (!organizations.has(name)) organizations.set(name, organizationOf(name, await walkUp(client, name)))
  }
  const fits = ({ result, domain }: Authenticated, mode: DmarcAlignment = 'relaxed') =>
    result === 'pass' && isAligned(from, domain, mode, (name) => organizations.get(name) ?? name)
  const aligned = {
    spf: fits(spf, record.aspf),
    dkim: dkim.filter((one) => fits(one, record.adkim)).map(({ domain }) => normal(domain)),
  }
  const by = [...(aligned.spf ? [`SPF for ${normal(spf.domain)}`] : []), ...aligned.dkim.map((one) => `DKIM of ${one}`)]
  if (by.length > 0) return { result: 'pass', reason: `aligned with ${from}: ${by.join(', ')}`, aligned }
  const others = [...new Set(passed)].join(', ')
  const reason = others === '' ? 'neither SPF nor DKIM passed' : `what passed is not aligned with ${from}: ${others}`
  return { result: 'fail', reason, aligned }
}

/** The records of a domain and of those above it, from the longest name on (RFC 9989 section 4.10). */
async function walkUp(client: DnsClient, start: string): Promise<readonly Found[]> {
  const labels = start.split('.')
  // Of a long name itself and what remains of its last seven labels are asked for; a top-level domain never is.
  const domains = labels
    .map((_, skipped) => labels.slice(skipped))
    .filter(({ length }) => length > 1 && (length === labels.length || length < MOST_LEVELS))
    .map((rest) => rest.join('.'))
  const found: Found[] = []
  for (const domain of domains) {
    const answer = await client.ask(`_dmarc.${domain}`, 'TXT')
    if (answer.status === 'failed') throw new DnsFailure(`_dmarc.${domain}: ${answer.error ?? 'DNS failed'}`)
    const [text, ...more] = answer.records.map(({ value }) => value).filter(isDmarcRecord)
    // Two records are as none (RFC 7489 section 6.6.3).
    if (text === undefined || more.length > 0) continue
    const record = parseDmarc(text)
    found.push({ domain, record })
    if (record.psd === 'y' || record.psd === 'n') break
  }
  return found
}

/** RFC 9989 section 4.10.2. */
function organizationOf(start: string, levels: readonly Found[]): string {
  const last = levels.at(-1)
  if (!last) return start
  if (last.record.psd !== 'y' || last.domain === start) return last.domain
  // A public suffix: the organization is one label longer.
  const below = start.split('.').length - last.domain.split('.').length - 1
  return start.split('.').slice(below).join('.')
}

/** What is asked for with messages that fail; without a valid policy the record counts only if it wants reports. */
async function policyOf(client: DnsClient, from: string, { domain, record }: Found): Promise<DmarcPolicy | undefined> {
  // RFC 7489 section 6.6.3, step 6.
  if (record.p === undefined || ['sp', 'np'].some((tag) => record.wrong.includes(tag)))
    return record.rua ? 'none' : undefined
  if (from === domain) return record.p
  if (record.np && (await client.ask(from, 'A')).status === 'no name') return record.np
  return record.sp ?? record.p
}

function normal(domain: string): string {
  return domain.replace(/\.$/, '').toLowerCase()
}
