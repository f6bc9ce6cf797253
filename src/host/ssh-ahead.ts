import type { Client, ClientChannel, ParsedKey } from 'ssh2'
import type { AgentKeys } from './ssh-agent.ts'

type Handler = (protocol: Protocol, ...values: unknown[]) => void
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void

/** What this module needs of ssh2's internals (lib/protocol/Protocol.js). */
interface Protocol {
  _handlers: Record<'SERVICE_ACCEPT' | 'EXT_INFO' | 'USERAUTH_FAILURE' | 'GLOBAL_REQUEST', Handler>
  service(name: string): void
  authPK(user: string, key: ParsedKey, algorithm?: string, sign?: Sign): void
  exec(channel: number, command: unknown, wantReply: boolean): void
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void

/** What is sent on a connection without waiting for the answer to what was sent before. */
export interface Ahead {
  /** Resolves when the host has had its chance to name the signatures that it takes of RSA keys (RFC 8308 section 3.1). */
  readonly extensions: Promise<void>
  /** Names the agent whose only key is proven at once; nothing: an agent is asked key by key. */
  soleAgent(agent: AgentKeys | undefined): void
  /** Runs a command on the channel that was opened together with the login. @returns whether there was one. */
  exec(command: string, opened: Opened): boolean
  /** Ends the keepalives of a connection that is not written to any more: their timer would keep the program alive. */
  rest(): void
}

/** How the two SHA-2 signatures and the old one of an RSA key hash (RFC 8332 section 3). */
const HASHES: Readonly<Record<string, 'sha1' | 'sha256' | 'sha512'>> = {
  'ssh-rsa': 'sha1',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
}

/** The global request with which OpenSSH names the keys of a host (its file PROTOCOL, section 2.5). */
const HOST_KEYS = 'hostkeys-00@openssh.com'

/**
 * Makes a client of ssh2 wait less often; call it right after `connect`:
 *
 * - The first request to log in goes along with the request for that service (RFC 4253 section 10 asks for no wait).
 * - A key is proven without the question whether it would do (RFC 4252 section 7): a key file, or an agent's only key. With
 *   more of them an agent could ask its user to confirm each.
 * - The session's channel is opened along with the first proof. A host hands on what follows the request that it grants
 *   (RFC 4252 section 5.1); one that refuses does not know such a message yet, and the channel is opened later. Only
 *   OpenSSH is known to answer that without closing the connection.
 * - The host is not asked to prove its other keys: nobody would look at them.
 *
 * @param opensSession whether a session will be opened, as it is not on jump hosts.
 * @returns nothing where ssh2 is not built as this module expects; then everything is as ssh2 does it.
 */
export function sendAhead(client: Client, opensSession: boolean): Ahead | undefined {
  const protocol = protocolOf(client)
  if (!protocol) return undefined
  const extensions = requestLoginAtOnce(protocol)
  const channel = opensSession ? earlyChannel(client, protocol) : undefined
  let agent: AgentKeys | undefined
  const offer = protocol.authPK.bind(protocol)
  protocol.authPK = (user, key, algorithm, sign) => {
    const proves = sign ?? signer(key, algorithm, agent, () => offer(user, key, algorithm))
    if (!proves) return offer(user, key, algorithm)
    offer(user, key, algorithm, (data, done) =>
      proves(data, (signature) => {
        done(signature)
        channel?.open()
      }),
    )
  }
  wrap(protocol, 'GLOBAL_REQUEST', (pass, ...values) => {
    if (values[1] !== HOST_KEYS) pass(...values)
  })
  return {
    extensions,
    soleAgent: (keys) => {
      agent = keys?.keys.length === 1 ? keys : undefined
    },
    exec: (command, opened) => channel?.exec(command, opened) ?? false,
    rest: () => {
      if ('_resetKA' in client && typeof client._resetKA === 'function') client._resetKA()
    },
  }
}

function protocolOf(client: Client): Protocol | undefined {
  const protocol = '_protocol' in client ? (client._protocol as Partial<Protocol> | undefined) : undefined
  const { _handlers: handlers, service, authPK, exec } = protocol ?? {}
  const known = [handlers?.SERVICE_ACCEPT, handlers?.EXT_INFO, handlers?.USERAUTH_FAILURE, handlers?.GLOBAL_REQUEST]
  const isKnown = [...known, service, authPK, exec].every((each) => typeof each === 'function')
  return isKnown ? (protocol as Protocol) : undefined
}

function wrap(
  protocol: Protocol,
  name: keyof Protocol['_handlers'],
  handle: (pass: Handler, ...values: Parameters<Handler>) => void,
): void {
  const stock = protocol._handlers[name]
  protocol._handlers[name] = (...values) => handle(stock, ...values)
}

function requestLoginAtOnce(protocol: Protocol): Promise<void> {
  const request = protocol.service.bind(protocol)
  const accepted = protocol._handlers.SERVICE_ACCEPT
  protocol.service = (name) => {
    request(name)
    accepted(protocol, name)
  }
  return new Promise((resolve) => {
    // The host's extensions come ahead of this answer, if at all.
    protocol._handlers.SERVICE_ACCEPT = () => resolve()
    wrap(protocol, 'EXT_INFO', (pass, ...values) => {
      pass(...values)
      resolve()
    })
  })
}

/** @param ask what to do where the key does not sign: ask the host first, as ssh2 does, and let it report the reason. */
function signer(
  key: ParsedKey,
  algorithm: string | undefined,
  agent: AgentKeys | undefined,
  ask: () => void,
): Sign | undefined {
  const hash = algorithm === undefined ? undefined : HASHES[algorithm]
  if (key.isPrivateKey()) {
    return (data, done) => {
      const signature = key.sign(data, hash)
      if (signature instanceof Error) ask()
      else done(signature)
    }
  }
  if (!agent) return undefined
  return (data, done) => {
    agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
      if (error || !signature) ask()
      else done(signature)
    })
  }
}

/** A channel whose command is told when it is known; ssh2 does all the rest. */
function earlyChannel(client: Client, protocol: Protocol) {
  // ssh2 hands a command on as it is, so this one stands for itself.
  const later = Buffer.alloc(0)
  let state: 'unopened' | 'asked for' | 'over' = 'unopened'
  let remote: number | undefined
  let failure: Error | undefined
  let command: string | undefined
  let tell: Opened | undefined
  const request = protocol.exec.bind(protocol)
  const start = () => {
    if (remote !== undefined && command !== undefined) request(remote, command, true)
  }
  protocol.exec = (channel, what, wantReply) => {
    if (what !== later) return request(channel, what, wantReply)
    remote = channel
    start()
  }
  wrap(protocol, 'USERAUTH_FAILURE', (pass, ...values) => {
    if (state === 'asked for') state = 'over'
    pass(...values)
  })
  return {
    open(): void {
      const isOpenSsh = '_remoteVer' in client && String(client._remoteVer).startsWith('OpenSSH_')
      if (state !== 'unopened' || !isOpenSsh) return
      state = 'asked for'
      client.exec(later as unknown as string, (error, channel) => {
        if (tell) return tell(error, channel)
        failure = error
      })
    },
    exec(what: string, opened: Opened): boolean {
      if (state !== 'asked for') return false
      state = 'over'
      if (failure) {
        opened(failure, undefined as never)
        return true
      }
      command = what
      tell = opened
      start()
      return true
    },
  }
}
