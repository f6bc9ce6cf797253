import { HostError } from '../core/error.ts'
import type { Answer, LockHolder, LockResult } from '../core/session.ts'
import type { RememberedAnswers } from './answers.ts'
import { brokenProtocol, type FrameHandler, type Side } from './frames.ts'

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
  readonly #asked: readonly string[]
  #answered = 0

  /** @param asked ids. */
  constructor(memory: RememberedAnswers, asked: readonly string[]) {
    super()
    this.#memory = memory
    this.#asked = asked
  }

  raw(side: Side, bytes: Buffer): void {
    this.#stderr.add(side, bytes)
  }

  line(words: readonly string[], payload: Buffer): void {
    const id = this.#memory.id(Number(words[1]))
    if (words[0] !== 'answer' || id !== this.#asked[this.#answered]) {
      throw brokenProtocol('it answered another question than the one that was asked')
    }
    this.#memory.report(id, payload, true)
    this.#found.set(id, this.#memory.parse(payload, this.#stderr.take()))
    this.#answered++
    if (this.#answered === this.#asked.length) this.finish(this.#found)
  }
}

/** How much of a lock's owner is told, in characters. */
const LONGEST_OWNER = 200

/** One try to take a lock. */
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

  line([kind, what]: readonly string[], payload: Buffer): void {
    if (kind !== 'answer' || what !== 'lock') throw brokenProtocol('it did not say whether it can be locked')
    const { status, text, stderr } = this.#memory.parse(payload, this.#stderr.take())
    const [user, now, ...file] = text.split('\n')
    if (status === 0) this.finish({ held: true, user: Number(user) })
    else if (status === 1) this.finish({ held: false, user: Number(user), ...holder(now, file) })
    else this.fail(new HostError(`the host cannot be locked: ${text}`, { output: stderr }))
  }
}

// Whoever took the lock in this moment may not have written down who it is yet.
function holder(now = '', [id = '', since = '', waitsFor = '', owner = '']: readonly string[]): LockHolder {
  const known = /^\d+$/.test(since)
  return {
    id,
    // The file is the host's: it may hold anything.
    by: owner.slice(0, LONGEST_OWNER) || 'another run',
    since: known ? Number(since) : undefined,
    seconds: known ? Math.max(0, Number(now) - Number(since)) : undefined,
    waitsFor: waitsFor.split(' ').filter((run) => run !== ''),
  }
}
