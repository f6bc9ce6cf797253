import { didYouMean } from '../core/error.ts'
import { type IpAddress, parseIp } from './ip-address.ts'
import { domainSpecProblem, macroProblem } from './spf-macro.ts'

const MECHANISMS = ['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'] as const

export type SpfMechanism = (typeof MECHANISMS)[number]

interface Term {
  /** As it is written in the record. */
  readonly text: string
  /** Where it begins in the record; the first character is 1. */
  readonly position: number
}

export interface SpfDirective extends Term {
  readonly kind: 'directive'
  readonly qualifier: '+' | '-' | '~' | '?'
  readonly mechanism: SpfMechanism
  /** The domain-spec, macros not expanded. Without one the mechanism is about the domain of the record. */
  readonly domainSpec?: string
  /** Of `ip4` and `ip6` only. */
  readonly network?: IpAddress
  /** How many bits count, for an address of either family. */
  readonly prefix: { readonly 4: number; readonly 6: number }
}

export interface SpfModifier extends Term {
  readonly kind: 'modifier'
  /** In lower case. */
  readonly name: string
  /** Macros not expanded. */
  readonly value: string
}

/** A term that the grammar does not allow: the whole record is then void (permerror, RFC 7208 section 4.6). */
export interface SpfProblem extends Term {
  readonly kind: 'problem'
  readonly reason: string
}

export interface SpfRecord {
  readonly directives: readonly SpfDirective[]
  readonly redirect?: SpfModifier
  readonly exp?: SpfModifier
  /** Modifiers that RFC 7208 does not define. They mean nothing. */
  readonly unknownModifiers: readonly SpfModifier[]
  readonly problems: readonly SpfProblem[]
}

/** Whether a TXT value is an SPF record of any kind, also a wrong one (RFC 7208 section 4.5). */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** An SPF record by the grammar of RFC 7208 section 12. The text must be one (see isSpfRecord). */
export function parseSpf(text: string): SpfRecord {
  const terms = [...text.matchAll(/[^ ]+/g)].slice(1).map((match) => parseTerm(match[0], match.index + 1))
  const modifiers = terms.filter((term) => term.kind === 'modifier')
  const [redirect, ...moreRedirects] = modifiers.filter(({ name }) => name === 'redirect')
  const [exp, ...moreExps] = modifiers.filter(({ name }) => name === 'exp')
  return {
    directives: terms.filter((term) => term.kind === 'directive'),
    ...(redirect && { redirect }),
    ...(exp && { exp }),
    unknownModifiers: modifiers.filter(({ name }) => name !== 'redirect' && name !== 'exp'),
    problems: [
      ...terms.filter((term) => term.kind === 'problem'),
      ...[...moreRedirects, ...moreExps].map((term) => problem(term, `there is more than one "${term.name}="`)),
    ].sort((a, b) => a.position - b.position),
  }
}

function parseTerm(text: string, position: number): SpfDirective | SpfModifier | SpfProblem {
  const term = { text, position }
  const odd = /[^\x21-\x7e]/u.exec(text)?.[0].codePointAt(0)
  if (odd !== undefined) {
    const code = odd.toString(16).toUpperCase().padStart(4, '0')
    return problem(term, `the character U+${code} is not allowed, only printable ASCII is`)
  }
  const [, name, value = ''] = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(text) ?? []
  if (name !== undefined) return parseModifier(term, name.toLowerCase(), value)
  const qualifier = /^[-+~?]/.exec(text)?.[0] as SpfDirective['qualifier'] | undefined
  const mechanism = text.slice(qualifier?.length ?? 0)
  return parseDirective(term, qualifier ?? '+', mechanism)
}

function parseModifier(term: Term, name: string, value: string): SpfModifier | SpfProblem {
  const known = name === 'redirect' || name === 'exp'
  const reason = known ? domainSpecProblem(value) : macroProblem(value, 'record')
  return reason === undefined ? { ...term, kind: 'modifier', name, value } : problem(term, reason)
}

