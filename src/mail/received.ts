import { parseIp } from './ip-address.ts'
import { separateComments, splitOutside } from './message-headers.ts'

/** One step of a message's way: a Received field (RFC 5321 section 4.4). */
export interface Hop {
  /** The name that the client gave in EHLO. */
  readonly helo?: string
  /** The name that the server found for the client's address, where it tells. */
  readonly ptr?: string
  /** The client's address, in its usual textual form. */
  readonly address?: string
  /** The server that took the message. */
  readonly by?: string
  /** Such as ESMTPS: https://www.iana.org/assignments/mail-parameters. */
  readonly protocol?: string
  readonly tls?: { readonly version?: string; readonly cipher?: string }
  readonly date?: Date
}

/** What a server writes where it found no name for an address. */
const NO_NAME = /^(unknown|unverified|may be forged|no-reverse-dns[\w.-]*)$/i

/** A Received field in one of the forms of chasquid, Postfix, Exim, Gmail, Outlook and Yahoo. */
export function parseReceived(value: string): Hop {
  const [clauses = '', ...times] = splitOutside(value, ';')
  // Outlook's date has no comment, Gmail's has the zone in one.
  const date = new Date(separateComments(times.at(-1) ?? '').text)
  const by = /\bby\s+(\S+)/i.exec(clauses)?.[1]
  const protocol = /\bwith\s+(Microsoft SMTP Server|[A-Za-z]\w*)/i.exec(separateComments(clauses).text)?.[1]
  const tls = parseTls(clauses, protocol)
  return {
    ...parseClient(clauses),
    ...(by !== undefined && { by }),
    ...(protocol !== undefined && { protocol }),
    ...(tls && { tls }),
    ...(Number.isNaN(date.getTime()) ? {} : { date }),
  }
}

function parseClient(clauses: string): Pick<Hop, 'helo' | 'ptr' | 'address'> {
  const [, from = '', comment = ''] = /^\s*from\s+(\S+)(?:\s*\(((?:[^()]|\([^()]*\))*)\))?/i.exec(clauses) ?? []
  if (from === '') return {}
  const address = addressOf(comment) ?? addressOf(from)
  // Exim: `(helo=…)`. Yahoo: `from ADDRESS (EHLO …)`. Elsewhere what stands behind `from` is the name of EHLO.
  const said = /\b(?:helo=|EHLO\s+|HELO\s+)(\[[^\]]+\]|[\w.:-]+)/i.exec(comment)?.[1]
  const isReversed = said !== undefined
  const named = isReversed ? (addressOf(from) ? undefined : from) : /^\s*([\w.-]+?)\.?(?=\s|\[|$)/.exec(comment)?.[1]
  const ptr = named === undefined || parseIp(named) || NO_NAME.test(named) ? undefined : named
  const helo = said ?? from
  return {
    helo,
    ...(ptr !== undefined && { ptr }),
    ...(address !== undefined && { address }),
  }
}

/** The first thing in a text that is an address: `[IPv6:2001:db8::1]`, `[192.0.2.1]:4711`, `192.0.2.1`. */
function addressOf(text: string): string | undefined {
  const words = text.match(/\[[^\]]*\]|[0-9a-f:.]{3,}/gi) ?? []
  return words
    .map((word) => parseIp(word.replace(/^\[(?:IPv6:)?|\]$/gi, ''))?.text)
    .find((address) => address !== undefined)
}

function parseTls(clauses: string, protocol: string | undefined): Hop['tls'] {
  const [, name, digits] = /\b(TLS|SSL)[ _-]?v?(\d(?:[._]\d)?)\b/i.exec(clauses) ?? []
  const version = name && digits ? `${name.toUpperCase()} ${digits.replace('_', '.')}` : undefined
  const cipher =
    /\bcipher[= ]([A-Z0-9_-]+)/i.exec(clauses)?.[1] ?? /\btls\s+([A-Z0-9]+[_-][A-Z0-9_-]+)/i.exec(clauses)?.[1]
  // The S of ESMTPS says that there was TLS (RFC 3848).
  const isEncrypted =
    version !== undefined || cipher !== undefined || /^(?:E?SMTPSA?|LMTPSA?|UTF8SMTPSA?)$/i.test(protocol ?? '')
  if (!isEncrypted) return undefined
  return { ...(version !== undefined && { version }), ...(cipher !== undefined && { cipher }) }
}
