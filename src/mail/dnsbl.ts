import { isIP } from 'node:net'
import type { DnsAnswer } from './dns-answer.ts'
import { reversedAddress } from './reverse-name.ts'

/** `unknown` is neither: the list did not give a verdict, so a sender may or may not be on it. */
export interface DnsblJudgement {
  readonly verdict: 'clear' | 'listed' | 'unknown'
  /** The reason in words, such as `PBL: its provider says that no mail server is here (127.0.0.10)`. */
  readonly why: string
}

/**
 * What Spamhaus says instead of a verdict (https://www.spamhaus.org/faqs/dnsbl-usage/, "return codes").
 */
const refusals: Readonly<Record<string, string>> = {
  '127.255.255.252': 'the name of the list is written wrong',
  '127.255.255.254': 'the list answers no public resolver: ask through a resolver of your own',
  '127.255.255.255': 'too many questions came from this resolver: ask through a resolver of your own',
  '127.0.1.255': 'this list is asked about domains, not about addresses',
}

const exploited = 'XBL: a hijacked or infected machine behind this address sends spam'

/**
 * Codes of the lists that ZEN unites, and of DBL, the list of domains
 * (https://docs.spamhaus.com/datasets/docs/source/10-data-type-documentation/datasets/040-zones.html).
 */
const meanings: Readonly<Record<string, string>> = {
  '127.0.0.2': 'SBL: Spamhaus has seen spam or those who support it there',
  '127.0.0.3': 'CSS: it sends mail of low reputation',
  '127.0.0.4': exploited,
  '127.0.0.5': exploited,
  '127.0.0.6': exploited,
  '127.0.0.7': exploited,
  '127.0.0.9': 'DROP: the network is in the hands of criminals',
  '127.0.0.10': 'PBL: its provider says that no mail server is here',
  '127.0.0.11': 'PBL: Spamhaus takes it for the address of a subscriber, where no mail server is',
  '127.0.0.30': 'BCL: it controls a botnet',
  '127.0.1.2': 'DBL: a domain of low reputation',
  '127.0.1.4': 'DBL: a domain of phishing',
  '127.0.1.5': 'DBL: a domain of malware',
  '127.0.1.6': 'DBL: a domain that controls a botnet',
  '127.0.1.102': 'DBL: a good domain, abused for spam',
  '127.0.1.103': 'DBL: a good domain, abused to redirect to spam',
  '127.0.1.104': 'DBL: a good domain, abused for phishing',
  '127.0.1.105': 'DBL: a good domain, abused for malware',
  '127.0.1.106': 'DBL: a good domain, abused to control a botnet',
}

/**
 * The name whose A records tell whether an address or a domain is on a list (RFC 5782 sections 2.1, 2.2 and 2.4).
 *
 * @param subject IPv4 address, IPv6 address or domain.
 * @param list domain of the list, such as `zen.spamhaus.org`.
 */
export function dnsblName(subject: string, list: string): string {
  const labels = isIP(subject) ? reversedAddress(subject) : withoutDot(subject)
  return `${labels}.${withoutDot(list)}.`
}

/**
 * What the A records of a `dnsblName` mean. Answers that are no verdict are told from a verdict: failures, the codes by
 * which a list refuses, and addresses outside 127.0.0.0/8, which come from a resolver that invents answers or a list
 * whose domain was sold (RFC 5782 sections 2.1 and 5). 127.0.0.1 is the refusal of several lists.
 */
export function judgeDnsbl(answer: DnsAnswer): DnsblJudgement {
  if (answer.status === 'failed') return { verdict: 'unknown', why: answer.error ?? 'no answer' }
  const codes = answer.records.filter(({ type }) => type === 'A').map(({ value }) => value)
  if (codes.length === 0) return { verdict: 'clear', why: 'not listed' }
  const refusal = codes.map(whyRefused).find((why) => why !== undefined)
  if (refusal !== undefined) return { verdict: 'unknown', why: refusal }
  // Another list may use the same numbers for other things.
  const isSpamhaus = answer.records.some(({ name }) => /\.spamhaus\.(org|net)\.$/.test(name))
  const reasons = codes.toSorted().map((code) => {
    const meaning = isSpamhaus ? meanings[code] : undefined
    return meaning === undefined ? `listed (${code})` : `${meaning} (${code})`
  })
  return { verdict: 'listed', why: reasons.join('; ') }
}

function whyRefused(code: string): string | undefined {
  const known = refusals[code]
  if (known !== undefined) return `${known} (${code})`
  if (code.startsWith('127.255.255.') || code === '127.0.0.1') return `the list refuses to answer (${code})`
  if (!code.startsWith('127.')) return `${code} is no answer of a list: ask through a resolver of your own`
  return undefined
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '').toLowerCase()
}
