/**
 * One direction of one forwarded connection: chunks wait for their time and leave in the order in which they came.
 */
import type { Socket } from 'node:net'

/** What a lane asks for each chunk, so that the rules may change while it is open. */
export interface LaneRules {
  count(bytes: number): void
  delay(): number
  frozen(): boolean
}

/**
 * Holds any number of chunks in memory: what crosses a lab is small, and a sender that is never told to wait cannot
 * disturb the timing.
 */
export class Lane {
  #waiting: { due: number; chunk: Buffer | undefined }[] = []
  #timer: NodeJS.Timeout | undefined
  #to: Socket
  #rules: LaneRules

  constructor(from: Socket, to: Socket, rules: LaneRules) {
    this.#to = to
    this.#rules = rules
    from.on('data', (chunk: Buffer) => {
      rules.count(chunk.length)
      this.#hold(chunk)
    })
    // The end travels like any other message, after everything that was said before it.
    from.on('end', () => this.#hold(undefined))
    from.on('close', () => from.readableEnded || to.destroy())
  }

  /** Sends on what is due, and comes back for the rest. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#rules.frozen()) return
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined) return
      const wait = next.due - performance.now()
      if (wait > 0) {
        this.#timer = setTimeout(() => this.flush(), wait)
        return
      }
      this.#waiting.shift()
      if (next.chunk === undefined) this.#to.end()
      else if (this.#to.writable) this.#to.write(next.chunk)
    }
  }

  /** Forgets what is under way. */
  drop(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  #hold(chunk: Buffer | undefined): void {
    this.#waiting.push({ due: performance.now() + this.#rules.delay(), chunk })
    if (this.#timer === undefined) this.flush()
  }
}
