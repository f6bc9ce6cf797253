import type { DnsAnswer, DnsClient } from './dns-answer.ts'
import type { RecordType } from './dns-record.ts'
import { type IpAddress, inNetwork, parseIp } from './ip-address.ts'
import { reversedAddress, reverseName } from './reverse-name.ts'
import { expandDomain, type MacroValues, macroLetters } from './spf-macro.ts'
import type { SpfDirective } from './spf-record.ts'

/** One evaluation: what is asked, and how many look-ups it has cost so far. */
export interface SpfCheck {
  readonly client: DnsClient
  readonly ip: IpAddress
  readonly localPart: string
  readonly senderDomain: string
  readonly helo: string
  readonly limits: SpfLimits
  lookups: number
  voids: number
}

export interface SpfLimits {
  /** Terms that ask DNS. */
  readonly lookups: number
  /** Of their answers, those without a record. */
  readonly voids: number
}

/** RFC 7208 section 4.6.4. */
export const SPF_LIMITS: SpfLimits = { lookups: 10, voids: 2 }

/** Hosts of one MX record, and PTR records of one address, that are looked at (RFC 7208 section 4.6.4). */
export const MOST_HOSTS = 10

/** Ends an evaluation; the message names the record and the term. */
export class SpfError extends Error {
  readonly result: 'permerror' | 'temperror'

  constructor(result: 'permerror' | 'temperror', message: string) {
    super(message)
    this.result = result
  }
}

/** A term in its place: what messages call it, and the domain that its record belongs to. */
export interface SpfPlace {
  readonly label: string
  readonly domain: string
}

/** How messages call a term. */
export function placeOf(text: string, domain: string): SpfPlace {
  return { label: `"${text}" in the SPF record of ${domain}`, domain }
}

/** Counts a term that asks DNS; beyond the limit it ends the evaluation. */
export function countLookup(check: SpfCheck, { label }: SpfPlace): void {
  check.lookups += 1
  const most = check.limits.lookups
  if (check.lookups > most) throw new SpfError('permerror', `${label} is look-up ${check.lookups}; ${most} are allowed`)
}

/**
 * Asks on behalf of a term. Every answer without a record counts as void: RFC 7208 section 4.6.4 speaks of terms, but the
 * receivers that count at all count answers.
 */
export async function ask(check: SpfCheck, place: SpfPlace, name: string, type: RecordType): Promise<DnsAnswer> {
  const answer = await check.client.ask(name, type)
  if (answer.status === 'failed') throw new SpfError('temperror', `${place.label}: ${answer.error ?? 'DNS failed'}`)
  if (answer.status !== 'found') countVoid(check, place)
  return answer
}

/** The name that a domain-spec comes to for this sender. */
export async function targetName(check: SpfCheck, place: SpfPlace, domainSpec: string): Promise<string> {
  const validated = macroLetters(domainSpec).has('p') ? await validatedNames(check, place) : []
  return expandDomain(domainSpec, macroValues(check, place.domain, validated))
}

/** Whether a mechanism matches; `all` and `include` are not decided here. */
export async function matches(check: SpfCheck, directive: SpfDirective, place: SpfPlace): Promise<boolean> {
  const { mechanism, network, prefix, domainSpec } = directive
  if (network) return inNetwork(check.ip, network, prefix[check.ip.family])
  countLookup(check, place)
  const target = domainSpec === undefined ? place.domain : await targetName(check, place, domainSpec)
  // RFC 7208 section 4.8 leaves open what such a name does: here nothing is asked and nothing matches.
  if (!isDnsName(target)) return false
  switch (mechanism) {
    case 'a':
      return hostMatches(check, directive, place, target)
    case 'mx':
      return mxMatches(check, directive, place, target)
    case 'exists':
      return (await ask(check, place, target, 'A')).status === 'found'
    case 'ptr':
      return (await reverseNames(check, place)).some((name) => isWithin(name, target))
    case 'all':
    case 'include':
    case 'ip4':
    case 'ip6':
      throw new RangeError(`"${mechanism}" asks no DNS`)
  }
}

