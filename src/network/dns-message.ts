/**
 * DNS messages: a question to bytes, bytes to an answer in canonical records.
 */
import { randomInt } from 'node:crypto'
import type { Answer, CaaAnswer, MxAnswer, SrvAnswer, StringAnswer, TlsaAnswer, TxtAnswer } from 'dns-packet'
import { canonicalValue, type DnsRecord, RECORD_TYPES, type RecordType } from '../mail/dns-record.ts'
import { formatTxt } from '../mail/txt.ts'

export interface Question {
  /** Full name in lower case, a dot at its end. */
  readonly name: string
  readonly type: RecordType
}

/** What a server said. */
export interface Reply {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL` …, or `RCODE 9`. */
  readonly code: string
  /** The answer section, as far as its types are among RECORD_TYPES. */
  readonly records: readonly DnsRecord[]
  /** AA. */
  readonly authoritative: boolean
  /** AD. */
  readonly authenticated: boolean
  /** RA: the server asks others. */
  readonly recursive: boolean
}

type UsedAnswer =
  | (Omit<StringAnswer, 'type'> & { readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR' })
  | CaaAnswer
  | MxAnswer
  | SrvAnswer
  | TlsaAnswer
  | TxtAnswer

/** As much as passes everywhere without fragments (RFC 9715 appendix A). */
const largestDatagram = 1232

const responseCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const

/**
 * A query with a random id and EDNS (RFC 6891). AD asks for AD (RFC 6840 section 5.7); resolvers that do not know this
 * want DO for it, which brings signatures along.
 *
 * @param recursion RD: the server may ask others.
 */
export async function encodeQuery({ name, type }: Question, recursion: boolean): Promise<Buffer> {
  const { AUTHENTIC_DATA, DNSSEC_OK, encode, RECURSION_DESIRED } = await dnsPacket()
  const edns = { udpPayloadSize: largestDatagram, extendedRcode: 0, ednsVersion: 0, flags: DNSSEC_OK, flag_do: true }
  return encode({
    type: 'query',
    id: randomInt(0x10000),
    flags: AUTHENTIC_DATA | (recursion ? RECURSION_DESIRED : 0),
    questions: [{ name, type }],
    additionals: [{ type: 'OPT', name: '.', ...edns, options: [] }],
  })
}

/**
 * @throws {Error} for a message that cannot be read, was cut (TC), or answers another question. Which error it is
 * depends on the byte that dns-packet stumbles over.
 */
export async function decodeReply(message: Buffer, asked: Question): Promise<Reply> {
  const { decode } = await dnsPacket()
  // Only the answer section is of use; with the other two counts at 0 nothing in them can make a message unreadable.
  const packet = decode(Buffer.from(message).fill(0, 8, 12))
  const flags = packet.flags ?? 0
  const code = responseCodes[flags & 0xf] ?? `RCODE ${flags & 0xf}`
  const [question] = packet.questions ?? []
  // A server that does not understand a query may leave the question out.
  const isAnswer = question ? isSame(question, asked) : code !== 'NOERROR' && code !== 'NXDOMAIN'
  if (!isAnswer) throw new Error('it answers another question')
  if (packet.flag_tc) throw new Error('it was cut')
  return {
    code,
    records: (packet.answers ?? []).filter(isUsed).map(toRecord),
    authoritative: packet.flag_aa,
    authenticated: packet.flag_ad,
    recursive: packet.flag_ra,
  }
}

/** A name in lower case with a dot at its end. */
export function withDot(name: string): string {
  return `${withoutDot(name).toLowerCase()}.`
}

/** A name as people write it. */
export function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}

function isSame(question: { readonly name: string; readonly type: string }, asked: Question): boolean {
  return withDot(question.name) === asked.name && question.type === asked.type
}

function isUsed(answer: Answer): answer is UsedAnswer {
  const isInternet = 'class' in answer && answer.class === 'IN'
  return isInternet && (RECORD_TYPES as readonly string[]).includes(answer.type)
}

function toRecord(answer: UsedAnswer): DnsRecord {
  const { name, type, ttl = 0 } = answer
  return { name: withDot(name), type, ttl, value: canonicalValue(type, valueText(answer), '.') }
}

/** The value as zone files have it, with full names; the text of a TXT record. */
function valueText(answer: UsedAnswer): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return targetName(answer.data)
    case 'MX':
      return `${answer.data.preference} ${targetName(answer.data.exchange)}`
    case 'SRV': {
      const { priority, weight, port, target } = answer.data
      return `${priority} ${weight} ${port} ${targetName(target)}`
    }
    case 'CAA':
      return `${answer.data.flags} ${answer.data.tag} ${formatTxt(answer.data.value)}`
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = answer.data
      return `${usage} ${selector} ${matchingType} ${certificate.toString('hex')}`
    }
    case 'TXT':
      return Buffer.concat([answer.data].flat().map((part) => Buffer.from(part))).toString('utf8')
  }
}

// A space in a name, which only a mistake puts there, as zone files write it (RFC 1035 section 5.1).
function targetName(name: string): string {
  return withDot(name).replace(/\s/g, '\\032')
}

/** A CommonJS module as bundlers hand it out: by its default export alone. */
async function dnsPacket(): Promise<typeof import('dns-packet')> {
  return (await import('dns-packet')).default
}
