import { readFile } from 'node:fs/promises'
import { HostError } from '../core/error.ts'

/** A native recipient of age: X25519 or its post-quantum hybrid (age-encryption.org/v1, https://c2sp.org/age). */
export const RECIPIENT = /^age1[a-z0-9]+$/

const IDENTITY = /^AGE-SECRET-KEY-[A-Z0-9-]+$/

/**
 * Encrypts for all of the recipients: what `age -d -i IDENTITY` opens.
 *
 * @throws {HostError} when one of them is no recipient.
 */
export async function encrypt(content: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch {
      throw new HostError(`"${recipient}" is no age recipient`, {
        hint: 'age-keygen prints one as "public key: age1…"',
      })
    }
  }
  return encrypter.encrypt(content)
}

/**
 * Opens what was encrypted for one of the identities.
 *
 * @param name what is opened, for messages.
 * @throws {HostError} when none of them fits, or the content was changed.
 */
export async function decrypt(content: Uint8Array, identities: readonly string[], name: string): Promise<Uint8Array> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  try {
    return await decrypter.decrypt(content)
  } catch (error) {
    const hint = 'is it the identity whose recipient the file was encrypted for?'
    throw new HostError(`cannot decrypt ${name}: ${error instanceof Error ? error.message : error}`, { hint })
  }
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
  const found = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => IDENTITY.test(line))
  if (found.length === 0)
    throw new HostError(`${path} holds no age identity`, { hint: 'its lines begin with AGE-SECRET-KEY-' })
  return found
}
