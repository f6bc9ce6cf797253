import { Socket } from 'node:net'
import { userInfo } from 'node:os'
import type { Duplex } from 'node:stream'
import { UnreachableError } from '../core/error.ts'
import type { HostAddress } from '../core/task.ts'
import { parseJump, type SshConfig } from './config.ts'
import { SshConfigs } from './configs.ts'
import { type HostIdentity, hostKeyAlgorithms, judgeHostKey, names, onlyAuthority, place } from './host-key.ts'
import { KnownHostsFiles, knownName } from './known-hosts.ts'
import type { ConnectStep, ReachOptions } from './options.ts'
import { pauseAfter } from './pause.ts'
import { openSocket } from './socket.ts'
import type { SshConnection } from './ssh.ts'
import { DroppedError, ProgramNeeded } from './ssh-errors.ts'
import { KeyFiles } from './ssh-keys.ts'

const SECONDS = 10

/** A connection and the way to give it back: a jump host stays connected while somebody uses it. */
export interface Lease {
  readonly connection: SshConnection
  release(): void
}

/** A host, and what ssh_config and known_hosts say of it. */
interface Target {
  readonly address: HostAddress
  readonly config: SshConfig
  readonly port: number
  readonly identity: HostIdentity
}

/** What all connections of a run share: keys, known hosts and jump hosts. */
export class Network {
  readonly #options: ReachOptions
  readonly #keys: KeyFiles
  readonly #knownHosts = new KnownHostsFiles()
  readonly #configs = new SshConfigs()
  readonly #jumps = new Map<string, { users: number; readonly lease: Promise<Lease> }>()

  constructor(options: ReachOptions) {
    this.#options = options
    this.#keys = new KeyFiles(options.askPassphrase)
  }

  /**
   * Connects and logs in, through the jump hosts that the inventory or ssh_config names.
   *
   * @throws {ProgramNeeded} where only the ssh program can do what ssh_config or known_hosts ask for; nothing was sent then.
   * @throws {UnreachableError}
   */
  connect(address: HostAddress): Promise<Lease> {
    return this.#connect(address, [])
  }

