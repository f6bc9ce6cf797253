import { type Finding, findingsOf } from '../core/finding.ts'
import { domainOf, type Explanation } from './explain-message.ts'
import { type CheckedMessage, type CheckedPtr, messageKinds } from './message-findings.ts'
import type { Hop } from './received.ts'

/** What somebody says about a message by one method. */
interface Opinion {
  readonly result: string
  readonly reason?: string | undefined
}

const finding = findingsOf(messageKinds)

const NOT_HANDED_ON = 'no server handed the message to another one'

/**
 * What is right and wrong about a message: what its receiver wrote, and where that is silent, what we saw ourselves.
 *
 * @param checked nothing: nobody was asked, the header alone is judged.
 */
export function judgeMessage(message: Explanation, checked?: CheckedMessage): readonly Finding[] {
  const { arrival } = message
  if (!arrival) {
    return [
      finding.unknown('message-not-encrypted', { subject: 'TLS', text: NOT_HANDED_ON }),
      ...judgeSender(message, checked),
    ]
  }
  return [judgeTls(arrival), judgeFamily(arrival), judgePtr(arrival, checked?.ptr), ...judgeSender(message, checked)]
}

function judgeSender(message: Explanation, checked: CheckedMessage | undefined): readonly Finding[] {
  return [judgeSpf(message, checked), judgeDkim(message, checked), judgeDmarc(message, checked)]
}

function judgeTls({ tls, protocol }: Hop): Finding {
  const id = 'message-not-encrypted'
  const subject = 'TLS'
  const { remedy } = messageKinds[id]
  if (!tls && protocol === undefined)
    return finding.unknown(id, { subject, text: 'the receiver does not say how the message came' })
  if (!tls) return finding.wrong(id, { subject, text: `none: it came with ${protocol}`, remedy })
  const { version = 'of some version', cipher } = tls
  const text = cipher === undefined ? version : `${version}, ${cipher}`
  // RFC 8996.
  if (!/^(?:SSL|TLS 1(?:\.[01])?$)/.test(version)) return finding.right(id, { subject, text })
  return finding.wrong(id, { subject, text: `${text} is broken`, remedy, importance: 'recommended' })
}

function judgeFamily({ address = '' }: Hop): Finding {
  const id = 'message-over-ipv4'
  const subject = 'address'
  if (address.includes(':')) return finding.right(id, { subject, text: `IPv6, ${address}` })
  return finding.wrong(id, { subject, text: `IPv4, ${address}`, remedy: messageKinds[id].remedy })
}

function judgePtr(arrival: Hop, checked: CheckedPtr | undefined): Finding {
  const id = 'message-ptr-wrong'
  const subject = 'PTR'
  const { address = '', helo = '', by = 'the receiver' } = arrival
  const ptr = checked ?? seenPtr(arrival)
  if (!ptr) return finding.unknown(id, { subject, text: `${by} does not write which name the address has` })
  const { names, confirmed, error } = ptr
  if (error !== undefined) return finding.unknown(id, { subject, text: error })
  const isName =
    /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(helo) && !/^[\d.]+$|\.(?:localdomain|local|internal|lan)$/i.test(helo)
  const remedy = `${address} PTR ${isName ? `${helo}.` : 'NAME-OF-THE-MAIL-HOST.'}  (at the provider of the host)`
  if (names.length === 0) return finding.wrong(id, { subject, text: `${address} has no PTR name`, remedy })
  if (confirmed.length === 0) {
    const record = `${names[0]} ${address.includes(':') ? 'AAAA' : 'A'} ${address}`
    return finding.wrong(id, { subject, text: `${names.join(', ')} does not have ${address}`, remedy: record })
  }
  if (confirmed.some((name) => name.toLowerCase() === helo.toLowerCase()))
    return finding.right(id, { subject, text: `${helo}, as in EHLO` })
  const text = `${confirmed.join(', ')}, but EHLO says ${helo}`
  return finding.wrong(id, { subject, text, remedy, importance: 'recommended' })
}

// Who writes a name down has looked whether it leads back; Google writes one wherever it does.
function seenPtr({ ptr, by = '' }: Hop): CheckedPtr | undefined {
  if (ptr !== undefined) return { names: [ptr], confirmed: [ptr] }
  return /\.google\.com$/i.test(by) ? { names: [], confirmed: [] } : undefined
}

