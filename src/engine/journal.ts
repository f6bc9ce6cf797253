import type { Answer, Question, RunRecord, Step } from '../core/session.ts'
import { sh } from '../core/shell.ts'
import type { Connect } from './sessions.ts'

const OWED = 'provision.owed'

/**
 * The handlers that a host owes. The sessions of each user keep a journal of their own on the host (`Step.owes`); a handler
 * may run as another user than the one whose task owes it, so what is owed is known by user here.
 */
export class Journal {
  readonly #owed = new Map<string, Set<string>>()
  readonly #handled = new Set<string>()

  /** Every handler that is owed, to whomever. */
  get names(): readonly string[] {
    return [...new Set([...this.#owed.values()].flatMap((names) => [...names]))]
  }

  /** Asks for a user's journal, if that is not known yet. */
  questions(user: string): readonly Question[] {
    return this.#owed.has(user) ? [] : [{ id: OWED, script: sh`owed_handlers` }]
  }

  /** Takes what the user's session answered. @returns what it owes from runs before and nobody has handled since. */
  learn(user: string, answers: ReadonlyMap<string, Answer>): readonly string[] {
    const answer = answers.get(OWED)
    if (!answer) return []
    const names = answer.text.split('\n').filter((line) => line !== '')
    this.#owed.set(user, new Set([...names, ...(this.#owed.get(user) ?? [])]))
    return names.filter((name) => !this.#handled.has(name))
  }

  /** The user's session has written these down, with the change that owes them. */
  owe(user: string, names: readonly string[]): void {
    this.#owed.set(user, new Set([...(this.#owed.get(user) ?? []), ...names]))
    for (const name of names) this.#handled.delete(name)
  }

  /** A handler ended well: it is struck out in the journal of the user that it ran as, if it ran. */
  handled(name: string, user?: string): void {
    this.#handled.add(name)
    if (user !== undefined) this.#owed.get(user)?.delete(name)
  }

  /** Strikes out what other journals still say of handlers that ended well: the step for each user that has to. */
  strike(): ReadonlyMap<string, Step> {
    const steps = new Map<string, Step>()
    for (const [user, owed] of this.#owed) {
      const settles = [...owed].filter((name) => this.#handled.has(name))
      for (const name of settles) owed.delete(name)
      const nothing = { item: 0, questions: [], changes: [], owes: [], ignoreErrors: false }
      if (settles.length > 0) steps.set(user, { ...nothing, settles })
    }
    return steps
  }
}

/** Connections on which hosts write down what changes on them. */
export function recording(connect: Connect, run: RunRecord): Connect {
  return async (address) => {
    const connection = await connect(address)
    return {
      session: async (become) => {
        const session = await connection.session(become)
        session.record(run)
        return session
      },
      close: () => connection.close(),
    }
  }
}
