import { type AuthenticationResults, type MethodResult, parseAuthenticationResults } from './authentication-results.ts'
import { parseIp } from './ip-address.ts'
import { addressIn, type HeaderField, isNamed, parseHeaders, parseTags, valuesOf } from './message-headers.ts'
import { type OriginalSummary, splitOriginal } from './original-page.ts'
import { isPrivateAddress } from './private-address.ts'
import { type Hop, parseReceived } from './received.ts'

/** A hop, and how long after the one before it. */
export interface TimedHop extends Hop {
  readonly seconds?: number
}

/** What the receiver says of a message. */
export interface Verdicts {
  /** Who says so: the authserv-id of its Authentication-Results field. */
  readonly server?: string
  readonly spf?: MethodResult
  readonly dkim: readonly MethodResult[]
  readonly dmarc?: MethodResult
}

/** What the header of a message tells of its way and of what its receiver thought of it. */
export interface Explanation {
  readonly subject?: string
  readonly messageId?: string
  /** The address in From. */
  readonly from?: string
  /** MAIL FROM, from Return-Path; empty for a bounce. */
  readonly sender?: string
  /** From the first server to the last. */
  readonly hops: readonly TimedHop[]
  /** The hop at which the receiver took the message from the sending server. */
  readonly arrival?: TimedHop
  readonly verdicts: Verdicts
  readonly signatures: readonly { readonly domain: string; readonly selector: string; readonly algorithm: string }[]
  /** Servers that vouched for what they saw before they passed the message on (RFC 8617). */
  readonly arc: number
  /** RFC 2369, and RFC 8058 for `one-click`. */
  readonly unsubscribe?: 'one-click' | 'link'
}

/**
 * Reads the header of a message, as it was saved or copied from Gmail's "Show original" page.
 *
 * @returns nothing where the text has no header of a message.
 */
export function explainMessage(text: string): Explanation | undefined {
  const original = splitOriginal(text)
  if (!original) return undefined
  const fields = parseHeaders(original.message)
  const first = (name: string) => valuesOf(fields, name)[0]
  const hops = withSeconds(valuesOf(fields, 'Received').map(parseReceived).toReversed())
  const verdicts = findVerdicts(fields, original.summary)
  const arrival = findArrival(hops, seenAddress(fields, verdicts, original.summary))
  const from = addressIn(first('From') ?? '')
  const returnPath = first('Return-Path')
  const sender = returnPath === undefined ? verdicts.spf?.properties['smtp.mailfrom'] : (addressIn(returnPath) ?? '')
  const subject = first('Subject')
  const messageId = first('Message-ID')
  const unsubscribe = first('List-Unsubscribe')
  const isOneClick = /List-Unsubscribe=One-Click/i.test(first('List-Unsubscribe-Post') ?? '')
  return {
    ...(subject !== undefined && { subject }),
    ...(messageId !== undefined && { messageId }),
    ...(from !== undefined && { from }),
    ...(sender !== undefined && { sender }),
    hops,
    ...(arrival && { arrival }),
    verdicts,
    signatures: valuesOf(fields, 'DKIM-Signature').map((value) => {
      const { d = '', s = '', a = '' } = parseTags(value)
      return { domain: d.toLowerCase(), selector: s, algorithm: a }
    }),
    arc: valuesOf(fields, 'ARC-Seal').length,
    ...(unsubscribe !== undefined && { unsubscribe: isOneClick ? 'one-click' : 'link' }),
  }
}

/** The domain of an address, in lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/**
 * Only the newest field is the receiver's: those below came with the message, from servers on the way or from whoever
 * forged it (RFC 8601 section 5). A receiver may write one field for each method, without a hop between them.
 */
function findVerdicts(fields: readonly HeaderField[], summary: OriginalSummary): Verdicts {
  const start = fields.findIndex((field) => isNamed(field, 'Authentication-Results'))
  const length = fields.slice(start).findIndex((field) => isNamed(field, 'Received'))
  const near = start < 0 ? [] : fields.slice(start, length < 0 ? fields.length : start + length)
  const all = valuesOf(near, 'Authentication-Results').map(parseAuthenticationResults)
  const server = all[0]?.server
  const own = all.filter((one, index) => index === 0 || (server !== undefined && one.server === server))
  const of = (method: string) => own.map((one) => resultsOf(one, method)).find((found) => found.length > 0) ?? []
  const inSummary = (result: string | undefined, properties: MethodResult['properties'] = {}) =>
    result === undefined ? [] : [{ method: '', result, properties }]
  const dkimProperties = summary.dkimDomain === undefined ? {} : { 'header.d': summary.dkimDomain }
  const [spf] = [...of('spf'), ...receivedSpf(fields), ...inSummary(summary.spf)]
  const [dmarc] = [...of('dmarc'), ...inSummary(summary.dmarc)]
  const dkim = of('dkim')
  return {
    ...(server !== undefined && { server }),
    ...(spf && { spf }),
    dkim: dkim.length > 0 ? dkim : inSummary(summary.dkim, dkimProperties),
    ...(dmarc && { dmarc }),
  }
}

function resultsOf({ results }: AuthenticationResults, method: string): readonly MethodResult[] {
  return results.filter((result) => result.method === method)
}

/** RFC 7208 section 9.1: `pass (comment) client-ip=192.0.2.1; helo=…`. */
function receivedSpf(fields: readonly HeaderField[]): readonly MethodResult[] {
  const [value = ''] = valuesOf(fields, 'Received-SPF')
  const [, result, comment] = /^(\w+)\s*(?:\(([^)]*)\))?/.exec(value) ?? []
  if (result === undefined) return []
  const sender = /\benvelope-from="?<?([^\s;">]+)/i.exec(value)?.[1]
  const properties: MethodResult['properties'] = sender === undefined ? {} : { 'smtp.mailfrom': sender }
  return [{ method: 'spf', result: result.toLowerCase(), ...(comment !== undefined && { comment }), properties }]
}

/** The address that the receiver asked SPF about. */
function seenAddress(fields: readonly HeaderField[], { spf }: Verdicts, summary: OriginalSummary): string | undefined {
  const client = /\bclient-ip=([^\s;]+)/i.exec(valuesOf(fields, 'Received-SPF')[0] ?? '')?.[1]
  const words = [client ?? '', ...(spf?.comment ?? '').split(/[\s,;]+/), summary.address ?? '']
  return words.map((word) => parseIp(word)?.text).find((address) => address !== undefined)
}

/**
 * Large receivers pass a message on among their own servers, with public addresses too. The hop that counts is the one
 * whose address SPF was asked about; else the newest at which a server of somebody else handed the message in.
 */
function findArrival(hops: readonly TimedHop[], seen: string | undefined): TimedHop | undefined {
  const handedIn = hops
    .toReversed()
    .filter(
      ({ address, protocol = '' }) =>
        address !== undefined && !isPrivateAddress(address) && !/SMTPS?A$/i.test(protocol),
    )
  return (
    handedIn.find(({ address }) => address === seen) ??
    handedIn.find(({ helo = '', by = '' }) => family(helo) !== family(by)) ??
    handedIn[0]
  )
}

function family(name: string): string {
  return name.toLowerCase().split('.').slice(-2).join('.')
}

function withSeconds(hops: readonly Hop[]): readonly TimedHop[] {
  return hops.map((hop, index) => {
    const before = hops[index - 1]?.date
    if (!hop.date || !before) return hop
    return { ...hop, seconds: Math.round((hop.date.getTime() - before.getTime()) / 1000) }
  })
}
