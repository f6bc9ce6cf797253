import { HostError } from '../core/error.ts'
import type { Answer } from '../core/session.ts'
import type { RememberedAnswers } from './answers.ts'
import type { FrameHandler, Side } from './frames.ts'

/** What reads may print on stderr before the rest is dropped, in bytes. */
const STDERR_KEPT = 65_536

/** Something that the shell was told to do. It takes the lines that the shell prints until it is over. */
export interface Operation extends FrameHandler {
  readonly over: boolean
  fail(error: Error): void
}

/** An operation with a result. */
export abstract class ResultOperation<T> implements Operation {
  readonly done: Promise<T>
  #over = false
  #resolve: (value: T) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get over(): boolean {
    return this.#over
  }

  abstract raw(side: Side, bytes: Buffer): void
  abstract line(words: readonly string[], payload: Buffer): void

  fail(error: Error): void {
    this.#over = true
    this.#reject(error)
  }

  protected finish(value: T): void {
    this.#over = true
    this.#resolve(value)
  }
}

/** What arrives on stderr ahead of the line that it belongs to. */
export class PendingStderr {
  #chunks: Buffer[] = []
  #bytes = 0

  add(side: Side, bytes: Buffer): void {
    if (side !== 'stderr' || this.#bytes >= STDERR_KEPT) return
    this.#chunks.push(bytes.subarray(0, STDERR_KEPT - this.#bytes))
    this.#bytes += bytes.length
  }

  take(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8')
    this.#chunks = []
    this.#bytes = 0
    return text
  }
}

/** A bundle of questions, answered in order. */
export class SurveyOperation extends ResultOperation<ReadonlyMap<string, Answer>> {
  readonly #memory: RememberedAnswers
  readonly #found = new Map<string, Answer>()
  readonly #stderr = new PendingStderr()
  #missing: number

  constructor(memory: RememberedAnswers, questions: number) {
    super()
    this.#memory = memory
    this.#missing = questions
  }

  raw(side: Side, bytes: Buffer): void {
    this.#stderr.add(side, bytes)
  }

  line(words: readonly string[], payload: Buffer): void {
    const id = this.#memory.id(Number(words[1]))
    this.#memory.report(id, payload, true)
    this.#found.set(id, this.#memory.parse(payload, this.#stderr.take()))
    this.#missing--
    if (this.#missing === 0) this.finish(this.#found)
  }
}

/** Who holds the host's lock after a try to take it. */
export type LockResult = { readonly held: true } | { readonly held: false; readonly by: string }

/** One try to take the host's lock. */
export class LockOperation extends ResultOperation<LockResult> {
  readonly #memory: RememberedAnswers
  readonly #stderr = new PendingStderr()

  constructor(memory: RememberedAnswers) {
    super()
    this.#memory = memory
  }

  raw(side: Side, bytes: Buffer): void {
    this.#stderr.add(side, bytes)
  }

  line(_words: readonly string[], payload: Buffer): void {
    const { status, text, stderr } = this.#memory.parse(payload, this.#stderr.take())
    if (status === 0) this.finish({ held: true })
    else if (status === 1) this.finish({ held: false, by: text.trim() || 'another run' })
    else this.fail(new HostError(`the host cannot be locked: ${text}`, { output: stderr }))
  }
}
