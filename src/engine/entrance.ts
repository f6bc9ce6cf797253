import { setTimeout as sleep } from 'node:timers/promises'
import { UnreachableError } from '../core/error.ts'
import type { Answer, LockResult, Question, Session } from '../core/session.ts'
import { pointInTime, roughly } from './ago.ts'
import { describeHold, heldError, holdIn, holdQuestion } from './hold.ts'
import { describeRestored, type Unproven, unprovenIn, unprovenQuestion } from './unproven.ts'
import type { Waits } from './waits.ts'

const HOLD = 'provision.hold'
const UNPROVEN = 'provision.unproven'

const PAUSE_MILLISECONDS = 1000

/** How long the shell of a connection that was lost may keep its lock, in seconds: the host ends it when it hears nothing more. */
const LINGER_SECONDS = 60

export interface EntranceOptions {
  /** A check takes no lock, waits for nobody, and only tells of holds. */
  readonly check: boolean
  /** Who holds the lock, for whoever finds it taken. */
  readonly owner: string
  /** How long another run is waited for that holds a host; 0 unless told otherwise. */
  readonly lockTimeoutSeconds?: number
  /** Hosts that somebody holds (`provision hold`) are changed all the same. */
  readonly ignoreHold?: boolean
}

export interface EntranceSurroundings {
  readonly waits: Waits
  /** Whoever watches wants to end now. */
  readonly signal: AbortSignal
  readonly busy: (activity: string) => void
  readonly tell: (text: string) => void
}

/** Whoever watches has ended the wait for a lock. */
export class WaitEndedError extends UnreachableError {
  constructor() {
    super('lock', 'the wait for another run was ended')
  }
}

type Taken = Extract<LockResult, { readonly held: false }>

/**
 * The way into the sessions of one host. Each is used only under the lock of its user, so that two runs exclude each other
 * whomever their first tasks become. The lock is asked for in the same turn as the first questions; where it had to be waited
 * for, they are asked again.
 */
export class Entrance {
  readonly #host: string
  readonly #options: EntranceOptions
  readonly #around: EntranceSurroundings
  #entered = new WeakSet<Session>()
  readonly #locked: Session[] = []
  /** Numeric IDs of the users whose locks this connection holds. */
  readonly #held = new Set<number>()
  #isHoldKnown = false
  #told = ''

  /** @param host the inventory name. */
  constructor(host: string, options: EntranceOptions, around: EntranceSurroundings) {
    this.#host = host
    this.#options = options
    this.#around = around
  }

