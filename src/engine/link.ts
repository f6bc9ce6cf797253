import { UnreachableError } from '../core/error.ts'
import type { Answer, Question, Session } from '../core/session.ts'
import type { HostAddress, Task } from '../core/task.ts'
import { Ahead } from './ahead.ts'
import type { GoOn } from './carry-out.ts'
import type { Entrance } from './entrance.ts'
import { factsIn, factsQuestion } from './facts.ts'
import type { Guarded } from './guard.ts'
import type { Journal } from './journal.ts'
import type { Memory } from './memory.ts'
import { type PutBack, prove } from './prove.ts'
import { type Connect, Sessions } from './sessions.ts'

const FACTS = 'provision.facts'
const ROOT = 'root'

export interface LinkOptions {
  readonly connect: Connect
  readonly entrance: Entrance
  /** Something is to be done as root, in this play or a later one. */
  readonly needsRoot: boolean
  readonly check: boolean
  readonly busy: (activity: string) => void
}

/** The session of a user, and what it answered. */
export interface Asked {
  readonly session: Session
  readonly answers: ReadonlyMap<string, Answer>
}

/** The way to one host through a whole run: its connection, the lock, and what the host says of itself on the way in. */
export class Link {
  #address: HostAddress
  readonly #options: LinkOptions
  readonly #memory: Memory
  readonly #journal: Journal
  readonly #ahead: Ahead
  readonly #sessions: Sessions
  readonly #killing = new AbortController()
  /** Connections that were replaced, on their way out. */
  readonly #closing: Promise<void>[] = []

  constructor(address: HostAddress, options: LinkOptions, memory: Memory, journal: Journal) {
    this.#address = address
    this.#options = options
    this.#memory = memory
    this.#journal = journal
    this.#ahead = new Ahead(memory, options.check)
    this.#sessions = new Sessions(address, options.connect)
  }

  get isKilled(): boolean {
    return this.#killing.signal.aborted
  }

  /** @param tasks all that are to come: what they ask is asked for ahead, in a turn that is made anyway. */
  expect(tasks: readonly Task[]): void {
    this.#ahead.expect(tasks)
  }

  /** Something is about to change: what was asked ahead may not be true any more. */
  changes(): void {
    this.#ahead.end()
  }

  /**
   * Asks in the session of a user, under its lock, as far as the answers are not known by now. A turn that has to be made
   * brings those to later questions, too.
   *
   * @param become the user to become; nothing: the login user.
   */
  async ask(become: string | undefined, questions: readonly Question[]): Promise<Asked> {
    const user = become ?? ''
    const session = await this.#sessions.of(become)
    const known = this.#ahead.find(user, questions)
    const due = questions.filter(({ id }) => !known.has(id))
    const more = due.length > 0 ? this.#ahead.questions(user, questions) : []
    const asked = await this.#options.entrance.ask(session, [...due, ...more])
    this.#ahead.learn(user, more, asked)
    const answers = new Map(asked)
    for (const [id, { askedAs, answer }] of known) {
      session.adopt(id, askedAs)
      answers.set(id, answer)
    }
    return { session, answers }
  }

  /**
   * Connects, where that was not done yet. Where anything is to be done as root, root's lock and hold come first: they tell
   * whether another run is at work before this one has done anything.
   */
  async begin(become: string | undefined): Promise<void> {
    if (this.#sessions.isConnected) return
    if (this.#options.needsRoot && become !== ROOT) {
      try {
        await this.#enter(ROOT)
        return
      } catch (error) {
        // Root may be needed by tasks only that are skipped, or that come after one which allows it.
        if (!(error instanceof UnreachableError) || error.stage !== 'sudo') throw error
        this.#sessions.forget(ROOT)
      }
    }
    await this.#enter(become)
  }

  /** A session over a new connection, after the host went away. */
  async again(become: string | undefined): Promise<Session> {
    await this.close()
    this.#ahead.forget()
    this.#options.busy('waiting for it to come back')
    const session = await this.#sessions.of(become)
    await this.#meet(session)
    return session
  }

  /** Proves that a guarded change leaves the host reachable. @returns the session to go on with. */
  async prove(become: string | undefined, { addresses, seconds }: Guarded): Promise<GoOn | PutBack> {
    const { connect, busy } = this.#options
    const at = (movedTo: string | undefined): HostAddress =>
      movedTo === undefined ? this.#address : { ...this.#address, movedTo }
    const signal = this.#killing.signal
    const proof = await prove({ become, addresses, seconds, busy, signal, connect: (movedTo) => connect(at(movedTo)) })
    if ('putBack' in proof) return proof
    const { connection, session, movedTo } = proof
    this.#address = at(movedTo)
    this.#options.entrance.leave()
    this.#ahead.forget()
    this.#closing.push(this.#sessions.adopt(connection, become, session))
    await this.#meet(session)
    return { session, movedTo }
  }

  /** Lets the running item finish. */
  stop(): void {
    this.#sessions.each((session) => session.stop())
  }

  /** Tells the host what only the controller knows of the run. */
  note(...note: Parameters<Session['note']>): void {
    this.#sessions.each((session) => session.note(...note))
  }

  kill(): void {
    this.#killing.abort()
    this.#sessions.each((session) => session.kill())
  }

  async close(): Promise<void> {
    this.#options.entrance.leave()
    await Promise.all([this.#sessions.close(), ...this.#closing.splice(0)])
  }

  async #enter(become: string | undefined): Promise<void> {
    const user = become ?? ''
    const session = await this.#sessions.of(become)
    const ahead = this.#ahead.questions(user, [])
    const answers = await this.#meet(session, [...this.#journal.questions(user), ...ahead])
    this.#ahead.learn(user, ahead, answers)
    this.#journal.learn(user, answers)
  }

  // It may be another system by now, or have other addresses.
  async #meet(session: Session, questions: readonly Question[] = []): Promise<ReadonlyMap<string, Answer>> {
    const answers = await this.#options.entrance.ask(session, [{ id: FACTS, script: factsQuestion }, ...questions])
    this.#memory.set({ host: factsIn(answers.get(FACTS)) })
    return answers
  }
}