  /** @param trail the jump hosts that are waiting for this connection. */
  async #connect(address: HostAddress, trail: readonly string[]): Promise<Lease> {
    this.#mark(address, 'settings')
    const target = await this.#target(address)
    const via = address.via ?? target.config.jumps
    if (via.length > 0) this.#mark(address, 'jump host')
    const route = await this.#route(via, trail)
    try {
      const isHop = trail.length > 0
      const connection = await this.#retry(address, () => this.#login(target, route?.connection, isHop))
      const release = () => {
        connection.close()
        route?.release()
      }
      return { connection, release }
    } catch (error) {
      route?.release()
      throw error
    }
  }

  async #target(address: HostAddress): Promise<Target> {
    const [config] = await Promise.all([this.#configs.about(address.host, address), loadSsh()])
    const port = address.port ?? config.port
    const identity = await this.#identity(address, config, port)
    const needed = needsProgram(address, config, identity)
    if (needed !== undefined) throw new ProgramNeeded(needed)
    return { address, config, port, identity }
  }

  async #login(target: Target, through: SshConnection | undefined, isHop: boolean): Promise<SshConnection> {
    const { address, config, port, identity } = target
    const ssh = await loadSsh()
    const timeoutSeconds = this.#patience
    const user = address.user ?? config.user ?? this.#options.defaultUser ?? userInfo().username
    this.#mark(address, through ? 'tcp' : 'lookup')
    const stream: Duplex = through
      ? await through.forward(address.movedTo ?? config.hostname, port)
      : await openSocket(address.movedTo ?? config.hostname, port, timeoutSeconds, () => this.#mark(address, 'tcp'))
    this.#trace(address, `${config.hostname} port ${port} answers`)
    this.#mark(address, 'key exchange', stream instanceof Socket ? stream : undefined)
    const connection = await ssh.SshConnection.connect(stream, {
      peer: { host: address.host, port, user },
      through,
      credentials: { user, key: address.key, config, files: this.#keys },
      hostKeyAlgorithms: hostKeyAlgorithms(identity),
      verifyHostKey: async (key) => {
        await this.#verify(identity, config, key)
        this.#mark(address, 'authentication')
      },
      timeoutSeconds,
      keepaliveSeconds: this.#options.keepaliveSeconds ?? config.keepaliveSeconds ?? SECONDS,
      runsCommands: !isHop,
    })
    this.#mark(address, 'connected')
    this.#trace(address, `logged in as ${user}`)
    return connection
  }

  async #identity(address: HostAddress, config: SshConfig, port: number): Promise<HostIdentity> {
    const { hostKeyAlias, hostname } = config
    // A HostKeyAlias stands for the host on every port (ssh_config(5)).
    const name = hostKeyAlias === undefined ? { alias: hostname, port } : { alias: hostKeyAlias, port: 22 }
    const files = [...config.userKnownHosts, ...config.globalKnownHosts]
    const known = await this.#knownHosts.about(files, names(name))
    return { host: address.host, ...name, pin: address.hostKey, known }
  }

  async #verify(identity: HostIdentity, config: SshConfig, key: Buffer): Promise<void> {
    const verdict = judgeHostKey(identity, key)
    if (verdict.trusted) return
    const [file] = config.userKnownHosts
    if (!verdict.unknown || !this.#options.acceptNew || file === undefined) throw verdict.error
    try {
      await this.#knownHosts.add(file, knownName(identity.alias, identity.port), key, config.hashKnownHosts)
    } catch (error) {
      throw new UnreachableError(
        'host key',
        `${file} cannot be written: ${error instanceof Error ? error.message : error}`,
      )
    }
  }

  // One connection to a jump host serves all hosts behind it.
  async #route(via: readonly string[], trail: readonly string[]): Promise<Lease | undefined> {
    let route: Lease | undefined
    let path = ''
    for (const name of via) {
      const hop = this.#options.resolveVia?.(name) ?? { name, ...parseJump(name), connection: 'ssh' as const }
      path += `${hop.user ?? ''}@${hop.host}:${hop.port ?? ''},`
      const here = path
      if (trail.includes(here))
        throw new UnreachableError('connection', `the jump host ${name} is reached through itself`)
      const before: Lease | undefined = route
      try {
        const { connection, release } = await this.#share(path, () =>
          this.#hop(hop, before?.connection, [...trail, here]),
        )
        const leave = () => {
          release()
          before?.release()
        }
        route = { connection, release: leave }
      } catch (error) {
        before?.release()
        throw error
      }
    }
    return route
  }

  async #hop(hop: HostAddress, through: SshConnection | undefined, trail: readonly string[]): Promise<Lease> {
    if (!through) return this.#connect(hop, trail)
    const target = await this.#target(hop)
    const connection = await this.#retry(hop, () => this.#login(target, through, true))
    return { connection, release: () => connection.close() }
  }

  async #share(path: string, open: () => Promise<Lease>): Promise<Lease> {
    const shared = this.#jumps.get(path) ?? { users: 0, lease: open() }
    this.#jumps.set(path, shared)
    shared.users++
    const forget = () => {
      if (this.#jumps.get(path) === shared) this.#jumps.delete(path)
    }
    try {
      const { connection, release } = await shared.lease
      void connection.closed.then(forget)
      const leave = () => {
        shared.users--
        if (shared.users > 0) return
        forget()
        release()
      }
      return { connection, release: leave }
    } catch (error) {
      forget()
      throw error
    }
  }

  // Never after a refused authentication: programs like fail2ban count those.
  async #retry<T>(address: HostAddress, attempt: () => Promise<T>): Promise<T> {
    const end = performance.now() + this.#patience * 1000
    for (let tries = 1; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof DroppedError)) throw error
        const pause = pauseAfter(tries)
        if (performance.now() + pause > end) {
          const often = tries === 1 ? '' : ` (${tries} times within ${this.#patience} s)`
          throw new UnreachableError(error.stage, error.message + often, error.hint)
        }
        this.#trace(address, `${error.message}; trying again`)
        this.#mark(address, 'pause')
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }

  get #patience(): number {
    return this.#options.connectTimeoutSeconds ?? SECONDS
  }

  #mark(address: HostAddress, step: ConnectStep, socket?: Socket): void {
    this.#options.mark?.(address.name, step, socket)
  }

  #trace(address: HostAddress, line: string): void {
    this.#options.trace?.(`${address.name}: ${line}`)
  }
}

// node-ssh takes 60 ms to load. That is begun when `ssh -G` is: the two of them run at once.
const loadSsh = () => import('./ssh.ts')

/** What it is that only the ssh program can do for a host, in words; nothing where that is not needed. */
function needsProgram(address: HostAddress, { programOnly }: SshConfig, identity: HostIdentity): string | undefined {
  const isRouted = programOnly === 'ProxyCommand' && address.via !== undefined
  if (programOnly !== undefined && !isRouted)
    return `ssh_config has ${programOnly} for ${address.host}, which only the ssh program knows`
  const authority = onlyAuthority(identity)
  if (!authority) return undefined
  return `${place(authority)} knows ${address.host} by a certificate authority, which only the ssh program can check`
}
