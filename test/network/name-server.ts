import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Answer, type DecodedPacket, decode, encode } from 'dns-packet'

export interface Asked {
  readonly over: 'udp' | 'tcp'
  readonly packet: DecodedPacket
  /** `example.org TXT`. */
  readonly question: string
  /** How many messages came before this one. */
  readonly count: number
}

export interface Said {
  /** 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly rcode?: number
  readonly flags?: number
  readonly answers?: readonly Answer[]
  readonly id?: number
  readonly questions?: DecodedPacket['questions']
}

/** One message or several, ready-made or to encode; nothing is silence, and `close` ends a TCP connection. */
export type Reaction = Said | Buffer | 'close' | undefined | readonly (Said | Buffer)[]

/** A name server on a free port of this machine that says what a test wants, right or wrong. */
export class NameServer {
  readonly asked: Asked[] = []
  readonly #udp
  readonly #tcp
  readonly #connections = new Set<Socket>()
  readonly #react: (asked: Asked) => Reaction
  readonly #host: string

  private constructor(react: (asked: Asked) => Reaction, host: string) {
    this.#react = react
    this.#host = host
    this.#udp = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    this.#tcp = createServer((connection) => this.#serve(connection))
  }

  static async start(react: (asked: Asked) => Reaction, host = '127.0.0.1'): Promise<NameServer> {
    const server = new NameServer(react, host)
    server.#tcp.listen(0, host)
    await once(server.#tcp, 'listening')
    server.#udp.on('message', (message, { port, address }) => {
      const reaction = server.#answer(message, 'udp')
      if (reaction === 'close') return
      for (const bytes of reaction) server.#udp.send(bytes, port, address)
    })
    server.#udp.bind((server.#tcp.address() as AddressInfo).port, host)
    await once(server.#udp, 'listening')
    return server
  }

  get port(): number {
    return this.#udp.address().port
  }

  /** As `dnsClient` takes it. */
  get place(): string {
    return `${this.#host.includes(':') ? `[${this.#host}]:` : `${this.#host}#`}${this.port}`
  }

  /** From now on connections are refused. */
  async refuseTcp(): Promise<void> {
    this.#tcp.close()
    await once(this.#tcp, 'close')
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy()
    if (this.#tcp.listening) await this.refuseTcp()
    this.#udp.close()
  }

  #serve(connection: Socket): void {
    this.#connections.add(connection)
    connection.on('error', () => {})
    connection.on('data', (chunk) => {
      const reaction = this.#answer(chunk.subarray(2), 'tcp')
      if (reaction === 'close') connection.end()
      else for (const bytes of reaction) sendInPieces(connection, withLength(bytes))
    })
  }

  #answer(message: Buffer, over: Asked['over']): 'close' | readonly Buffer[] {
    const packet = decode(message)
    const [question] = packet.questions ?? []
    const asked = { over, packet, question: `${question?.name} ${question?.type}`, count: this.asked.length }
    this.asked.push(asked)
    const reaction = this.#react(asked)
    if (reaction === 'close') return 'close'
    return [reaction].flat().flatMap((one) => (one === undefined ? [] : [isBytes(one) ? one : response(asked, one)]))
  }
}

/** The bytes of an answer to a question. */
export function response({ packet }: Asked, said: Said): Buffer {
  const { rcode = 0, flags = 0, answers = [], id = packet.id, questions = packet.questions } = said
  return encode({ type: 'response', id, flags: flags | rcode, questions, answers: [...answers] })
}

// A stream knows no borders of messages: even their length may come in two pieces.
function sendInPieces(connection: Socket, bytes: Buffer): void {
  connection.setNoDelay().write(bytes.subarray(0, 1))
  setImmediate(() => {
    connection.write(bytes.subarray(1, 14))
    setImmediate(() => connection.write(bytes.subarray(14)))
  })
}

function isBytes(one: unknown): one is Buffer {
  return Buffer.isBuffer(one)
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
