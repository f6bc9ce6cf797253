import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import type { DnsRecord, RecordType } from '../mail/dns-record.ts'
import { decodeReply, encodeQuery, type Question, type Reply, withDot, withoutDot } from './dns-message.ts'
import { exchangeByTcp, exchangeByUdp, parseServerPlace, type ServerPlace, SilenceError } from './dns-transport.ts'

export interface DnsClientOptions {
  /** Let the server ask others: for resolvers. An authoritative server is asked for what it knows itself. */
  readonly recursion?: boolean
  /** Milliseconds to wait for each reply. */
  readonly timeout?: number
  /** How often to ask over UDP, where a datagram may get lost. */
  readonly tries?: number
}

type Settings = Required<DnsClientOptions> & { readonly server: string; readonly place: ServerPlace }

/** Why there is no answer to go by, in words. */
class NoAnswer extends Error {}

/** More aliases in a row are a mistake; resolvers give up at about as many. */
const mostAliases = 8

/**
 * A client of one name server: over UDP, and over TCP where that brings nothing usable. It keeps no answers, but asks
 * the same question only once at a time. Where an alias leads out of the answer, it asks the same server again.
 *
 * @param server its address, and its port if it is not 53: `192.0.2.1`, `192.0.2.1#5353` or `[2001:db8::1]:5353`.
 * @throws {RangeError} for a server that is no address. `ask` never rejects.
 */
export function dnsClient(
  server: string,
  { recursion = false, timeout = 3000, tries = 2 }: DnsClientOptions = {},
): DnsClient {
  const settings = { server, place: parseServerPlace(server), recursion, timeout, tries }
  const asking = new Map<string, Promise<DnsAnswer>>()
  return {
    server,
    ask(name, type) {
      const full = withDot(name)
      const key = `${full} ${type}`
      const answer = asking.get(key) ?? ask(settings, full, type).finally(() => asking.delete(key))
      asking.set(key, answer)
      return answer
    },
  }
}

async function ask(settings: Settings, name: string, type: RecordType): Promise<DnsAnswer> {
  const chain: [string, ...string[]] = [name]
  try {
    const found = await follow(settings, chain, type)
    return { ...found, aliases: chain.slice(1) }
  } catch (failure) {
    if (!(failure instanceof NoAnswer)) throw failure
    const way = chain.length === 1 ? '' : ` (${chain.map(withoutDot).join(' → ')})`
    const error = `${failure.message}${way}`
    return { status: 'failed', records: [], aliases: chain.slice(1), authoritative: false, authenticated: false, error }
  }
}

/** @param chain the name; the aliases that were met are added behind it. */
async function follow(
  settings: Settings,
  chain: [string, ...string[]],
  type: RecordType,
): Promise<Omit<DnsAnswer, 'aliases'>> {
  const replies: Reply[] = []
  for (;;) {
    const asked = chain.at(-1) ?? chain[0]
    const reply = await exchange(settings, { name: asked, type })
    replies.push(reply)
    if (type !== 'CNAME') walkAliases(reply.records, chain)
    const end = chain.at(-1)
    const records = reply.records.filter((record) => record.name === end && record.type === type)
    const isEmpty = records.length === 0
    if (isEmpty && reply.code === 'NOERROR') {
      if (end !== asked) continue
      if (!reply.authoritative && !(settings.recursion && reply.recursive)) {
        throw new NoAnswer(`${settings.server} does not know ${withoutDot(asked)} itself and refers to other servers`)
      }
    }
    return {
      status: isEmpty ? (reply.code === 'NXDOMAIN' ? 'no name' : 'no data') : 'found',
      records,
      // AA is about the name that was asked (RFC 1035 section 4.1.1), AD about everything on the way.
      authoritative: replies[0]?.authoritative ?? false,
      authenticated: replies.every(({ authenticated }) => authenticated),
    }
  }
}

// Goes on along CNAME records, as far as those at hand lead (RFC 1034 section 3.6.2).
function walkAliases(records: readonly DnsRecord[], chain: [string, ...string[]]): void {
  for (;;) {
    const alias = records.find((record) => record.name === chain.at(-1) && record.type === 'CNAME')
    if (!alias) return
    if (chain.includes(alias.value)) throw new NoAnswer(`the CNAME records lead in a circle to ${alias.value}`)
    if (chain.length > mostAliases) throw new NoAnswer(`there are more than ${mostAliases} CNAME records in a row`)
    chain.push(alias.value)
  }
}

async function exchange(settings: Settings, question: Question): Promise<Reply> {
  const { server, recursion } = settings
  if (!isDomainName(question.name)) throw new NoAnswer(`"${withoutDot(question.name)}" is no domain name`)
  const query = await encodeQuery(question, recursion)
  const datagram = await overUdp(settings, query)
  // Whatever is wrong with a datagram, a stream tells more: it cannot be too short, and hardly be forged.
  const reply = await decodeReply(datagram, question).catch(() => overTcp(settings, query, question))
  if (reply.code !== 'NOERROR' && reply.code !== 'NXDOMAIN') throw new NoAnswer(`${server} answers ${reply.code}`)
  return reply
}

async function overUdp(settings: Settings, query: Buffer): Promise<Buffer> {
  const { server, place, timeout, tries } = settings
  for (let left = tries - 1; ; left--) {
    try {
      return await exchangeByUdp(place, query, timeout)
    } catch (error) {
      if (left > 0) continue
      throw new NoAnswer(
        error instanceof SilenceError
          ? `no answer from ${server} within ${(timeout * tries) / 1000} s`
          : `${server} cannot be asked: ${reason(error, settings)}`,
      )
    }
  }
}

async function overTcp(settings: Settings, query: Buffer, question: Question): Promise<Reply> {
  const { server, place, timeout } = settings
  try {
    return await decodeReply(await exchangeByTcp(place, query, timeout), question)
  } catch (error) {
    throw new NoAnswer(`${server} gives no whole answer over UDP, and TCP fails: ${reason(error, settings)}`)
  }
}

function reason(error: unknown, { place, timeout }: Settings): string {
  if (error instanceof SilenceError) return `no answer within ${timeout / 1000} s`
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return `port ${place.port} is refused`
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return `there is no way to it from here (${code})`
  return error.message
}

// Labels of 1 to 63 bytes, 253 together (RFC 1035 section 2.3.4); other scripts than ASCII are for IDNA to encode.
function isDomainName(name: string): boolean {
  return /^(?=.{2,254}$)([!-\-/-~]{1,63}\.)+$/.test(name)
}
