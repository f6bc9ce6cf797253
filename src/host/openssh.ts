import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../core/error.ts'
import type { HostAddress } from '../core/task.ts'
import type { Channel, Ending, OpenChannel } from './channel.ts'
import { expandHome, readSshConfig } from './config.ts'
import { spawnChannel } from './local.ts'
import type { ReachOptions } from './options.ts'

/** The exit status with which ssh reports a failure of its own (ssh(1)). */
const SSH_FAILED = 255

/** What is kept of ssh's messages, in characters. */
const KEPT = 4096

const SECONDS = 10

/** A host that the ssh program reaches: with certificates, FIDO keys, and whatever ssh_config can do. */
export interface SshProgram {
  readonly loginUser: string
  readonly open: OpenChannel
  /** Removes the temporary file with the pinned host key. */
  close(): void
}

/** @throws {UnreachableError} for a pin that ssh cannot check. */
export async function useSshProgram(address: HostAddress, options: ReachOptions): Promise<SshProgram> {
  const config = await readSshConfig(address.host, address)
  const loginUser = address.user ?? config.user ?? options.defaultUser ?? userInfo().username
  const pin = address.hostKey === undefined ? undefined : writePin(address.hostKey)
  const keepaliveSeconds = options.keepaliveSeconds ?? config.keepaliveSeconds ?? SECONDS
  const args = sshArguments(address, loginUser, { ...options, keepaliveSeconds }, pin?.file)
  return {
    loginUser,
    open: async (command) => {
      options.trace?.(`${address.name}: ssh ${args.join(' ')} …`)
      return explained(spawnChannel('ssh', [...args, '--', address.host, command]), address)
    },
    close: () => {
      if (pin) rmSync(pin.directory, { recursive: true, force: true })
    },
  }
}

/** The options of ssh: nothing that asks, no terminal, no forwarding, and the same strictness as our own connections. */
export function sshArguments(
  address: HostAddress,
  loginUser: string,
  options: ReachOptions,
  pinFile: string | undefined,
): string[] {
  const keepalive = options.keepaliveSeconds ?? SECONDS
  const settings = [
    'BatchMode=yes',
    'ClearAllForwardings=yes',
    'RemoteCommand=none',
    `ConnectTimeout=${options.connectTimeoutSeconds ?? SECONDS}`,
    `ServerAliveInterval=${keepalive}`,
    'ServerAliveCountMax=3',
    `StrictHostKeyChecking=${options.acceptNew && pinFile === undefined ? 'accept-new' : 'yes'}`,
    ...(pinFile === undefined
      ? []
      : [`UserKnownHostsFile=${pinFile}`, 'GlobalKnownHostsFile=none', `HostKeyAlias=${PINNED_NAME}`]),
  ]
  return [
    '-T',
    ...settings.flatMap((setting) => ['-o', setting]),
    '-l',
    loginUser,
    ...(address.port === undefined ? [] : ['-p', String(address.port)]),
    ...(address.key === undefined ? [] : ['-i', expandHome(address.key)]),
    ...(address.via === undefined || address.via.length === 0
      ? []
      : ['-J', address.via.map((name) => jumpWord(name, options)).join(',')]),
  ]
}

function jumpWord(name: string, options: ReachOptions): string {
  const hop = options.resolveVia?.(name)
  if (!hop) return name
  const host = hop.host.includes(':') ? `[${hop.host}]` : hop.host
  return `${hop.user === undefined ? '' : `${hop.user}@`}${host}${hop.port === undefined ? '' : `:${hop.port}`}`
}

const PINNED_NAME = 'pinned-in-the-inventory'

function writePin(pin: string): { directory: string; file: string } {
  const start = pin.split(/\s+/).findIndex((word) => word.startsWith('AAAA'))
  if (start < 1) {
    const message = 'connection: openssh cannot check a fingerprint'
    throw new UnreachableError('host key', message, 'write the whole key: host_key: "ssh-ed25519 AAAA…"')
  }
  const directory = mkdtempSync(join(tmpdir(), 'provision-'))
  const file = join(directory, 'known_hosts')
  writeFileSync(
    file,
    `${PINNED_NAME} ${pin
      .split(/\s+/)
      .slice(start - 1, start + 1)
      .join(' ')}\n`,
  )
  return { directory, file }
}

// ssh reports its own failures, before and after the connection stands, by one exit status and a line on stderr.
function explained(channel: Channel, address: HostAddress): Channel {
  let said = ''
  channel.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-KEPT)
  })
  const ended = channel.ended.then((ending): Ending => {
    if (ending.code !== SSH_FAILED) return ending
    return { code: undefined, signal: undefined, error: explainSshProgram(said, address) }
  })
  return { ...channel, ended }
}

/** What the messages of ssh mean. */
export function explainSshProgram(said: string, { host }: HostAddress): UnreachableError {
  const lines = said
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const find = (pattern: RegExp) => lines.find((line) => pattern.test(line))
  const last = lines.at(-1) ?? ''
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said)) {
    const where = find(/^Offending/)?.replace(/^Offending \S+ key in /, '') ?? 'known_hosts'
    const got = find(/^SHA256:/)?.replace(/\.$/, '') ?? ''
    const message = `${host} shows another host key than ${where}\ngot ${got}`
    const hint = `If the host was reinstalled: ssh-keygen -R ${host}, then again with --accept-new. If not, somebody may be listening: stop.`
    return new UnreachableError('host key', message, hint)
  }
  if (/REVOKED HOST KEY/.test(said)) {
    return new UnreachableError(
      'host key',
      `${host} shows a host key that known_hosts revokes`,
      'stop, and find out why',
    )
  }
  if (/Host key verification failed/.test(said)) {
    const hint = 'look at its fingerprint, then again with --accept-new; or pin it: host_key'
    return new UnreachableError('host key', `${host} shows a host key that is not known: ${lines[0]}`, hint)
  }
  if (/Could not resolve hostname/.test(said)) return new UnreachableError('dns', last, 'is host: spelled right?')
  if (/connect to host .* port/.test(said)) return new UnreachableError('tcp', find(/connect to host/) ?? last)
  if (/kex_exchange_identification|banner/.test(said)) return new UnreachableError('banner', `${host}: ${lines[0]}`)
  if (/Unable to negotiate/.test(said)) return new UnreachableError('key exchange', find(/Unable to/) ?? last)
  if (/Permission denied|Too many authentication failures/.test(said)) {
    const message = `${host} refuses the login: ${find(/Permission denied|Too many/)}`
    return new UnreachableError('authentication', message, 'ssh cannot ask here: load the key with ssh-add')
  }
  return new UnreachableError('connection', last === '' ? `ssh lost the connection to ${host}` : `${host}: ${last}`)
}