function parseDirective(term: Term, qualifier: SpfDirective['qualifier'], text: string): SpfDirective | SpfProblem {
  const written = /^[^:/]*/.exec(text)?.[0] ?? ''
  const mechanism = MECHANISMS.find((name) => name === written.toLowerCase())
  if (mechanism === undefined) return problem(term, unknownMechanism(written))
  const rest = text.slice(written.length)
  const found = parseArgument(mechanism, rest)
  if (typeof found === 'string') return problem(term, found)
  return { ...term, kind: 'directive', qualifier, mechanism, prefix: { 4: 32, 6: 128 }, ...found }
}

type Argument = Partial<Pick<SpfDirective, 'domainSpec' | 'network' | 'prefix'>>

/** What follows the name of a mechanism, or why it may not follow. */
function parseArgument(mechanism: SpfMechanism, text: string): Argument | string {
  switch (mechanism) {
    case 'all':
      return text === '' ? {} : '"all" takes nothing behind it'
    case 'include':
    case 'exists':
      return text.startsWith(':') ? parseDomain(text.slice(1)) : `"${mechanism}" needs a domain: ${mechanism}:DOMAIN`
    case 'ptr':
      if (text === '') return {}
      return text.startsWith(':') ? parseDomain(text.slice(1)) : '"ptr" takes no prefix length'
    case 'a':
    case 'mx':
      return parseHosts(text)
    case 'ip4':
      return parseNetwork(text, 4)
    case 'ip6':
      return parseNetwork(text, 6)
  }
}

function parseDomain(domainSpec: string): Argument | string {
  const ip = parseIp(domainSpec)
  if (ip) return `"${domainSpec}" is an address, no domain: write ip${ip.family}:${domainSpec}`
  return domainSpecProblem(domainSpec) ?? { domainSpec }
}

function parseHosts(text: string): Argument | string {
  const match = /^(?::(.*?))?(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(text)
  if (!match) return `"${text}" is neither :DOMAIN nor a prefix length such as /24, //64 or /24//64`
  const [, domainSpec, prefix4 = '32', prefix6 = '128'] = match
  const wrong = prefixProblem(prefix4, 4) ?? prefixProblem(prefix6, 6)
  if (wrong) return wrong
  const prefix = { 4: Number(prefix4), 6: Number(prefix6) }
  if (domainSpec === undefined) return { prefix }
  const domain = parseDomain(domainSpec)
  return typeof domain === 'string' ? domain : { ...domain, prefix }
}

function parseNetwork(text: string, family: 4 | 6): Argument | string {
  const [, address = '', length] = /^:([^/]*)(?:\/(.*))?$/.exec(text) ?? []
  if (address === '') return `"ip${family}" needs an address: ip${family}:ADDRESS`
  const network = parseIp(address)
  if (!network) return `"${address}" is no IPv${family} address`
  if (network.family !== family) return `"${address}" is an IPv${network.family} address: write ip${network.family}:`
  const wrong = length === undefined ? undefined : prefixProblem(length, family)
  if (wrong) return wrong
  return length === undefined ? { network } : { network, prefix: { 4: Number(length), 6: Number(length) } }
}

function prefixProblem(text: string, family: 4 | 6): string | undefined {
  const most = family === 4 ? 32 : 128
  if (/^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= most) return undefined
  return `"/${text}" is no prefix length of IPv${family} (0 to ${most})`
}

function unknownMechanism(written: string): string {
  if (/^(?:redirect|exp)$/i.test(written)) return `"${written}" takes "=", not ":"`
  const hint = didYouMean(written, MECHANISMS)
  return `there is no mechanism "${written}"${hint === undefined ? '' : `; ${hint}`}`
}

function problem(term: Term, reason: string): SpfProblem {
  return { text: term.text, position: term.position, kind: 'problem', reason }
}
