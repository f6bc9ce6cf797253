import { isIPv6 } from 'node:net'
import { LineError, type LineReader, readLines } from './lines.ts'
import type { Patience } from './patience.ts'
import { connectTcp, type Place, type TcpFailure } from './tcp.ts'
import { type ServedTls, shakeHands, type TlsWish } from './tls.ts'

/** One reply (RFC 5321 section 4.2). */
export interface SmtpReply {
  readonly code: number
  /** Without the codes. */
  readonly lines: readonly string[]
  /** On one line, code included: `550 5.7.1 no such user`. */
  readonly text: string
}

/** A server's answer to EHLO. */
export interface Ehlo {
  /** The name by which the server calls itself; empty where it says none. */
  readonly name: string
  /** Keyword in capitals → its parameters: `AUTH` → `PLAIN LOGIN`. */
  readonly extensions: ReadonlyMap<string, string>
  readonly reply: SmtpReply
}

/** A dialogue that cannot go on. */
export class SmtpError extends Error {
  /** The connection was not made at all. */
  readonly tcp: TcpFailure | undefined
  /** This machine's own TLS library does not want to. */
  readonly isOurs: boolean

  constructor(message: string, { tcp, isOurs = false }: { readonly tcp?: TcpFailure; readonly isOurs?: boolean } = {}) {
    super(message)
    this.tcp = tcp
    this.isOurs = isOurs
  }
}

/** A dialogue with a server. Each method throws SmtpError where the server leaves, keeps silent or talks nonsense. */
export interface SmtpDialogue {
  readonly greeting: SmtpReply
  /** What TLS served, once it protects the dialogue. */
  readonly tls: ServedTls | undefined
  /** Every line, `S:` from the server and `C:` to it; credentials are left out. */
  readonly transcript: readonly string[]
  /** Sends one line. A refusal is a reply like any other. */
  command(line: string): Promise<SmtpReply>
  /** EHLO with the own address as a literal, which is what a client without a name says (RFC 5321 section 4.1.4). */
  ehlo(): Promise<Ehlo>
  /** STARTTLS (RFC 3207). What the server said before is forgotten: EHLO comes next. */
  startTls(wish: TlsWish): Promise<ServedTls>
  /** QUIT, without waiting for the answer. */
  close(): void
}

/** More lines than any reply has. */
const mostLines = 100

/**
 * Connects and reads the greeting, which may be a refusal too (554).
 *
 * @param implicit TLS from the first byte on (RFC 8314).
 * @throws {SmtpError}
 */
export async function openSmtp(place: Place, patience: Patience, implicit?: TlsWish): Promise<SmtpDialogue> {
  const connection = await connectTcp(place, patience)
  if (connection.outcome !== 'open') throw new SmtpError(connection.why, { tcp: connection })
  const transcript: string[] = []
  let socket = connection.socket
  let lines: LineReader
  let tls: ServedTls | undefined
  /** The server waits for a response within AUTH. */
  let isChallenge = false

  const secure = async (wish: TlsWish): Promise<ServedTls> => {
    const shaken = await shakeHands(socket, wish, patience)
    if (shaken.outcome === 'failed') {
      socket.destroy()
      throw new SmtpError(shaken.why, { isOurs: shaken.isOurs })
    }
    socket = shaken.socket
    lines = readLines(socket, patience)
    tls = shaken.served
    transcript.push(`— ${tls.protocol} —`)
    return tls
  }
  const read = async (): Promise<SmtpReply> => {
    try {
      return await readReply(lines, transcript)
    } catch (error) {
      socket.destroy()
      if (error instanceof LineError) throw new SmtpError(error.message)
      throw error
    }
  }
  const command = async (line: string): Promise<SmtpReply> => {
    if (/[\r\n]/.test(line)) throw new RangeError('a command of SMTP is one line')
    transcript.push(`C: ${isChallenge && line !== '*' ? '‹secret›' : line.replace(/^(AUTH +\S+) .+$/i, '$1 ‹secret›')}`)
    socket.write(`${line}\r\n`)
    const reply = await read()
    isChallenge = reply.code === 334
    return reply
  }

  if (implicit) await secure(implicit)
  else lines = readLines(socket, patience)
  const greeting = await read()
  return {
    greeting,
    get tls() {
      return tls
    },
    transcript,
    command,
    async ehlo() {
      const { localAddress = '127.0.0.1' } = connection.socket
      const literal = isIPv6(localAddress) ? `[IPv6:${localAddress}]` : `[${localAddress}]`
      return parseEhlo(await command(`EHLO ${literal}`))
    },
    async startTls(wish) {
      const reply = await command('STARTTLS')
      if (reply.code !== 220) throw new SmtpError(`STARTTLS is refused: ${reply.text}`)
      // Sent in clear by anybody on the way, it would count as said under TLS (RFC 3207 section 4.2, CVE-2011-0411).
      const injected = lines.pending()
      if (injected !== '') {
        socket.destroy()
        throw new SmtpError(`text follows the answer to STARTTLS in clear: ${JSON.stringify(injected)}`)
      }
      lines.release()
      return secure(wish)
    },
    close() {
      if (socket.writable) socket.end('QUIT\r\n', () => socket.destroy())
    },
  }
}

async function readReply(lines: LineReader, transcript: string[]): Promise<SmtpReply> {
  const texts: string[] = []
  let first: string | undefined
  for (;;) {
    const line = await lines.next()
    transcript.push(`S: ${line}`)
    const [, code, separator, text = ''] = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(line) ?? []
    if (code === undefined || (first !== undefined && code !== first)) {
      throw new LineError(`what is there does not speak SMTP: ${JSON.stringify(line.slice(0, 80))}`)
    }
    first = code
    texts.push(text)
    if (separator !== '-') return { code: Number(code), lines: texts, text: `${code} ${texts.join(' ')}`.trimEnd() }
    if (texts.length === mostLines) throw new LineError(`a reply has more than ${mostLines} lines`)
  }
}

/** The extensions of a reply to EHLO (RFC 5321 section 4.1.1.1); none where it is refused. */
export function parseEhlo(reply: SmtpReply): Ehlo {
  const [first = '', ...rest] = reply.code === 250 ? reply.lines : []
  const extensions = rest.map((line): [string, string] => {
    // Old servers write AUTH=PLAIN.
    const [, keyword = '', parameters = ''] = /^([^\s=]+)[\s=]*(.*)$/.exec(line.trim()) ?? []
    return [keyword.toUpperCase(), parameters]
  })
  return { name: first.split(/\s/)[0] ?? '', extensions: new Map(extensions), reply }
}
