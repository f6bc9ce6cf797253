import type { Socket } from 'node:net'
import type { Secret } from '../core/secret.ts'
import type { HostAddress } from '../core/task.ts'

/** How hosts are reached in a run. Hand the same object to every `reach`: keys, passphrases and jump hosts are shared by it. */
export interface ReachOptions {
  /** Unknown host keys are added to known_hosts. A changed key is refused all the same. */
  readonly acceptNew: boolean
  readonly sudoPassword?: Secret
  /** Asks the user; nothing where nobody can be asked. Called at most once for a file. */
  readonly askPassphrase?: (file: string) => Promise<Secret | undefined>
  /** For each step of connecting; 10 unless told otherwise. */
  readonly connectTimeoutSeconds?: number
  /** The connection counts as lost after three of these without an answer; ServerAliveInterval or 10 unless told otherwise. */
  readonly keepaliveSeconds?: number
  /** Connections go through the ssh program and stay open so long for later runs; 0 ends all that are open. */
  readonly persistSeconds?: number
  /** The login user where neither the inventory nor ssh_config names one. */
  readonly defaultUser?: string
  /** The address behind an inventory name in `via`. */
  readonly resolveVia?: (name: string) => HostAddress | undefined
  /** One line for each step of connecting. */
  readonly trace?: (line: string) => void
  /** Hears when a step of connecting begins, which ends the one before it. Nobody listens unless a profile is asked for. */
  readonly mark?: ((host: string, step: ConnectStep, socket?: Socket) => void) | undefined
}

/**
 * `settings`: ssh_config and known_hosts are read, and node-ssh is loaded. `tcp`: the first packet is sent. `key exchange`
 * brings the socket, where there is one; it begins with the greetings. `authentication` begins when the host's key is
 * proven and trusted.
 */
export type ConnectStep =
  | 'settings'
  | 'jump host'
  | 'lookup'
  | 'tcp'
  | 'key exchange'
  | 'authentication'
  | 'pause'
  | 'connected'
