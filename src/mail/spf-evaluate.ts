import type { DnsAnswer, DnsClient } from './dns-answer.ts'
import { parseIp, unmapIp } from './ip-address.ts'
import { reverseName } from './reverse-name.ts'
import { expandDomain, expandMacros, macroLetters, macroProblem } from './spf-macro.ts'
import {
  ask,
  countLookup,
  isDnsName,
  macroValues,
  matches,
  namesThatPointBack,
  placeOf,
  SPF_LIMITS,
  type SpfCheck,
  SpfError,
  type SpfLimits,
  type SpfPlace,
  targetName,
} from './spf-mechanisms.ts'
import { isSpfRecord, parseSpf, type SpfDirective, type SpfModifier, type SpfRecord } from './spf-record.ts'

export interface SpfQuestion {
  /** Address of the client. */
  readonly ip: string
  /** MAIL FROM without its angle brackets; empty for bounces and for the HELO identity: then `postmaster@HELO`. */
  readonly sender: string
  readonly helo: string
  /** Whose record is evaluated, where it is not the domain of the sender. */
  readonly domain?: string
  readonly client: DnsClient
  readonly limits?: SpfLimits
}

export interface SpfResult {
  /** RFC 7208 section 2.6. */
  readonly result: 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'permerror' | 'temperror'
  /** The term that matched, as it is written: `ip4:198.51.100.11`. */
  readonly mechanism?: string
  /** Terms that asked DNS, and answers to them without a record. */
  readonly lookups: number
  readonly voids: number
  /** One sentence: what matched, or what is wrong in which record. */
  readonly reason: string
  /** What the domain wants to be told to a sender that fails (`exp=`). */
  readonly explanation?: string
  /** The record of the domain itself. */
  readonly record?: string
}

interface Verdict {
  readonly result: Exclude<SpfResult['result'], 'permerror' | 'temperror'>
  readonly reason: string
  readonly mechanism?: string
  /** Where the record with the final word stands, and its `exp=`. */
  readonly domain: string
  readonly exp?: SpfModifier
}

const RESULTS = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const

/**
 * Whether a client may send mail for a domain: check_host() of RFC 7208 section 4. Every look-up goes to the client;
 * nothing is kept between two of them.
 *
 * @throws {RangeError} for an `ip` that is no address.
 */
export async function evaluateSpf(question: SpfQuestion): Promise<SpfResult> {
  const { helo, client, limits = SPF_LIMITS } = question
  const ip = parseIp(question.ip)
  if (!ip) throw new RangeError(`"${question.ip}" is no IP address`)
  const at = question.sender.lastIndexOf('@')
  const senderDomain = question.sender.slice(at + 1) || helo
  const localPart = question.sender.slice(0, Math.max(at, 0)) || 'postmaster'
  const check: SpfCheck = { client, ip: unmapIp(ip), localPart, senderDomain, helo, limits, lookups: 0, voids: 0 }
  const domain = (question.domain ?? senderDomain).replace(/\.$/, '')
  const counts = () => ({ lookups: check.lookups, voids: check.voids })

  if (!isDnsName(domain) || !domain.includes('.') || domain.startsWith('['))
    return { result: 'none', reason: `"${domain}" is no full domain name`, ...counts() }
  const answer = await client.ask(domain, 'TXT')
  if (answer.status === 'failed')
    return { result: 'temperror', reason: `${domain}: ${answer.error ?? 'DNS failed'}`, ...counts() }
  const own = spfRecords(answer)
  const record = own.length === 1 && own[0] !== undefined ? { record: own[0] } : {}
  try {
    const { exp, domain: last, ...verdict } = await checkHost(check, domain, own)
    const explanation = verdict.result === 'fail' && exp ? await explain(check, last, exp) : undefined
    return { ...verdict, ...counts(), ...record, ...(explanation !== undefined && { explanation }) }
  } catch (error) {
    if (!(error instanceof SpfError)) throw error
    return { result: error.result, reason: error.message, ...counts(), ...record }
  }
}