/** Host names of MX records in their order, without the dot at their end. A null MX (RFC 7505) has none. */
export function mxHosts(answer: DnsAnswer): readonly string[] {
  return answer.records
    .map(({ value }) => value.split(' ') as [string, string])
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, host]) => withoutDot(host))
    .filter((host) => host !== '')
}

/** Whether DNS can be asked for a name: printable ASCII, labels of 1 to 63 and together 253 bytes (RFC 1035 section 2.3.4). */
export function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[ -~]{1,63}$/.test(label))
}

/** Whether `name` is `domain` or below it; letter case does not count. */
export function isWithin(name: string, domain: string): boolean {
  const [lower, parent] = [name.toLowerCase(), domain.toLowerCase()]
  return lower === parent || lower.endsWith(`.${parent}`)
}

/** `validated` are the names of the address that point back to it, for the letter p (RFC 7208 section 7.3). */
export function macroValues(check: SpfCheck, domain: string, validated: readonly string[]): MacroValues {
  return {
    s: `${check.localPart}@${check.senderDomain}`,
    l: check.localPart,
    o: check.senderDomain,
    d: domain,
    i: reversedAddress(check.ip.text).split('.').reverse().join('.'),
    p:
      validated.find((name) => name.toLowerCase() === domain.toLowerCase()) ??
      validated.find((name) => isWithin(name, domain)) ??
      validated[0] ??
      'unknown',
    v: check.ip.family === 4 ? 'in-addr' : 'ip6',
    h: check.helo,
    c: check.ip.text,
    // What section 7.3 wants where nobody receives the message.
    r: 'unknown',
    t: String(Math.floor(Date.now() / 1000)),
  }
}

/** The names of the address that point back to it (RFC 7208 section 5.5). An answer that fails is passed over. */
export async function namesThatPointBack(check: SpfCheck, answer: DnsAnswer): Promise<readonly string[]> {
  const names: string[] = []
  for (const { value } of answer.records.slice(0, MOST_HOSTS)) {
    const name = withoutDot(value)
    // Whoever sends chooses these names: what they lack must not count against the domain.
    const { records } = await check.client.ask(name, addressType(check))
    if (records.some((record) => parseIp(record.value)?.bits === check.ip.bits)) names.push(name)
  }
  return names
}

async function reverseNames(check: SpfCheck, place: SpfPlace): Promise<readonly string[]> {
  const answer = await check.client.ask(reverseName(check.ip.text), 'PTR')
  if (answer.status === 'no data' || answer.status === 'no name') countVoid(check, place)
  return namesThatPointBack(check, answer)
}

// The letter p costs a look-up of its own (RFC 7208 section 4.6.4).
function validatedNames(check: SpfCheck, place: SpfPlace): Promise<readonly string[]> {
  countLookup(check, place)
  return reverseNames(check, place)
}

async function hostMatches(check: SpfCheck, { prefix }: SpfDirective, place: SpfPlace, host: string): Promise<boolean> {
  const { records } = await ask(check, place, host, addressType(check))
  return records
    .map(({ value }) => parseIp(value))
    .some((address) => address !== undefined && inNetwork(check.ip, address, prefix[check.ip.family]))
}

async function mxMatches(check: SpfCheck, directive: SpfDirective, place: SpfPlace, target: string): Promise<boolean> {
  for (const [index, host] of mxHosts(await ask(check, place, target, 'MX')).entries()) {
    if (index === MOST_HOSTS)
      throw new SpfError('permerror', `${place.label}: ${target} has more than ${MOST_HOSTS} MX hosts`)
    if (await hostMatches(check, directive, place, host)) return true
  }
  return false
}

function countVoid(check: SpfCheck, { label }: SpfPlace): void {
  check.voids += 1
  const most = check.limits.voids
  if (check.voids > most)
    throw new SpfError('permerror', `${label}: answer ${check.voids} without a record; ${most} are allowed`)
}

function addressType({ ip }: SpfCheck): 'A' | 'AAAA' {
  return ip.family === 4 ? 'A' : 'AAAA'
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}
