import { connect, type Socket } from 'node:net'
import { UnreachableError } from '../core/error.ts'
import { explainBanner } from './ssh-errors.ts'

/**
 * Opens a TCP connection, without Nagle's delay. All addresses of a name are tried (RFC 8305).
 *
 * @param onPacket called when the first packet is sent, after the name was looked up.
 * @throws {UnreachableError} at stage `dns` or `tcp`.
 */
export function openSocket(host: string, port: number, timeoutSeconds: number, onPacket?: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, autoSelectFamily: true, noDelay: true })
    if (onPacket) socket.once('connectionAttempt', onPacket)
    const late = setTimeout(() => {
      socket.destroy()
      reject(silent(host, port, `within ${timeoutSeconds} s`))
    }, timeoutSeconds * 1000)
    socket.once('error', (error) => {
      clearTimeout(late)
      reject(explainSocket(error, host, port))
    })
    socket.once('connect', () => {
      clearTimeout(late)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

/** What a failed connection attempt means. */
export function explainSocket(error: Error, host: string, port: number): UnreachableError {
  const code = 'code' in error ? String(error.code) : ''
  const tcp = (message: string, hint?: string) => new UnreachableError('tcp', message, hint)
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      return new UnreachableError('dns', `${host} has no address in DNS`, 'is host: in the inventory spelled right?')
    case 'EAI_AGAIN':
      return new UnreachableError('dns', `${host} could not be looked up: the resolver does not answer`, 'try again')
    case 'ECONNREFUSED':
      return tcp(
        `${host} port ${port} refuses connections`,
        'does sshd run there, and on this port? port: in the inventory',
      )
    case 'ECONNRESET':
      return explainBanner(error, { host, port }, '')
    case 'ETIMEDOUT':
      return silent(host, port, 'in time')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return tcp(`no route to ${host}`, 'is the address right, and the network up?')
    default:
      return tcp(`${host} port ${port} cannot be connected to: ${code === '' ? error.message : code}`)
  }
}

function silent(host: string, port: number, when: string): UnreachableError {
  const hint = 'the host is down, or a firewall drops the packets'
  return new UnreachableError('tcp', `${host} port ${port} did not answer ${when}`, hint)
}