/** The SPF records of a name among its TXT records (RFC 7208 section 4.5). */
export function spfRecords(answer: DnsAnswer): readonly string[] {
  return answer.records.map(({ value }) => value).filter(isSpfRecord)
}

async function checkHost(check: SpfCheck, domain: string, records: readonly string[]): Promise<Verdict> {
  const [text, ...more] = records
  if (text === undefined) return { result: 'none', reason: `${domain} has no SPF record`, domain }
  if (more.length > 0) throw new SpfError('permerror', `${domain} has ${records.length} SPF records; one is allowed`)
  const record = parseSpf(text)
  const [problem] = record.problems
  if (problem) throw new SpfError('permerror', `${placeOf(problem.text, domain).label}: ${problem.reason}`)

  for (const directive of record.directives) {
    const place = placeOf(directive.text, domain)
    const reason = await matchReason(check, directive, place)
    if (reason === undefined) continue
    const exp = record.exp && { exp: record.exp }
    return { result: RESULTS[directive.qualifier], mechanism: directive.text, reason, domain, ...exp }
  }
  return checkRest(check, record, domain)
}

/** What is said where no mechanism matches (RFC 7208 sections 4.7 and 6.1). */
async function checkRest(check: SpfCheck, { redirect, exp }: SpfRecord, domain: string): Promise<Verdict> {
  const nothing = `nothing in the SPF record of ${domain} matches`
  if (!redirect) return { result: 'neutral', reason: nothing, domain, ...(exp && { exp }) }
  const verdict = await checkOther(check, placeOf(redirect.text, domain), redirect.value)
  return { ...verdict, reason: `${nothing}, it redirects: ${verdict.reason}` }
}

async function matchReason(check: SpfCheck, directive: SpfDirective, place: SpfPlace): Promise<string | undefined> {
  const { mechanism, domainSpec } = directive
  const matched = `${place.label} matches`
  if (mechanism === 'include' && domainSpec !== undefined) {
    const { result, reason } = await checkOther(check, place, domainSpec)
    return result === 'pass' ? `${matched}: ${reason}` : undefined
  }
  return mechanism === 'all' || (await matches(check, directive, place)) ? matched : undefined
}

/** The record of another domain, which must be there: for `include` and `redirect` (RFC 7208 sections 5.2 and 6.1). */
async function checkOther(check: SpfCheck, place: SpfPlace, domainSpec: string): Promise<Verdict> {
  countLookup(check, place)
  const target = await targetName(check, place, domainSpec)
  if (!isDnsName(target)) throw new SpfError('permerror', `${place.label}: "${target}" is no domain name`)
  const verdict = await checkHost(check, target, spfRecords(await ask(check, place, target, 'TXT')))
  if (verdict.result === 'none') throw new SpfError('permerror', `${place.label}: ${verdict.reason}`)
  return verdict
}

/** The text that `exp=` leads to; whatever is wrong with it, there is none then (RFC 7208 section 6.2). */
async function explain(check: SpfCheck, domain: string, exp: SpfModifier): Promise<string | undefined> {
  const values = async (text: string) => {
    // After the result is known nothing is counted any more.
    const answer = macroLetters(text).has('p') ? await check.client.ask(reverseName(check.ip.text), 'PTR') : undefined
    return macroValues(check, domain, answer ? await namesThatPointBack(check, answer) : [])
  }
  const target = expandDomain(exp.value, await values(exp.value))
  if (!isDnsName(target)) return undefined
  const { records } = await check.client.ask(target, 'TXT')
  const [text] = records.map(({ value }) => value)
  if (text === undefined || records.length > 1 || /[^ -~]/.test(text) || macroProblem(text, 'explanation'))
    return undefined
  return expandMacros(text, await values(text))
}