function judgeSpf({ arrival, sender, verdicts }: Explanation, checked: CheckedMessage | undefined): Finding {
  // A bounce has no sender: its HELO name stands in (RFC 7208 section 2.4).
  const domain = sender ? domainOf(sender) : (arrival?.helo ?? '')
  const said = verdicts.spf && { result: verdicts.spf.result, reason: verdicts.spf.comment }
  if (!arrival && !said) return finding.unknown('message-spf-failed', { subject: `SPF ${domain}`, text: NOT_HANDED_ON })
  const address = arrival?.address ?? 'ADDRESS'
  const mechanism = `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`
  const result = (said ?? checked?.spf)?.result
  const remedy =
    result === 'none'
      ? `${domain} TXT "v=spf1 ${mechanism} ~all"`
      : `If ${address} is yours, add ${mechanism} to the SPF record of ${domain}, or what leads to it`
  return settle('message-spf-failed', `SPF ${domain}`, said, checked?.spf, remedy)
}

function judgeDkim({ verdicts, signatures }: Explanation, checked: CheckedMessage | undefined): Finding {
  const id = 'message-dkim-failed'
  if (signatures.length === 0) {
    const remedy = 'chasquid signs what is sent from a domain with a key: `provision doc chasquid_dkim_key`'
    return finding.wrong(id, { subject: 'DKIM', text: 'the message is not signed', remedy })
  }
  // The receiver may name the signer in either way.
  const said = verdicts.dkim.map(({ result, comment, properties }) => ({
    result,
    reason: comment,
    domain: properties['header.d'] ?? domainOf(properties['header.i'] ?? signatures[0]!.domain),
  }))
  const best = said.find(isPass) ?? said[0]
  const ours = checked?.dkim.find(isPass) ?? checked?.dkim[0]
  const domain = (best ?? ours ?? signatures[0]!).domain
  const records = signatures.map((one) => `${one.selector}._domainkey.${one.domain} TXT`).join(', ')
  return settle(id, `DKIM ${domain}`, best, ours, `${messageKinds[id].remedy}: ${records}`)
}

function judgeDmarc(message: Explanation, checked: CheckedMessage | undefined): Finding {
  const id = 'message-dmarc-failed'
  const domain = domainOf(message.from ?? '')
  const { dmarc } = message.verdicts
  const said = dmarc && { result: dmarc.result, reason: dmarc.comment }
  const ours = checked?.dmarc ?? (said ? undefined : guessDmarc(message, domain))
  const subject = `DMARC ${domain}`
  if ((said ?? ours)?.result === 'none') {
    const record = `_dmarc.${domain} TXT "v=DMARC1; p=none"`
    const text = `${domain} has no DMARC record`
    return finding.wrong(id, { subject, text, remedy: record, importance: 'recommended' })
  }
  return settle(id, subject, said, ours, `${messageKinds[id].remedy}: ${domain}`)
}

/** Without DNS nobody knows the organizational domain: one name that ends in the other is taken for the same house. */
function guessDmarc({ sender = '', verdicts }: Explanation, from: string): Opinion | undefined {
  if (!verdicts.spf && verdicts.dkim.length === 0) return undefined
  const isOurs = (domain: string) => domain === from || domain.endsWith(`.${from}`) || from.endsWith(`.${domain}`)
  const spf = verdicts.spf?.result === 'pass' && sender !== '' ? [{ by: 'SPF', domain: domainOf(sender) }] : []
  const dkim = verdicts.dkim
    .filter(isPass)
    .map(({ properties }) => ({ by: 'DKIM', domain: domainOf(properties['header.d'] ?? properties['header.i'] ?? '') }))
  const passed = [...spf, ...dkim]
  const list = (some: typeof passed) => some.map(({ by, domain }) => `${by} of ${domain}`).join(' and ')
  const aligned = passed.filter(({ domain }) => isOurs(domain))
  if (aligned.length > 0) return { result: 'pass', reason: `${list(aligned)}, going by the names` }
  return { result: 'fail', reason: passed.length === 0 ? 'nothing passed' : `only ${list(passed)} passed` }
}

function isPass({ result }: { readonly result: string }): boolean {
  return result === 'pass'
}

/** The receiver's opinion counts, because it decided; ours where it has none. Where the two differ, both are told. */
function settle(
  id: 'message-spf-failed' | 'message-dkim-failed' | 'message-dmarc-failed',
  subject: string,
  said: Opinion | undefined,
  ours: Opinion | undefined,
  remedy: string,
): Finding {
  const opinion = said ?? ours
  if (!opinion) {
    const text = 'the receiver wrote no verdict; `provision explain-mail --verify` asks DNS itself'
    return finding.unknown(id, { subject, text })
  }
  const now = said && ours && ours.result !== said.result ? `; by DNS as it is now ${inWords(ours)}` : ''
  const text = `${inWords(opinion)}${now}`
  if (isPass(opinion)) return finding.right(id, { subject, text })
  if (/^temperr/.test(opinion.result)) return finding.unknown(id, { subject, text })
  return finding.wrong(id, { subject, text, remedy })
}

function inWords({ result, reason }: Opinion): string {
  return reason === undefined || reason === '' ? result : `${result}: ${reason}`
}
