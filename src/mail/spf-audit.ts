import type { DnsAnswer, DnsClient } from './dns-answer.ts'
import type { RecordType } from './dns-record.ts'
import { spfRecords } from './spf-evaluate.ts'
import { expandDomain, macroLetters } from './spf-macro.ts'
import { isDnsName, MOST_HOSTS, mxHosts, placeOf, SPF_LIMITS } from './spf-mechanisms.ts'
import { parseSpf, type SpfDirective, type SpfModifier, type SpfRecord } from './spf-record.ts'

/** What kind of thing is wrong. `failed`: DNS could not be asked. `flaw`: everything that the others do not name. */
export type SpfFaultKind = 'failed' | 'missing' | 'several' | 'syntax' | 'open' | 'flaw' | 'lookups' | 'voids'

export interface SpfFault {
  readonly kind: SpfFaultKind
  /** One sentence. */
  readonly text: string
}

export interface SpfAudit {
  /** The record, where there is exactly one. */
  readonly record?: string
  readonly records: readonly string[]
  /** Look-ups that a sender causes whom nothing matches: the most that anybody can cause (RFC 7208 section 4.6.4). */
  readonly lookups: number
  /** Answers without a record in the same case, for senders of that address family that causes more of them. */
  readonly voids: number
  readonly problems: readonly SpfFault[]
}

type Family = 'A' | 'AAAA'

interface Walk {
  readonly client: DnsClient
  /** The domain that the audit began with: that of the sender. */
  readonly sender: string
  readonly terms: string[]
  readonly voids: Record<Family, string[]>
  /** Families with an address that may send. Senders of another one lose nothing by an error. */
  readonly families: Set<Family>
  /** Text → kind: the same thing may be met twice. */
  readonly problems: Map<string, SpfFaultKind>
}

/** Records that lead to more look-ups than this are not read further: receivers have stopped long before. */
const MOST_READ = 40
const FAMILIES: readonly Family[] = ['A', 'AAAA']
/** Letters whose value does not depend on one sender's address, name or HELO. */
const FIXED_LETTERS: ReadonlySet<string> = new Set(['d', 'o'])

/**
 * Reads the SPF record of a domain with everything that it leads to, as far as any sender could make a receiver read it:
 * evaluateSpf stops at the term that matches, so it does not see what is wrong behind it. A name that depends on who sends
 * is counted and not followed.
 */
export async function auditSpf(domain: string, client: DnsClient): Promise<SpfAudit> {
  const sender = domain.replace(/\.$/, '')
  const walk: Walk = {
    client,
    sender,
    terms: [],
    voids: { A: [], AAAA: [] },
    families: new Set(),
    problems: new Map(),
  }
  const answer = await client.ask(sender, 'TXT')
  const records = spfRecords(answer)
  if (answer.status === 'failed')
    walk.problems.set(`the SPF record of ${sender} cannot be read: ${answer.error ?? 'DNS failed'}`, 'failed')
  else if (records.length === 0) walk.problems.set(`${sender} has no SPF record`, 'missing')
  await readRecords(walk, sender, records, [sender.toLowerCase()])

  const [record] = records.length === 1 ? records : []
  const families = walk.families.size > 0 ? [...walk.families] : FAMILIES
  const voids = families.map((family) => walk.voids[family]).reduce((a, b) => (b.length > a.length ? b : a))
  const limit = (kind: 'lookups' | 'voids', found: readonly string[], what: string): readonly SpfFault[] => {
    const most = SPF_LIMITS[kind]
    const text = `${what}: ${found.length}, where ${most} are allowed (RFC 7208 section 4.6.4): ${found.join(', ')}`
    return found.length > most ? [{ kind, text }] : []
  }
  return {
    ...(record !== undefined && { record }),
    records,
    lookups: walk.terms.length,
    voids: voids.length,
    problems: [
      ...[...walk.problems].map(([text, kind]) => ({ kind, text })),
      ...limit('lookups', walk.terms, 'too many look-ups'),
      ...limit('voids', voids, 'too many answers without a record'),
    ],
  }
}

/** `path`: the domains that led here, and this one, in lower case. */
async function readRecords(walk: Walk, domain: string, records: readonly string[], path: string[]): Promise<void> {
  if (records.length > 1) {
    const kind = domain === walk.sender ? 'several' : 'flaw'
    walk.problems.set(`${domain} has ${records.length} SPF records; one is allowed`, kind)
  }
  for (const record of records.map(parseSpf)) {
    for (const { text, reason } of record.problems)
      walk.problems.set(`${placeOf(text, domain).label}: ${reason}`, 'syntax')
    await readTerms(walk, domain, record, path)
  }
}

