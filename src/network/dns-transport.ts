/**
 * One message to a name server and one back, in bytes.
 */
import { createSocket } from 'node:dgram'
import { createConnection, isIP, isIPv6 } from 'node:net'

/** Where a name server listens. */
export interface ServerPlace {
  /** IPv4 or IPv6 address. */
  readonly address: string
  readonly port: number
}

/** Nothing came in time. */
export class SilenceError extends Error {}

/**
 * @param text an address, and a port if it is not 53: `192.0.2.1`, `192.0.2.1#5353`, `192.0.2.1:5353`, `2001:db8::1`,
 * `2001:db8::1#5353` or `[2001:db8::1]:5353`.
 * @throws {RangeError} for everything else, host names too.
 */
export function parseServerPlace(text: string): ServerPlace {
  if (isIP(text)) return { address: text, port: 53 }
  const [, bracketed, bare = '', digits = '53'] = /^(?:\[([^\]]+)\]|([^[\]#]+?))(?:[#:](\d+))?$/.exec(text) ?? []
  const address = bracketed ?? bare
  const port = Number(digits)
  if (!isIP(address) || port < 1 || port > 65_535) {
    throw new RangeError(
      `"${text}" is no address of a name server: write it as 192.0.2.1, 192.0.2.1#5353 or [2001:db8::1]:5353`,
    )
  }
  return { address, port }
}

/**
 * Sends a query over UDP from a port that the kernel picks at random, and waits for the reply with its id. A connected
 * socket takes no datagram from anybody else, and notices that nothing listens there.
 *
 * @param timeout milliseconds.
 * @throws {SilenceError} when no reply has come in time; an error of the system when none can come.
 */
export function exchangeByUdp({ address, port }: ServerPlace, query: Buffer, timeout: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    const timer = setTimeout(() => end(() => reject(new SilenceError())), timeout)
    const end = (act: () => void) => {
      clearTimeout(timer)
      socket.removeAllListeners().close()
      act()
    }
    socket.on('error', (error) => end(() => reject(error)))
    socket.on('message', (message) => {
      if (isReply(message, query)) end(() => resolve(message))
    })
    socket.on('connect', () => socket.send(query))
    socket.connect(port, address)
  })
}

/**
 * The same over TCP, where two bytes with its length precede each message (RFC 1035 section 4.2.2).
 *
 * @param timeout milliseconds, for everything together.
 * @throws {SilenceError} when the reply is not complete in time; an error of the system when none can come.
 */
export function exchangeByTcp({ address, port }: ServerPlace, query: Buffer, timeout: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port, noDelay: true })
    const timer = setTimeout(() => end(() => reject(new SilenceError())), timeout)
    const end = (act: () => void) => {
      clearTimeout(timer)
      // An error that comes after the end concerns nobody, but without a listener it would end the process.
      socket
        .removeAllListeners()
        .on('error', () => {})
        .destroy()
      act()
    }
    let received = Buffer.alloc(0)
    socket.on('error', (error) => end(() => reject(error)))
    socket.on('end', () => end(() => reject(new Error('the connection was closed without an answer'))))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const length = received.length < 2 ? Number.POSITIVE_INFINITY : 2 + received.readUInt16BE(0)
      if (received.length < length) return
      const message = received.subarray(2, length)
      end(() =>
        isReply(message, query) ? resolve(message) : reject(new Error('what came is no answer to the question')),
      )
    })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
  })
}

// The id is the first two bytes; QR, the highest bit of the third, tells a reply from a query (RFC 1035 section 4.1.1).
function isReply(message: Buffer, query: Buffer): boolean {
  return message.length >= 12 && message.readUInt16BE(0) === query.readUInt16BE(0) && (message[2]! & 0x80) !== 0
}
