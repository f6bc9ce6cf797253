import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HostError } from '../core/error.ts'
import { isSealed } from '../core/sealed.ts'
import { Secret } from '../core/secret.ts'
import { KeyFiles, publicHalf, shorten } from '../host/ssh-keys.ts'
import { decrypt, identitiesIn, type Opener, recipientOf, stanzasOf } from '../local/age.ts'
import { sshIdentity, sshTag } from '../local/age-ssh.ts'
import { UsageError } from './options.ts'
import { askHidden } from './password.ts'

/** Where the keys to encrypted files are, as far as the command line says it. */
export interface KeyFlags {
  /** Identity files, instead of those in the usual places. */
  readonly identity?: readonly string[]
  readonly passphraseFile?: string
}

/** The file of `provision secrets keygen` (XDG Base Directory Specification). */
export function ownIdentityFile(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'provision', 'identity.txt')
}

/** How often a passphrase may be typed wrong. */
const TRIES = 3
const SSH_KEYS = ['id_ed25519', 'id_rsa']

interface Identity {
  readonly opener: Opener
  /** As messages name it. */
  readonly name: string
}

/** What opens encrypted files in one run: every identity is read once, every passphrase asked for once. */
export class Keyring {
  readonly #flags: KeyFlags
  readonly #onSecret: (value: Secret) => void
  readonly #passphrases: Secret[] = []
  readonly #sshKeys: KeyFiles
  #identities: Promise<readonly Identity[]> | undefined

  /** @param onSecret hears every passphrase. */
  constructor(flags: KeyFlags, onSecret: (value: Secret) => void = () => undefined) {
    this.#flags = flags
    this.#onSecret = onSecret
    this.#sshKeys = new KeyFiles(async (file) => {
      const passphrase = await askHidden(`passphrase of ${shorten(file)}: `)
      if (passphrase !== undefined) onSecret(passphrase)
      return passphrase
    })
  }

  /**
   * Decrypts a file of age.
   *
   * @throws {UsageError} when nothing that we have opens it: the message says what was tried and what to do.
   */
  async open(content: Uint8Array, path: string): Promise<{ readonly content: Buffer; readonly passphrase?: Secret }> {
    const stanzas = await stanzasOf(content, path)
    if (stanzas[0] === 'scrypt') return this.#withPassphrase(content, path)
    const tags = new Set(stanzas.filter((one) => one.startsWith('ssh-')).map((one) => one.split(' ')[1] ?? ''))
    this.#identities ??= this.#readIdentities()
    const files = this.#flags.identity === undefined ? await this.#usualSshKeys(tags) : []
    const identities = [...(await this.#identities), ...files]
    if (identities.length === 0) throw this.#noIdentity(path)
    try {
      return {
        content: await decrypted(
          content,
          identities.map(({ opener }) => opener),
          path,
        ),
      }
    } catch (error) {
      if (!(error instanceof HostError) || !/no identity matched/.test(error.message)) throw error
      throw notForUs(path, stanzas, identities)
    }
  }

  async #withPassphrase(content: Uint8Array, path: string): Promise<{ content: Buffer; passphrase: Secret }> {
    for (const passphrase of this.#passphrases) {
      const opened = await tried(content, passphrase, path)
      if (opened !== undefined) return { content: opened, passphrase }
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const passphrase = await passphraseOf(this.#flags, `passphrase of ${path}: `)
      if (passphrase === undefined) {
        throw new UsageError(
          `${path} is encrypted with a passphrase, and there is no terminal to ask on`,
          'Use --passphrase-file FILE.',
        )
      }
      this.#onSecret(passphrase)
      const opened = await tried(content, passphrase, path)
      if (opened !== undefined) {
        this.#passphrases.push(passphrase)
        return { content: opened, passphrase }
      }
      if (this.#flags.passphraseFile !== undefined) break
    }
    const what = this.#flags.passphraseFile === undefined ? '' : ` in ${this.#flags.passphraseFile}`
    throw new UsageError(`the passphrase${what} does not open ${path}`)
  }

  async #readIdentities(): Promise<readonly Identity[]> {
    const named =
      this.#flags.identity ?? (process.env.PROVISION_IDENTITY_FILE ? [process.env.PROVISION_IDENTITY_FILE] : [])
    const usual = this.#flags.identity === undefined && existsSync(ownIdentityFile()) ? [ownIdentityFile()] : []
    const found = await Promise.all([...new Set([...named, ...usual])].map((file) => this.#readFile(file)))
    return found.flat()
  }

  async #readFile(file: string): Promise<readonly Identity[]> {
    let content: Buffer
    try {
      content = readFileSync(file)
    } catch (error) {
      throw new UsageError(`cannot read the identity file ${file}: ${(error as NodeJS.ErrnoException).code}`)
    }
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(content.toString('latin1'))) return this.#sshKey(file)
    // A key of age may itself be kept behind a passphrase.
    const text = isSealed(content) ? (await this.#withPassphrase(content, file)).content : content
    const identities = identitiesIn(text.toString('utf8'))
    if (identities.length === 0)
      throw new UsageError(`${file} holds no identity`, 'Its lines begin with AGE-SECRET-KEY-.')
    return Promise.all(
      identities.map(async (opener) => ({ opener, name: `${shorten(file)} (${await recipientOf(opener)})` })),
    )
  }

  // Another passphrase is asked for only where the key is needed.
  async #usualSshKeys(tags: ReadonlySet<string>): Promise<readonly Identity[]> {
    if (tags.size === 0) return []
    const files = SSH_KEYS.map((name) => join(homedir(), '.ssh', name))
    const found = await Promise.all(
      files.map(async (file) => {
        const half = await publicHalf(file)
        return half !== undefined && tags.has(sshTag(half)) ? this.#sshKey(file) : []
      }),
    )
    return found.flat()
  }

  async #sshKey(file: string): Promise<readonly Identity[]> {
    const found = await this.#sshKeys.get(file)
    if ('absent' in found) throw new UsageError(`there is no ${file}`)
    if ('unusable' in found) throw new UsageError(`cannot use the SSH key ${found.unusable}`)
    const publicKey = found.key.getPublicSSH()
    return [
      { opener: sshIdentity(found.key.getPrivatePEM(), publicKey), name: `${shorten(file)} (${sshTag(publicKey)})` },
    ]
  }

  #noIdentity(path: string): UsageError {
    const places =
      this.#flags.identity === undefined
        ? ['PROVISION_IDENTITY_FILE', ownIdentityFile(), ...SSH_KEYS.map((name) => join(homedir(), '.ssh', name))]
        : this.#flags.identity
    return new UsageError(
      `${path} is encrypted, and there is no key to open it with`,
      `Looked at ${places.map(shorten).join(', ')}. "provision secrets keygen" makes a key; somebody who has one then runs "provision secrets rekey".`,
    )
  }
}