  /** Asks in a session; the first time that takes the lock of its user, and finds out whether the host is held. */
  async ask(session: Session, questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>> {
    if (this.#entered.has(session)) return session.survey(questions)
    const hold = { id: HOLD, script: holdQuestion(!this.#options.check) }
    const unproven = { id: UNPROVEN, script: unprovenQuestion(!this.#options.check) }
    const all = this.#isHoldKnown ? [...questions, unproven] : [...questions, unproven, hold]
    const [taken, answers] = await Promise.all([this.#take(session), session.survey(all)])
    if (taken) await this.#wait(session, taken)
    const current = taken ? await session.survey(all) : answers
    this.#heed(current.get(HOLD))
    this.#entered.add(session)
    return (await this.#restored(session, unprovenIn(current.get(UNPROVEN)), all)) ?? current
  }

  /** The connection is gone, and the locks with it. */
  leave(): void {
    for (const session of this.#locked.splice(0)) this.#around.waits.release(session)
    this.#entered = new WeakSet()
    this.#held.clear()
  }

  /** @returns who holds the lock instead. */
  async #take(session: Session): Promise<Taken | undefined> {
    const { waits } = this.#around
    if (this.#options.check) return undefined
    const result = await session.lock(this.#options.owner, waits.id(this.#host), waits.for)
    if (!result.held) {
      // Two sessions may be the same user's: the login user is one whom a task can become, too.
      return waits.ownName(result) === this.#host && this.#held.has(result.user) ? undefined : result
    }
    this.#held.add(result.user)
    this.#locked.push(session)
    waits.hold(session)
    return undefined
  }

  async #wait(session: Session, first: Taken): Promise<void> {
    const { signal, waits } = this.#around
    const started = performance.now()
    try {
      for (let taken: Taken | undefined = first; taken; taken = await this.#take(session)) {
        const patience = this.#patience(taken)
        const left = started + patience * 1000 - performance.now()
        if (left <= 0) throw takenError(taken, patience)
        this.#tell(taken, patience)
        waits.begin(this.#host, taken)
        // Ctrl-C ends the pause; what it means is told below.
        await sleep(Math.min(PAUSE_MILLISECONDS, left), undefined, { signal }).catch(() => undefined)
        if (signal.aborted) throw new WaitEndedError()
      }
    } finally {
      waits.end(this.#host)
    }
  }

  /** In seconds. @throws {UnreachableError} where waiting would be in vain. */
  #patience(taken: Taken): number {
    const { waits } = this.#around
    const own = waits.ownName(taken)
    if (own === this.#host) return LINGER_SECONDS
    if (own !== undefined) {
      const hint = 'Two names of the inventory lead to one host: choose one with --limit.'
      throw new UnreachableError('lock', `this run is at work on this host already, as ${own}`, hint)
    }
    if (waits.isStuck(taken)) {
      const message = `${taken.by} waits for this run on another host, while this one would wait for it here`
      throw new UnreachableError('lock', message, 'Run again when it has ended: --limit @failed')
    }
    return this.#options.lockTimeoutSeconds ?? 0
  }

  /** Waits until the host has put back what nobody confirmed. @returns the answers of then, if that took place. */
  async #restored(
    session: Session,
    first: Unproven | undefined,
    questions: readonly Question[],
  ): Promise<ReadonlyMap<string, Answer> | undefined> {
    const { busy, tell, signal } = this.#around
    let answers: ReadonlyMap<string, Answer> | undefined
    for (let found = first; found; ) {
      if (found.state === 'restored') {
        tell(describeRestored(found.text))
        break
      }
      const activity = `a change that nobody confirmed is put back in ${Math.max(found.seconds, 1)} s`
      if (this.#options.check) {
        tell(`${activity}: this check may be out of date by then`)
        break
      }
      busy(`waiting: ${activity}`)
      await sleep(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw new WaitEndedError()
      answers = await session.survey(questions)
      found = unprovenIn(answers.get(UNPROVEN))
    }
    return answers
  }

  #tell(taken: Taken, patience: number): void {
    const activity = waitingFor(taken)
    if (this.#told === '') this.#around.tell(`${activity}; for ${patience} s at most`)
    if (this.#told !== activity) this.#around.busy(activity)
    this.#told = activity
  }

  #heed(answer: Answer | undefined): void {
    const { check, ignoreHold } = this.#options
    const heard = holdIn(answer)
    if (!heard) return
    this.#isHoldKnown = true
    const { hold } = heard
    if (!hold) return
    if (!check && !ignoreHold) throw heldError(this.#host, hold)
    this.#around.tell(`${describeHold(hold)}${check ? '; an apply would stop here' : ' (ignored)'}`)
  }
}

function waitingFor({ by, seconds }: Taken): string {
  const since = seconds === undefined ? '' : `, since ${roughly(seconds)}`
  return `waiting for ${by.replace(/, process \d+$/, '')}${since}`
}

function takenError({ by, since, seconds }: Taken, waited: number): UnreachableError {
  const began =
    since === undefined || seconds === undefined ? '' : `, since ${pointInTime(since)}, ${roughly(seconds)} ago`
  const still = waited === 0 ? 'another run holds this host' : `after ${waited} s another run still holds this host`
  const hint = `Nothing more was done on it. Wait for that run to end: --lock-timeout ${Math.max(600, waited * 2)}`
  return new UnreachableError('lock', `${still}: ${by}${began}`, hint)
}
