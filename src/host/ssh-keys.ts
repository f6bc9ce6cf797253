import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import type { ParsedKey } from 'ssh2'
import type { Secret } from '../core/secret.ts'

/** A private key that can sign, or why it cannot. */
export type FileKey = { readonly key: ParsedKey } | { readonly unusable: string } | { readonly absent: true }

/** How often a passphrase may be typed wrong. */
const TRIES = 3

/** The private key files of a run: each is read and decrypted once, however many hosts want it (bcrypt takes half a second). */
export class KeyFiles {
  readonly #ask: ((file: string) => Promise<Secret | undefined>) | undefined
  readonly #keys = new Map<string, Promise<FileKey>>()
  // Two passphrases must not be asked for at the same time.
  #asking: Promise<unknown> = Promise.resolve()

  constructor(ask: ((file: string) => Promise<Secret | undefined>) | undefined) {
    this.#ask = ask
  }

  /** Reads a private key, asking for its passphrase where it has one. */
  get(file: string): Promise<FileKey> {
    const reading = this.#keys.get(file) ?? this.#read(file)
    this.#keys.set(file, reading)
    return reading
  }

  async #read(file: string): Promise<FileKey> {
    const text = await readText(file)
    if (text === undefined) return { absent: true }
    if (text instanceof Error) return { unusable: `${shorten(file)} (${text.message})` }
    const parsed = await parse(text)
    if (!(parsed instanceof Error)) return { key: parsed }
    if (!/encrypted/i.test(parsed.message)) return { unusable: `${shorten(file)} (${parsed.message})` }
    const decrypted = this.#asking.then(() => this.#decrypt(file, text))
    this.#asking = decrypted
    return decrypted
  }

  async #decrypt(file: string, text: string): Promise<FileKey> {
    for (let tries = 0; tries < TRIES; tries++) {
      const passphrase = await this.#ask?.(file)
      if (passphrase === undefined) return { unusable: `${shorten(file)} (has a passphrase: ssh-add ${shorten(file)})` }
      const parsed = await parse(text, passphrase)
      if (!(parsed instanceof Error)) return { key: parsed }
    }
    return { unusable: `${shorten(file)} (wrong passphrase)` }
  }
}

/** The public half of a private key file, from the `.pub` file beside it. */
export async function publicHalf(file: string): Promise<Buffer | undefined> {
  const text = await readText(`${file}.pub`)
  const base64 = typeof text === 'string' ? text.split(/\s+/)[1] : undefined
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}

/** A path as people write it. */
export function shorten(file: string): string {
  return file.startsWith(`${homedir()}/`) ? `~${file.slice(homedir().length)}` : file
}

// Who encrypts files looks for keys, too: only where there is one to read is ssh2 loaded.
async function parse(text: string, passphrase?: Secret): Promise<ParsedKey | Error> {
  const { default: ssh2 } = await import('ssh2')
  const parsed = ssh2.utils.parseKey(text, passphrase?.reveal())
  if (parsed instanceof Error) return new Error(parsed.message)
  return parsed.isPrivateKey() ? parsed : new Error('is no private key')
}

async function readText(file: string): Promise<string | Error | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    return error instanceof Error ? error : new Error(String(error))
  }
}
