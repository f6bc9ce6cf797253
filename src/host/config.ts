import { execFile } from 'node:child_process'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UnreachableError } from '../core/error.ts'

/** What the user's ssh_config says about a host. */
export interface SshConfig {
  readonly hostname: string
  readonly port: number
  /** Nothing where it is only the local user's name, which ssh takes for want of another. */
  readonly user: string | undefined
  readonly identityFiles: readonly string[]
  /** Keys of the agent that are none of the identity files stay unused. */
  readonly identitiesOnly: boolean
  /** Path of the agent's socket. */
  readonly agent: string | undefined
  /** Where new host keys are written: the first one. */
  readonly userKnownHosts: readonly string[]
  readonly globalKnownHosts: readonly string[]
  readonly hashKnownHosts: boolean
  /** The name under which known_hosts has the host. */
  readonly hostKeyAlias: string | undefined
  /** ServerAliveInterval; nothing where it is 0, as it is unless ssh_config says otherwise. */
  readonly keepaliveSeconds: number | undefined
  /** Jump hosts, outermost first. */
  readonly jumps: readonly string[]
  /** What ssh_config asks for that only the ssh program can do, as the name of its keyword. */
  readonly programOnly: string | undefined
}

/** Ways to the host, keys and judges of host keys that ssh2 does not know (ssh_config(5)); `ssh -G` shows none by default. */
const PROGRAM_ONLY = ['ProxyCommand', 'CertificateFile', 'PKCS11Provider', 'RevokedHostKeys', 'KnownHostsCommand']

const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519']

/** What is known of a host without ssh_config. */
export interface KnownSettings {
  readonly user?: string
  readonly port?: number
}

/**
 * Asks `ssh -G`, which knows Include, Match and the rest of ssh_config(5). Without an ssh program its defaults apply.
 *
 * @throws {UnreachableError} where ssh_config cannot be read.
 */
export async function readSshConfig(host: string, known: KnownSettings): Promise<SshConfig> {
  return parseSshConfig((await askSsh(host, known)).settings, host)
}

/** What `ssh -G` says of a host: no settings and no files without an ssh program. */
export interface SshAnswer {
  readonly settings: string
  /** The files of ssh_config that it read, those that others include among them. */
  readonly files: readonly string[]
}

/** @throws {UnreachableError} where ssh_config cannot be read. */
export async function askSsh(host: string, { user, port }: KnownSettings): Promise<SshAnswer> {
  const words = [...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', String(port)])]
  try {
    const { stdout, stderr } = await promisify(execFile)('ssh', ['-G', '-v', ...words, '--', host])
    const read = stderr.matchAll(/^debug1: Reading configuration data (.*?)\r?$/gm)
    return { settings: stdout, files: [...read].map(([, file = '']) => file) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { settings: '', files: [] }
    const said =
      error instanceof Error && 'stderr' in error
        ? String(error.stderr)
            .replace(/^(?:debug1: |OpenSSH_).*\n/gm, '')
            .trim()
        : String(error)
    throw new UnreachableError(
      'connection',
      `ssh -G ${host} failed: ${said}`,
      'is host: in the inventory right, and ~/.ssh/config?',
    )
  }
}

/** Parses what `ssh -G` prints: a keyword and its value per line, keywords in lower case. */
export function parseSshConfig(text: string, host: string): SshConfig {
  const values = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space < 0) continue
    const keyword = line.slice(0, space)
    values.set(keyword, [...(values.get(keyword) ?? []), line.slice(space + 1)])
  }
  const one = (keyword: string) => values.get(keyword)?.[0]
  const set = (keyword: string) => (one(keyword) === 'none' ? undefined : one(keyword))
  const user = one('user')
  const agent = one('identityagent') ?? 'SSH_AUTH_SOCK'
  return {
    hostname: one('hostname') ?? host,
    port: Number(one('port') ?? 22),
    user: user === userInfo().username ? undefined : user,
    identityFiles: (values.get('identityfile') ?? DEFAULT_KEYS.map((name) => `~/.ssh/${name}`)).map(expandHome),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agent === 'SSH_AUTH_SOCK' ? process.env.SSH_AUTH_SOCK || undefined : set('identityagent'),
    userKnownHosts: files(one('userknownhostsfile') ?? '~/.ssh/known_hosts ~/.ssh/known_hosts2'),
    globalKnownHosts: files(one('globalknownhostsfile') ?? '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2'),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    hostKeyAlias: set('hostkeyalias'),
    keepaliveSeconds: Number(one('serveraliveinterval') ?? 0) || undefined,
    jumps: set('proxyjump')?.split(',') ?? [],
    programOnly: PROGRAM_ONLY.find((keyword) => set(keyword.toLowerCase()) !== undefined),
  }
}

/** `~/x` in the user's home. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}

/** A jump host as people write it: `[user@]host[:port]`, IPv6 addresses in brackets, `ssh://` allowed. */
export function parseJump(text: string): { host: string; user?: string; port?: number } {
  const match = /^(?:ssh:\/\/)?(?:(?<user>[^@]*)@)?(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?\/?$/.exec(
    text,
  )
  const { user, six, host, port } = match?.groups ?? {}
  return {
    host: six ?? host ?? text,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
}

function files(value: string): string[] {
  return value
    .split(' ')
    .filter((name) => name !== '' && name !== 'none')
    .map(expandHome)
}
