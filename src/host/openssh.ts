import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../core/error.ts'
import { quote } from '../core/shell.ts'
import type { HostAddress } from '../core/task.ts'
import type { OpenChannel } from './channel.ts'
import { expandHome, parseJump, readSshConfig, type SshConfig } from './config.ts'
import { names } from './host-key.ts'
import { KnownHostsFiles } from './known-hosts.ts'
import { openSshChannel } from './openssh-channel.ts'
import { keepingArguments } from './openssh-master.ts'
import type { ReachOptions } from './options.ts'

const SECONDS = 10

/** A host that the ssh program reaches: with certificates, FIDO keys, and whatever ssh_config can do. */
export interface SshProgram {
  readonly loginUser: string
  readonly open: OpenChannel
  /** Removes the temporary files with the pinned host keys. */
  close(): void
}

/**
 * @param persistSeconds how long the connection stays open for later runs.
 * @throws {UnreachableError} for a pin that ssh cannot check, and where a connection cannot be kept.
 */
export async function useSshProgram(
  address: HostAddress,
  options: ReachOptions,
  persistSeconds?: number,
): Promise<SshProgram> {
  const pins = new PinFiles()
  try {
    const proxy = await proxyCommand(address.via ?? [], options, pins, [])
    const { loginUser, args, config } = await sshArguments(address, options, pins, proxy)
    const whole = [JSON.stringify(config), ...args].map((text) => pins.spellOut(text))
    const known = [...config.userKnownHosts, ...config.globalKnownHosts]
    const keeping = persistSeconds === undefined ? [] : keepingArguments(whole, known, persistSeconds)
    // Of an option that is given twice ssh takes the first.
    const words = [...keeping, ...args, '--', address.host]
    return {
      loginUser,
      open: async (command) => {
        options.trace?.(`${address.name}: ssh ${words.join(' ')} …`)
        const seconds = options.connectTimeoutSeconds ?? SECONDS
        return openSshChannel([...words, command], address, seconds, persistSeconds !== undefined)
      },
      close: () => pins.remove(),
    }
  } catch (error) {
    pins.remove()
    throw error
  }
}

/**
 * The options of ssh: nothing that asks, no terminal, no forwarding, a connection of its own that ends with the command, no
 * host keys learnt on the way, and the same strictness as our own connections.
 *
 * @param proxy the command that leads to it through jump hosts.
 */
export async function sshArguments(
  address: HostAddress,
  options: ReachOptions,
  pins: PinFiles,
  proxy: string | undefined,
): Promise<{ loginUser: string; args: readonly string[]; config: SshConfig }> {
  const config = await readSshConfig(address.host, address)
  const loginUser = address.user ?? config.user ?? options.defaultUser ?? userInfo().username
  const pin = address.hostKey === undefined ? undefined : await pins.write(address)
  const settings = [
    'BatchMode=yes',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'ControlMaster=no',
    'ControlPath=none',
    'LogLevel=INFO',
    `ConnectTimeout=${options.connectTimeoutSeconds ?? SECONDS}`,
    `ServerAliveInterval=${options.keepaliveSeconds ?? config.keepaliveSeconds ?? SECONDS}`,
    'ServerAliveCountMax=3',
    'UpdateHostKeys=no',
    ...(address.movedTo === undefined ? [] : [`HostName=${address.movedTo}`]),
    `StrictHostKeyChecking=${options.acceptNew && pin === undefined ? 'accept-new' : 'yes'}`,
    ...(pin === undefined
      ? address.movedTo === undefined
        ? []
        : [`HostKeyAlias=${address.host}`]
      : [
          `UserKnownHostsFile="${pin}"`,
          'GlobalKnownHostsFile=none',
          'VerifyHostKeyDNS=no',
          `HostKeyAlias=${PINNED_NAME}`,
        ]),
    // A key that is named is the one to use: others of the agent could use up the tries that sshd grants.
    ...(address.key === undefined ? [] : ['IdentitiesOnly=yes']),
    ...(proxy === undefined ? [] : [`ProxyCommand=${proxy}`]),
  ]
  const args = [
    '-T',
    ...settings.flatMap((setting) => ['-o', setting]),
    '-l',
    loginUser,
    ...(address.port === undefined ? [] : ['-p', String(address.port)]),
    ...(address.key === undefined ? [] : ['-i', expandHome(address.key)]),
  ]
  return { loginUser, args, config }
}

/**
 * The command that leads through jump hosts, each with its own key and pin and as strict as the host behind it, which the
 * ssh option -J would not be: it hands nothing but the configuration file on.
 */
async function proxyCommand(
  via: readonly string[],
  options: ReachOptions,
  pins: PinFiles,
  trail: readonly string[],
): Promise<string | undefined> {
  let before: string | undefined
  for (const [number, name] of via.entries()) {
    const hop = options.resolveVia?.(name) ?? { name, ...parseJump(name), connection: 'openssh' as const }
    if (trail.includes(name)) {
      throw new UnreachableError('connection', `the jump host ${name} is reached through itself`)
    }
    if (number === 0) before = await proxyCommand(hop.via ?? [], options, pins, [...trail, name])
    const { args } = await sshArguments(hop, options, pins, before)
    // ssh replaces %h and %p; every other % is doubled.
    const words = ['ssh', ...args].map((word) => quote(word.replaceAll('%', '%%')))
    before = [...words, '-W', "'[%h]:%p'", '--', quote(hop.host.replaceAll('%', '%%'))].join(' ')
  }
  return before
}

const PINNED_NAME = 'pinned-in-the-inventory'

/** Pinned host keys as known_hosts files, for ssh takes them in no other way. */
export class PinFiles {
  #directory: string | undefined
  #count = 0
  readonly #texts = new Map<string, string>()

  /** Writes the pin of a host, and what known_hosts revokes for it: a pin does not overrule that. */
  async write(address: HostAddress): Promise<string> {
    const words = address.hostKey?.split(/\s+/) ?? []
    const start = words.findIndex((word) => word.startsWith('AAAA'))
    if (start < 1) {
      const message = `the ssh program cannot check the fingerprint of ${address.host} in host_key`
      throw new UnreachableError('host key', message, 'write the whole key: host_key: "ssh-ed25519 AAAA…"')
    }
    const config = await readSshConfig(address.host, address)
    const files = [...config.userKnownHosts, ...config.globalKnownHosts]
    const alias = config.hostKeyAlias ?? config.hostname
    const port = config.hostKeyAlias === undefined ? (address.port ?? config.port) : 22
    const known = await new KnownHostsFiles().about(files, names({ alias, port }))
    const revoked = known.filter(({ marker }) => marker === 'revoked')
    this.#directory ??= mkdtempSync(join(tmpdir(), 'provision-'))
    const file = join(this.#directory, `known_hosts-${this.#count++}`)
    const lines = [
      ...revoked.map(({ type, key }) => `@revoked ${PINNED_NAME} ${type} ${key.toString('base64')}`),
      `${PINNED_NAME} ${words.slice(start - 1, start + 1).join(' ')}`,
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    this.#texts.set(file, lines.join('\n'))
    return file
  }

  /** A text with the pins in the place of the names of their files, which are other ones in each run. */
  spellOut(text: string): string {
    return [...this.#texts].reduce((spelled, [file, pin]) => spelled.replaceAll(file, pin), text)
  }

  remove(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true })
    this.#directory = undefined
  }
}