async function readTerms(walk: Walk, domain: string, record: SpfRecord, path: string[]): Promise<void> {
  const end = record.directives.findIndex(({ mechanism }) => mechanism === 'all')
  const used = end < 0 ? record.directives : record.directives.slice(0, end + 1)
  const unused = end < 0 ? [] : [...record.directives.slice(end + 1), ...(record.redirect ? [record.redirect] : [])]
  for (const { text } of unused)
    walk.problems.set(`${placeOf(text, domain).label} is never reached, because of "all"`, 'flaw')
  for (const { text, name } of record.unknownModifiers) {
    const mechanism = /^(?:include|a|mx|ptr|ip4|ip6|exists|all)$/.test(name)
    if (mechanism)
      walk.problems.set(`${placeOf(text, domain).label} means nothing: "${name}" takes ":", not "="`, 'flaw')
  }
  for (const directive of used) await readDirective(walk, domain, directive, path)
  if (record.redirect && end < 0) await readOther(walk, domain, record.redirect, record.redirect.value, path)
}

async function readDirective(walk: Walk, domain: string, directive: SpfDirective, path: string[]): Promise<void> {
  const { mechanism, qualifier, text, network, domainSpec } = directive
  const { label } = placeOf(text, domain)
  if (network) walk.families.add(network.family === 4 ? 'A' : 'AAAA')
  if (mechanism === 'all' && qualifier === '+') walk.problems.set(`${label} lets the whole world send`, 'open')
  if (mechanism === 'all' || network) return
  if (mechanism === 'include') return readOther(walk, domain, directive, domainSpec ?? '', path)
  if (!countTerm(walk, directive, domainSpec)) return
  if (mechanism === 'ptr') walk.problems.set(`${label}: "ptr" should not be published (RFC 7208 section 5.5)`, 'flaw')
  const target = fixedName(walk, domain, domainSpec)
  if (target === undefined || mechanism === 'ptr') return
  if (!isDnsName(target)) walk.problems.set(`${label}: "${target}" is no domain name`, 'flaw')
  else if (mechanism === 'exists') await ask(walk, label, target, 'A', FAMILIES)
  else if (mechanism === 'a') await askAddresses(walk, label, target)
  else await readMx(walk, label, target)
}

/** The record that an `include` or a `redirect` leads to. */
async function readOther(
  walk: Walk,
  domain: string,
  term: SpfDirective | SpfModifier,
  domainSpec: string,
  path: string[],
): Promise<void> {
  if (!countTerm(walk, term, domainSpec)) return
  const target = fixedName(walk, domain, domainSpec)
  if (target === undefined) return
  const { label } = placeOf(term.text, domain)
  if (path.includes(target.toLowerCase())) {
    walk.problems.set(`${label} leads in a circle: ${[...path, target].join(', ')}`, 'flaw')
    return
  }
  if (!isDnsName(target)) {
    walk.problems.set(`${label}: "${target}" is no domain name`, 'flaw')
    return
  }
  const answer = await ask(walk, label, target, 'TXT', FAMILIES)
  const records = spfRecords(answer)
  if (answer.status !== 'failed' && records.length === 0)
    walk.problems.set(`${label}: ${target} has no SPF record, which voids the whole check`, 'flaw')
  await readRecords(walk, target, records, [...path, target.toLowerCase()])
}

async function readMx(walk: Walk, label: string, target: string): Promise<void> {
  const hosts = mxHosts(await ask(walk, label, target, 'MX', FAMILIES))
  if (hosts.length > MOST_HOSTS)
    walk.problems.set(`${label}: ${target} has ${hosts.length} MX hosts, where ${MOST_HOSTS} are allowed`, 'flaw')
  for (const host of hosts.slice(0, MOST_HOSTS)) await askAddresses(walk, label, host)
}

async function askAddresses(walk: Walk, label: string, name: string): Promise<void> {
  for (const family of FAMILIES) {
    const { status } = await ask(walk, label, name, family, [family])
    if (status === 'found') walk.families.add(family)
  }
}

/** `families`: of which senders the question is asked for, to whom an empty answer counts. */
async function ask(
  walk: Walk,
  label: string,
  name: string,
  type: RecordType,
  families: readonly Family[],
): Promise<DnsAnswer> {
  const answer = await walk.client.ask(name, type)
  if (answer.status === 'failed')
    walk.problems.set(`${label}: ${answer.error ?? `${name} ${type} cannot be read`}`, 'failed')
  else if (answer.status !== 'found') for (const family of families) walk.voids[family].push(`${name} ${type}`)
  return answer
}

/** Counts a term that asks DNS, and the letter p, which asks on its own; false beyond the bound of reading. */
function countTerm(walk: Walk, { text }: { readonly text: string }, domainSpec: string | undefined): boolean {
  if (walk.terms.length >= MOST_READ) return false
  walk.terms.push(text, ...(macroLetters(domainSpec ?? '').has('p') ? ['%{p}'] : []))
  return true
}

/** The name that a term is about, unless it depends on who sends. */
function fixedName(walk: Walk, domain: string, domainSpec: string | undefined): string | undefined {
  if (domainSpec === undefined) return domain
  if (![...macroLetters(domainSpec)].every((letter) => FIXED_LETTERS.has(letter))) return undefined
  const values = { s: '', l: '', o: walk.sender, d: domain, i: '', p: '', v: '', h: '', c: '', r: '', t: '' }
  return expandDomain(domainSpec, values)
}