/**
 * The passphrase that the command line names, or that is typed now.
 *
 * @returns nothing where there is neither a file nor a terminal.
 */
export async function passphraseOf({ passphraseFile }: KeyFlags, prompt: string): Promise<Secret | undefined> {
  if (passphraseFile === undefined) return askHidden(prompt)
  try {
    return new Secret(readFileSync(passphraseFile, 'utf8').replace(/\r?\n$/, ''))
  } catch (error) {
    throw new UsageError(`--passphrase-file: ${(error as Error).message}`)
  }
}

async function tried(content: Uint8Array, passphrase: Secret, path: string): Promise<Buffer | undefined> {
  try {
    return await decrypted(content, [{ passphrase }], path)
  } catch (error) {
    if (error instanceof HostError && /no identity matched/.test(error.message)) return undefined
    throw error
  }
}

async function decrypted(content: Uint8Array, openers: readonly Opener[], path: string): Promise<Buffer> {
  return Buffer.from(await decrypt(content, openers, path))
}

function notForUs(path: string, stanzas: readonly string[], tried: readonly Identity[]): UsageError {
  const native = stanzas.filter((one) => !one.startsWith('ssh-')).length
  const kinds = [
    ...(native > 0 ? [`${native} ${native === 1 ? 'key' : 'keys'} of age`] : []),
    ...stanzas.filter((one) => one.startsWith('ssh-')).map((one) => `the SSH key ${one}`),
  ]
  return new UsageError(
    `${path} is encrypted for others: ${kinds.join(', ')}`,
    `Tried ${tried.map(({ name }) => name).join(', ')}. Somebody who can open it adds your recipient to secrets.recipients and runs: provision secrets rekey ${path}`,
  )
}
