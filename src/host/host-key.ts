import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../core/error.ts'
import { fingerprint, type KnownKey, keyType, knownName, speaksOf } from './known-hosts.ts'

/** What is known about the key of one host. */
export interface HostIdentity {
  /** As the user knows the host, for messages. */
  readonly host: string
  /** The name that known_hosts has it under: HostKeyAlias or the host. */
  readonly alias: string
  readonly port: number
  /** `host_key` of the inventory: a public key or its SHA256 fingerprint. It overrules known_hosts, but not `@revoked`. */
  readonly pin: string | undefined
  readonly known: readonly KnownKey[]
}

export type Verdict =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly error: UnreachableError; readonly unknown: boolean }

const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const

export type HostKeyAlgorithm = (typeof ALGORITHMS)[number]

/** Host key algorithms to offer, those that the host is known by first: else a host known by another key would look changed. */
export function hostKeyAlgorithms(identity: HostIdentity): HostKeyAlgorithm[] {
  const types = new Set(knownTypes(identity))
  const isKnown = (algorithm: string) => types.has(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm)
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))]
}

/** Decides about the key that a host shows. A changed key is never trusted; an unknown one is the caller's decision. */
export function judgeHostKey(identity: HostIdentity, key: Buffer): Verdict {
  const shown = `${fingerprint(key)} (${keyType(key)})`
  const revoked = identity.known.find(({ marker, key: bad }) => marker === 'revoked' && bad.equals(key))
  if (revoked && names(identity).some((name) => speaksOf(revoked, name))) {
    return refuse(
      `${identity.host} shows a host key that ${place(revoked)} revokes\n${shown}`,
      'Somebody else may hold this key: stop, and find out why it was revoked.',
    )
  }
  return identity.pin === undefined ? judgeKnown(identity, key, shown) : judgePin(identity, identity.pin, key, shown)
}

/**
 * The line of a certificate authority that alone vouches for a host: neither a pin nor a plain key of it is known. Then only
 * the ssh program can tell, for ssh2 neither asks for host certificates nor verifies them.
 */
export function onlyAuthority(identity: HostIdentity): KnownKey | undefined {
  const about = names(identity)
  if (identity.pin !== undefined || about.some((name) => plainKeys(identity, name).length > 0)) return undefined
  const here = identity.known.filter((entry) => about.some((name) => speaksOf(entry, name)))
  const isRevoked = ({ key }: KnownKey) => here.some(({ marker, key: bad }) => marker === 'revoked' && bad.equals(key))
  return here.find((entry) => entry.marker === 'cert-authority' && !isRevoked(entry))
}

/** The names under which known_hosts may have a host: with its port, and like ssh also without. */
export function names({ alias, port }: Pick<HostIdentity, 'alias' | 'port'>): [string, ...string[]] {
  return port === 22 ? [knownName(alias, 22)] : [knownName(alias, port), knownName(alias, 22)]
}

function judgePin(identity: HostIdentity, pin: string, key: Buffer, shown: string): Verdict {
  const pinned = pinnedKey(pin)
  if (pinned ? pinned.equals(key) : pin === fingerprint(key)) return { trusted: true }
  return refuse(
    `${identity.host} shows another host key than host_key in the inventory\nexpected ${pinned ? fingerprint(pinned) : pin}  got ${shown}`,
    `If the host was reinstalled, change host_key${pinned ? '' : ' (a whole key finds the right one of several)'}. If not, somebody may be listening: stop.`,
  )
}

function judgeKnown(identity: HostIdentity, key: Buffer, shown: string): Verdict {
  const [name, plain] = names(identity)
  const entries = plainKeys(identity, name)
  // Like ssh, a key noted for the host without a port is good for all its ports.
  const alsoPlain = plain === undefined || entries.length > 0 ? [] : plainKeys(identity, plain)
  if ([...entries, ...alsoPlain].some((entry) => entry.key.equals(key))) return { trusted: true }
  const changed = entries.find((entry) => entry.type === keyType(key)) ?? entries[0]
  if (changed === undefined) {
    const error = new UnreachableError(
      'host key',
      `${identity.host} is not in known_hosts; it shows ${shown}`,
      'Compare the fingerprint, then again with --accept-new; or pin the key in the inventory: host_key',
    )
    return { trusted: false, unknown: true, error }
  }
  const remove = changed.file === defaultFile() ? '' : ` -f ${changed.file}`
  return refuse(
    `${identity.host} shows another host key than ${place(changed)}\nexpected ${fingerprint(changed.key)}${changed.type === keyType(key) ? '' : ` (${changed.type})`}  got ${shown}`,
    `If the host was reinstalled: ssh-keygen -R ${name.includes('[') ? `'${name}'` : name}${remove}, then again with --accept-new. If not, somebody may be listening: stop.`,
  )
}

function refuse(message: string, hint: string): Verdict {
  return { trusted: false, unknown: false, error: new UnreachableError('host key', message, hint) }
}

function knownTypes(identity: HostIdentity): string[] {
  if (identity.pin !== undefined) {
    const pinned = pinnedKey(identity.pin)
    return pinned ? [keyType(pinned)] : []
  }
  return names(identity).flatMap((name) => plainKeys(identity, name).map((entry) => entry.type))
}

function plainKeys({ known }: HostIdentity, name: string): KnownKey[] {
  return known.filter((entry) => entry.marker === undefined && speaksOf(entry, name))
}

// A pin may carry a type before the key and a comment behind it, as in a .pub file.
function pinnedKey(pin: string): Buffer | undefined {
  const base64 = pin.split(/\s+/).find((word) => word.startsWith('AAAA'))
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}

export function place({ file, line }: KnownKey): string {
  return `${file === defaultFile() ? 'known_hosts' : file} line ${line}`
}

function defaultFile(): string {
  return join(homedir(), '.ssh', 'known_hosts')
}
