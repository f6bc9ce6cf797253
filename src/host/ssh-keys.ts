import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import ssh2, { type ParsedKey } from 'ssh2'
import type { Secret } from '../core/secret.ts'
import { fingerprint } from './known-hosts.ts'

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
    const parsed = parse(text)
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
      const parsed = parse(text, passphrase)
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

/** An SSH agent, reduced to some of its keys. */
export class AgentKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly keys: readonly ParsedKey[]
  readonly #agent: ssh2.BaseAgent

  constructor(agent: ssh2.BaseAgent, keys: readonly ParsedKey[]) {
    super()
    this.#agent = agent
    this.keys = keys
  }

  /** The agent behind a socket; nothing where none answers, or it has no key. */
  static open(socket: string): Promise<AgentKeys | undefined> {
    const agent = ssh2.createAgent(socket)
    return new Promise((resolve) => {
      agent.getIdentities((error, keys) => {
        const usable = (keys ?? []).filter((key): key is ParsedKey => typeof key === 'object' && 'getPublicSSH' in key)
        resolve(error || usable.length === 0 ? undefined : new AgentKeys(agent, usable))
      })
    })
  }

  /** The same agent with the keys that `wanted` picks; nothing where it picks none. */
  only(wanted: (publicKey: Buffer) => boolean): AgentKeys | undefined {
    const keys = this.keys.filter((key) => wanted(key.getPublicSSH()))
    return keys.length === 0 ? undefined : new AgentKeys(this.#agent, keys)
  }

  describe(): string[] {
    return this.keys.map((key) => `agent ${key.comment || fingerprint(key.getPublicSSH())}`)
  }

  override getIdentities(callback: ssh2.IdentityCallback<ParsedKey>): void {
    callback(undefined, [...this.keys])
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options)
    else this.#agent.sign(key, data, options, callback)
  }
}

/** A path as people write it. */
export function shorten(file: string): string {
  return file.startsWith(`${homedir()}/`) ? `~${file.slice(homedir().length)}` : file
}

function parse(text: string, passphrase?: Secret): ParsedKey | Error {
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
