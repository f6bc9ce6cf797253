import { readFile } from 'node:fs/promises'
import { HostError } from '../core/error.ts'
import { ARMOR, VERSION } from '../core/sealed.ts'
import type { Secret } from '../core/secret.ts'
import { type SshIdentity, sshRecipient } from './age-ssh.ts'

/** A native recipient of age: X25519 or its post-quantum hybrid (age-encryption.org/v1, https://c2sp.org/age). */
export const RECIPIENT = /^age1[a-z0-9]+$/

const SSH_RECIPIENT = /^ssh-(?:ed25519|rsa) ([A-Za-z0-9+/]+=*)(?: |$)/
const IDENTITY = /^AGE-SECRET-KEY-[A-Z0-9-]+$/

/** What opens a file: an identity of age, an SSH key, or a passphrase. */
export type Opener = string | SshIdentity | { readonly passphrase: Secret }

/**
 * Encrypts for all of the recipients: what `age -d -i IDENTITY` opens.
 *
 * @param recipients `age1…`, or SSH keys as in `authorized_keys`.
 * @throws {HostError} when one of them is no recipient.
 */
export async function encrypt(content: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      const [, ssh] = SSH_RECIPIENT.exec(recipient) ?? []
      encrypter.addRecipient(ssh === undefined ? recipient : sshRecipient(Buffer.from(ssh, 'base64')))
    } catch (error) {
      throw new HostError(`"${recipient}" is no age recipient`, {
        hint: error instanceof RangeError ? error.message : 'age-keygen prints one as "public key: age1…"',
      })
    }
  }
  return encrypter.encrypt(content)
}

/** Encrypts with a passphrase (scrypt): what `age -d` opens. It cannot be combined with recipients. */
export async function encryptWithPassphrase(content: Uint8Array, passphrase: Secret): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase.reveal())
  return encrypter.encrypt(content)
}

/** As text that survives mail and git: `-----BEGIN AGE ENCRYPTED FILE-----`. */
export async function armored(sealed: Uint8Array): Promise<string> {
  const { armor } = await import('age-encryption')
  return armor.encode(sealed)
}

/**
 * Opens what was encrypted for one of the openers.
 *
 * @param content armored or not.
 * @param name what is opened, for messages.
 * @throws {HostError} when none of them fits, or the content was changed.
 */
export async function decrypt(content: Uint8Array, openers: readonly Opener[], name: string): Promise<Uint8Array> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const opener of openers) {
    if (typeof opener === 'object' && 'passphrase' in opener) decrypter.addPassphrase(opener.passphrase.reveal())
    else decrypter.addIdentity(opener)
  }
  try {
    return await decrypter.decrypt(await unarmored(content))
  } catch (error) {
    const hint = 'is it the identity whose recipient the file was encrypted for?'
    throw new HostError(`cannot decrypt ${name}: ${error instanceof Error ? error.message : error}`, { hint })
  }
}

/**
 * For whom a file is encrypted, as far as its header says it: `X25519`, `ssh-ed25519 TAG`, `scrypt`, … one for each.
 *
 * @throws {HostError} when it is no file of age.
 */
export async function stanzasOf(content: Uint8Array, name: string): Promise<readonly string[]> {
  const bytes = await unarmored(content).catch(() => Buffer.alloc(0))
  const header = Buffer.from(bytes).toString('latin1').split('\n---', 1)[0] ?? ''
  if (!header.startsWith(VERSION)) throw new HostError(`${name} is no file of age, or was cut`)
  return [...header.matchAll(/^-> (\S+)(?: (\S+))?/gm)].map(([, type = '', first]) =>
    type.startsWith('ssh-') ? `${type} ${first}` : type,
  )
}

/** A new identity and its recipient, as `age-keygen` makes them. */
export async function newIdentity(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const { generateIdentity, identityToRecipient } = await import('age-encryption')
  const identity = await generateIdentity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** The recipient of an identity. */
export async function recipientOf(identity: string): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  return identityToRecipient(identity)
}

/**
 * The identities in a file as age-keygen writes it.
 *
 * @throws {HostError} when it cannot be read, or holds none. The message never quotes the file.
 */
export async function readIdentities(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new HostError(`cannot read the identity file ${path}: ${error.code}`, {
      hint: 'age-keygen -o FILE makes one',
    })
  })
  const found = identitiesIn(text)
  if (found.length === 0)
    throw new HostError(`${path} holds no age identity`, { hint: 'its lines begin with AGE-SECRET-KEY-' })
  return found
}

/** The identities in a text as age-keygen writes it. */
export function identitiesIn(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => IDENTITY.test(line))
}

async function unarmored(content: Uint8Array): Promise<Uint8Array> {
  const text = Buffer.from(content).toString('latin1')
  if (!text.trimStart().startsWith(ARMOR)) return content
  const { armor } = await import('age-encryption')
  return armor.decode(text)
}
