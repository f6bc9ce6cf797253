import { userInfo } from 'node:os'
import { UnreachableError } from '../core/error.ts'
import type { Session } from '../core/session.ts'
import type { HostAddress } from '../core/task.ts'
import type { Channel, OpenChannel, Traffic } from './channel.ts'
import { GREETING_SECONDS } from './explain.ts'
import { openLocalChannel } from './local.ts'
import type { Network } from './network.ts'
import { useSshProgram } from './openssh.ts'
import { endKept } from './openssh-master.ts'
import type { ReachOptions } from './options.ts'
import { ShellSession } from './session.ts'
import type { SshConnection } from './ssh.ts'
import { ProgramNeeded } from './ssh-errors.ts'
import { explainLogin, explainSudo, openSudo } from './sudo.ts'

/** A host that can be worked on. */
export interface Reached {
  readonly loginUser: string
  /** What went over all sessions so far. */
  readonly stats: Readonly<Traffic>
  /**
   * Opens a session, as another user through sudo where `become` names one. Over `ssh` and `local` it is ready to be used
   * at once; a shell that cannot be had shows at the first call.
   *
   * @throws {UnreachableError} at stage `channel` or `sudo`.
   */
  session(become?: string): Promise<Session>
  close(): Promise<void>
}

const networks = new WeakMap<ReachOptions, Network>()

/**
 * Reaches a host: over `ssh` it is connected and authenticated then, over `openssh` and `local` the first session does that.
 *
 * @throws {UnreachableError} naming the stage that failed and what to do.
 */
export async function reach(address: HostAddress, options: ReachOptions): Promise<Reached> {
  if (address.connection === 'local') return reached(openLocalChannel, userInfo().username, options, () => undefined)
  if (await usesKept(address, options)) return reachByProgram(address, options, options.persistSeconds)
  if (address.connection === 'openssh') return reachByProgram(address, options)
  const ssh = await import('./network.ts')
  const network = networks.get(options) ?? new ssh.Network(options)
  networks.set(options, network)
  const first = await network.connect(address).catch((error: unknown) => {
    // Nothing was sent yet, and ssh is as strict with keys as we are.
    if (error instanceof ProgramNeeded) return error
    throw error
  })
  if (first instanceof ProgramNeeded) {
    options.trace?.(`${address.name}: ${first.message}: reached with it`)
    return reachByProgram(address, options)
  }
  const leases = [first]
  const open: OpenChannel = async (command) => {
    for (const { connection } of leases) {
      const channel = await openOrFull(connection, command)
      if (channel) return channel
    }
    // sshd allows MaxSessions channels a connection, which may be a single one.
    const more = await network.connect(address)
    leases.push(more)
    return more.connection.open(command)
  }
  const release = () => {
    for (const lease of leases) lease.release()
  }
  return reached(open, leases[0]?.connection.peer.user ?? '', options, release)
}

const reachedOnce = new WeakMap<ReachOptions, Set<string>>()
const endings = new WeakMap<ReachOptions, Promise<void>>()

/** A host that is reached again has rebooted, or is to show that it lets new connections in: a kept one is of no use then. */
async function usesKept({ name }: HostAddress, options: ReachOptions): Promise<boolean> {
  if (options.persistSeconds === undefined) return false
  if (options.persistSeconds === 0) {
    const ending = endings.get(options) ?? endKept()
    endings.set(options, ending)
    await ending
    return false
  }
  const before = reachedOnce.get(options) ?? new Set()
  reachedOnce.set(options, before)
  if (before.has(name)) return false
  before.add(name)
  return true
}

async function reachByProgram(address: HostAddress, options: ReachOptions, persistSeconds?: number): Promise<Reached> {
  const program = await useSshProgram(address, options, persistSeconds)
  return reached(program.open, program.loginUser, options, program.close)
}

async function openOrFull(connection: SshConnection, command: string): Promise<Channel | undefined> {
  try {
    return await connection.open(command)
  } catch (error) {
    if (error instanceof UnreachableError && error.stage === 'channel') return undefined
    throw error
  }
}

function reached(open: OpenChannel, loginUser: string, options: ReachOptions, release: () => void): Reached {
  const stats: Traffic = { turns: 0, bytesUp: 0, bytesDown: 0 }
  const sessions: ShellSession[] = []
  // The ssh program connects at the first session, and may have to try again.
  const patience = GREETING_SECONDS + 2 * (options.connectTimeoutSeconds ?? 0)
  return {
    loginUser,
    stats,
    async session(become) {
      const other = become === undefined || become === loginUser ? undefined : become
      const session =
        other === undefined
          ? new ShellSession(await open('exec sh'), stats, explainLogin, patience)
          : new ShellSession(
              await openSudo(open, other, options.sudoPassword, stats),
              stats,
              explainSudo(other),
              patience,
            )
      sessions.push(session)
      return session
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()))
      release()
    },
  }
}
