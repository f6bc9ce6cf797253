import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A line of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownKey {
  readonly file: string
  readonly line: number
  /** Patterns, or one hashed name. */
  readonly hosts: string
  /** A `cert-authority` signs host certificates; it vouches for no plain key. */
  readonly marker: 'revoked' | 'cert-authority' | undefined
  readonly type: string
  readonly key: Buffer
}

/** The name of a host in known_hosts: ports other than 22 are part of it. */
export function knownName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** `SHA256:…`, as ssh-keygen prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type of a key, which its wire form begins with (RFC 4253 section 6.6). */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1')
}

/** Parses the text of a known_hosts file; lines that make no sense are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownKey[] {
  return text.split('\n').flatMap((content, index) => {
    const words = content.trim().split(/[ \t]+/)
    if (words[0] === '' || words[0]?.startsWith('#')) return []
    const first = words[0]?.startsWith('@') ? words.shift() : undefined
    const [hosts, type, base64] = words
    if (hosts === undefined || type === undefined || base64 === undefined) return []
    if (first !== undefined && first !== '@revoked' && first !== '@cert-authority') return []
    const key = Buffer.from(base64, 'base64')
    if (keyType(key) !== type) return []
    const marker = first === '@revoked' ? 'revoked' : first === '@cert-authority' ? 'cert-authority' : undefined
    return [{ file, line: index + 1, hosts, marker, type, key }]
  })
}

/** Whether a line speaks of a host, under its name of `knownName`. */
export function speaksOf(known: KnownKey, name: string): boolean {
  const [, kind, salt, hash] = known.hosts.split('|')
  if (known.hosts.startsWith('|')) return kind === '1' && hashName(name, Buffer.from(salt ?? '', 'base64')) === hash
  const patterns = known.hosts.split(',')
  const refused = patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), name))
  return !refused && patterns.some((pattern) => !pattern.startsWith('!') && glob(pattern, name))
}

function hashName(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64')
}

function glob(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i').test(name)
}

/** The lines of one file. Each name is looked for once: to find it among 100,000 hashed ones takes a quarter of a second. */
class KnownHosts {
  /** Lines with plain names only, by each of them. */
  readonly #plain = new Map<string, KnownKey[]>()
  readonly #others: KnownKey[] = []
  readonly #found = new Map<string, readonly KnownKey[]>()

  constructor(lines: readonly KnownKey[]) {
    for (const line of lines) {
      if (/^\||[*?!]/.test(line.hosts)) {
        this.#others.push(line)
        continue
      }
      for (const host of new Set(line.hosts.toLowerCase().split(','))) {
        const named = this.#plain.get(host)
        if (named) named.push(line)
        else this.#plain.set(host, [line])
      }
    }
  }

  /** In the order of the file. */
  about(name: string): readonly KnownKey[] {
    let found = this.#found.get(name)
    if (!found) {
      const others = this.#others.filter((line) => speaksOf(line, name))
      found = [...(this.#plain.get(name) ?? []), ...others].toSorted((a, b) => a.line - b.line)
      this.#found.set(name, found)
    }
    return found
  }
}

/** The known_hosts files of a run: each is read once, and written to by one connection at a time. */
export class KnownHostsFiles {
  readonly #files = new Map<string, Promise<KnownHosts>>()
  #writing: Promise<unknown> = Promise.resolve()

  /** What the files say of a host under any of its names, in their order. A file that does not exist says nothing. */
  async about(files: readonly string[], names: readonly string[]): Promise<KnownKey[]> {
    const read = await Promise.all(files.map((file) => this.#read(file)))
    return read.flatMap((known) => {
      const lines = new Set(names.flatMap((name) => known.about(name)))
      return [...lines].toSorted((a, b) => a.line - b.line)
    })
  }

  /**
   * Adds a key for a host. The line is written in one piece to the end of the file, so programs that add keys at the same
   * time lose none.
   *
   * @param hashed hide the name, as `HashKnownHosts yes` wants it.
   */
  add(file: string, name: string, key: Buffer, hashed: boolean): Promise<void> {
    const added = this.#writing.then(() => this.#append(file, name, key, hashed))
    // Whoever asked for this key hears of the failure; it does not keep the next key from being added.
    this.#writing = added.catch(() => undefined)
    return added
  }

  async #append(file: string, name: string, key: Buffer, hashed: boolean): Promise<void> {
    this.#files.delete(file)
    const known = await this.#read(file)
    if (known.about(name).some((line) => !line.marker && line.key.equals(key))) return
    const salt = randomBytes(20)
    const hosts = hashed ? `|1|${salt.toString('base64')}|${hashName(name, salt)}` : name
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(file, 'a+', 0o600)
    try {
      const { size } = await handle.stat()
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
      const unfinished = size > 0 && buffer[0] !== 0x0a
      await handle.appendFile(`${unfinished ? '\n' : ''}${hosts} ${keyType(key)} ${key.toString('base64')}\n`)
    } finally {
      await handle.close()
    }
    this.#files.delete(file)
  }

  #read(file: string): Promise<KnownHosts> {
    const reading = this.#files.get(file) ?? read(file)
    this.#files.set(file, reading)
    return reading
  }
}

async function read(file: string): Promise<KnownHosts> {
  try {
    return new KnownHosts(parseKnownHosts(await readFile(file, 'utf8'), file))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new KnownHosts([])
    throw error
  }
}
