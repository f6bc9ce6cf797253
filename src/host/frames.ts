import { UnreachableError } from '../core/error.ts'

/**
 * What a scanner finds: bytes that programs printed, or a line of the protocol.
 * A line is `NONCE WORD…`; no program knows the nonce, so none can forge one.
 */
export type Token = { readonly raw: Buffer } | { readonly words: readonly string[]; readonly payload: Buffer }

const NEWLINE = 0x0a
const EMPTY = Buffer.alloc(0)
/** Bytes of a line of the protocol: a word, some numbers. */
const LONGEST_LINE = 1024
/** Bytes of an answer: 4 MiB of what a read printed (protocol.ts), its exit status and the mark. */
const LONGEST_ANSWER = 4 * 1024 * 1024 + 1024
/** Bytes that one output may be ahead of the other, before nobody believes that the other still comes. */
const MOST_WAITING = 64 * 1024 * 1024

/** What becomes of a host that says what the protocol does not allow. */
export function brokenProtocol(what: string): UnreachableError {
  const hint = 'Something on the host rewrites what provision prints there, or pretends to be its shell.'
  return new UnreachableError('channel', `the host does not keep to the protocol: ${what}`, hint)
}

/** Splits one output of the shell into tokens. Bytes that belong to no line are handed on at once, however the chunks fall. */
export class FrameScanner {
  readonly #nonce: Buffer
  readonly #payloadLength: (words: readonly string[]) => number
  #rest: Buffer = EMPTY
  #open: { words: readonly string[]; missing: number; chunks: Buffer[] } | undefined

  /** @param payloadLength how many bytes behind a line belong to it. */
  constructor(nonce: string, payloadLength: (words: readonly string[]) => number) {
    this.#nonce = Buffer.from(`${nonce} `, 'latin1')
    this.#payloadLength = payloadLength
  }

  *push(chunk: Buffer): Generator<Token> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = EMPTY
    while (bytes.length > 0) {
      if (this.#open) {
        const part = bytes.subarray(0, this.#open.missing)
        this.#open.chunks.push(part)
        this.#open.missing -= part.length
        bytes = bytes.subarray(part.length)
        if (this.#open.missing > 0) return
        yield this.#close(this.#open)
        continue
      }
      const start = bytes.indexOf(this.#nonce)
      const kept = start < 0 ? this.#begun(bytes) : bytes.length - start
      if (kept < bytes.length) yield { raw: bytes.subarray(0, bytes.length - kept) }
      bytes = bytes.subarray(bytes.length - kept)
      const end = start < 0 ? -1 : bytes.indexOf(NEWLINE)
      if (end < 0) {
        if (bytes.length > LONGEST_LINE) throw brokenProtocol('a line without an end')
        this.#rest = bytes
        return
      }
      const words = bytes.subarray(this.#nonce.length, end).toString('latin1').split(' ')
      bytes = bytes.subarray(end + 1)
      const open = { words, missing: this.#payloadLength(words), chunks: [] }
      if (open.missing > 0) this.#open = open
      else yield this.#close(open)
    }
  }

  #close(open: { words: readonly string[]; chunks: Buffer[] }): Token {
    this.#open = undefined
    return { words: open.words, payload: Buffer.concat(open.chunks) }
  }

  // How many bytes at the end could be the beginning of a nonce.
  #begun(bytes: Buffer): number {
    for (let length = Math.min(this.#nonce.length - 1, bytes.length); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.#nonce.subarray(0, length))) return length
    }
    return 0
  }
}

export type Side = 'stdout' | 'stderr'

/** What the merger reports, in order. */
export interface FrameHandler {
  raw(side: Side, bytes: Buffer): void
  line(words: readonly string[], payload: Buffer): void
}

/**
 * Puts the two outputs of one shell in order again. The shell prints every protocol line on both; a line counts once
 * it was seen on both, and bytes count as printed between the lines around them. Payloads travel on stdout only.
 */
export class FrameMerger {
  readonly #handler: FrameHandler
  readonly #scanners: { readonly [S in Side]: FrameScanner }
  readonly #waiting: { readonly [S in Side]: Token[] } = { stdout: [], stderr: [] }
  #waitingBytes = 0

  constructor(nonce: string, handler: FrameHandler) {
    this.#handler = handler
    this.#scanners = {
      stdout: new FrameScanner(nonce, ([kind, , length]) => (kind === 'answer' ? answerLength(length) : 0)),
      stderr: new FrameScanner(nonce, () => 0),
    }
  }

  push(side: Side, chunk: Buffer): void {
    for (const token of this.#scanners[side].push(chunk)) {
      this.#waiting[side].push(token)
      this.#waitingBytes += weight(token)
      this.#merge()
      if (this.#waitingBytes > MOST_WAITING) throw brokenProtocol('its two outputs do not fit together')
    }
  }

  #merge(): void {
    const { stdout, stderr } = this.#waiting
    for (;;) {
      this.#passRaw('stdout')
      this.#passRaw('stderr')
      const line = stdout[0]
      const other = stderr[0]
      if (line === undefined || other === undefined || 'raw' in line || 'raw' in other) return
      if (line.words.join(' ') !== other.words.join(' ')) throw brokenProtocol('its two outputs contradict each other')
      stdout.shift()
      stderr.shift()
      this.#waitingBytes -= weight(line) + weight(other)
      this.#handler.line(line.words, line.payload)
    }
  }

  #passRaw(side: Side): void {
    const waiting = this.#waiting[side]
    for (let token = waiting[0]; token !== undefined && 'raw' in token; token = waiting[0]) {
      waiting.shift()
      this.#waitingBytes -= weight(token)
      this.#handler.raw(side, token.raw)
    }
  }
}

// A token takes memory beside its bytes.
function weight(token: Token): number {
  return 256 + ('raw' in token ? token.raw.length : token.payload.length)
}

function answerLength(written = ''): number {
  const length = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN
  if (length <= LONGEST_ANSWER) return length
  throw brokenProtocol(`an answer of ${written.slice(0, 20)} bytes`)
}
