import { StringDecoder } from 'node:string_decoder'

/** How much of the beginning and of the end of an output is kept, in bytes. */
const KEPT = 512 * 1024

/** One output of one change: decoded once for showing it live, and kept up to a limit for the result. */
export class CapturedOutput {
  readonly #decoder = new StringDecoder('utf8')
  readonly #head: Buffer[] = []
  readonly #tail: Buffer[] = []
  #headBytes = 0
  #tailBytes = 0
  #dropped = 0

  /** Keeps the bytes and returns the text that they complete; characters cut between two chunks wait for the next. */
  push(bytes: Buffer): string {
    const head = bytes.subarray(0, KEPT - this.#headBytes)
    if (head.length > 0) {
      this.#head.push(head)
      this.#headBytes += head.length
    }
    const tail = bytes.subarray(head.length)
    if (tail.length > 0) {
      this.#tail.push(tail)
      this.#tailBytes += tail.length
      this.#forget()
    }
    return this.#decoder.write(bytes)
  }

  /** What is left of a character that never ended. */
  end(): string {
    return this.#decoder.end()
  }

  /** All of it, or the first and the last 512 KiB with a line between them that says how much is missing. */
  text(): string {
    const tail = Buffer.concat(this.#tail)
    const extra = Math.max(0, tail.length - KEPT)
    const left = this.#dropped + extra
    if (left === 0) return Buffer.concat([...this.#head, tail]).toString('utf8')
    return `${Buffer.concat(this.#head).toString('utf8')}\n… ${left} bytes left out …\n${tail.subarray(extra).toString('utf8')}`
  }

  #forget(): void {
    for (let first = this.#tail[0]; first && this.#tailBytes - first.length >= KEPT; first = this.#tail[0]) {
      this.#tail.shift()
      this.#tailBytes -= first.length
      this.#dropped += first.length
    }
  }
}
