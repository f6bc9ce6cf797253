import { createSocket } from 'node:dgram'
import { createConnection, isIPv6, type Socket } from 'node:net'
import { describeSilence, type Patience, wait } from './patience.ts'

/** A TCP port of one address. */
export interface Place {
  /** IPv4 or IPv6 address. */
  readonly address: string
  readonly port: number
}

/**
 * Why there is no connection.
 * `refused`: the host says that nothing listens. `filtered`: no answer in time. `unreachable`: a router, or the last
 * network itself, says that there is no way, or that it is forbidden. `failed`: this machine could not even ask.
 */
export interface TcpFailure {
  readonly outcome: 'refused' | 'filtered' | 'unreachable' | 'failed'
  /** In words: `no answer within 5 s`. */
  readonly why: string
}

export type TcpOutcome = { readonly outcome: 'open'; readonly socket: Socket } | TcpFailure

/** Opens a connection, without Nagle's delay. It never rejects; who gets a socket has to destroy it. */
export async function connectTcp(place: Place, patience: Patience): Promise<TcpOutcome> {
  const socket = createConnection({ host: place.address, port: place.port, noDelay: true })
  // For good: a connection that is cut later is noticed by whoever reads from it, and must not end the process.
  socket.on('error', () => undefined)
  const outcome = await wait<TcpOutcome | NodeJS.ErrnoException>(
    patience,
    (end) => {
      socket.once('connect', () => end({ outcome: 'open', socket })).once('error', end)
      return undefined
    },
    (reason) => ({ outcome: reason === 'silent' ? 'filtered' : 'failed', why: describeSilence(patience, reason) }),
  )
  if (!('outcome' in outcome)) return explain(outcome, place)
  if (outcome.outcome !== 'open') socket.destroy()
  return outcome
}

async function explain(error: NodeJS.ErrnoException, place: Place): Promise<TcpFailure> {
  switch (error.code ?? '') {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return { outcome: 'refused', why: 'connections are refused' }
    case 'ETIMEDOUT':
      return { outcome: 'filtered', why: 'no answer' }
    // What messages of ICMP become (icmp(7), RFC 4443 section 3.1), but also a route that is missing here.
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EACCES':
      if (await hasRoute(place)) return { outcome: 'unreachable', why: `no way leads there (${error.code})` }
      return { outcome: 'failed', why: `this machine has no ${isIPv6(place.address) ? 'IPv6' : 'IPv4'} route to it` }
    default:
      return { outcome: 'failed', why: error.message }
  }
}

// connect(2) on a datagram socket looks for a route and sends nothing.
function hasRoute({ address, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    const answer = (found: boolean) => () => {
      socket.close()
      resolve(found)
    }
    socket.once('error', answer(false)).once('connect', answer(true))
    socket.connect(port, address)
  })
}
