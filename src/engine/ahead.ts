import { InputError } from '../core/error.ts'
import type { JsonObject } from '../core/json.ts'
import type { Answer, Question } from '../core/session.ts'
import type { Item, Task } from '../core/task.ts'
import type { Memory } from './memory.ts'
import { makeUnit } from './unit.ts'

/** An answer, and the question of the session that brought it. */
export interface Known {
  readonly askedAs: string
  readonly answer: Answer
}

/** How long an answer counts, in milliseconds: probes from the controller may take their time in between. */
const FRESH = 60_000

/**
 * Answers to questions of tasks behind the next barrier, asked for along with those that are due. While this run changes
 * nothing, what a host said a moment ago is what it would say now, so that a barrier costs no turn: it is the same
 * assumption that one survey makes for all of its items, and at an item's turn to change something the host compares anew.
 */
export class Ahead {
  readonly #memory: Memory
  readonly #check: boolean
  /** By user, then by the text of the question. */
  readonly #known = new Map<string, Map<string, Known & { readonly at: number }>>()
  #expected: readonly Task[] = []
  #asked = 0
  #open = true

  constructor(memory: Memory, check: boolean) {
    this.#memory = memory
    this.#check = check
  }

  /** @param tasks all that are still to come, in this play and those behind it. */
  expect(tasks: readonly Task[]): void {
    this.#expected = tasks
  }

  /** Something was changed: what was asked before may be out of date, and what would be asked now may soon be. */
  end(): void {
    this.#open = false
    this.forget()
  }

  /** Another session knows nothing of what was asked in the one before. */
  forget(): void {
    this.#known.clear()
  }

  /** What is known of a user's questions, by their ids. */
  find(user: string, questions: readonly Question[]): ReadonlyMap<string, Known> {
    const known = this.#known.get(user)
    const since = performance.now() - FRESH
    const found = new Map<string, Known>()
    for (const { id, script } of known ? questions : []) {
      const one = known?.get(script.reveal())
      if (one && one.at > since) found.set(id, one)
    }
    return found
  }

  /** Questions of tasks to come, as far as they can be told by now; without those that are due. */
  questions(user: string, due: readonly Question[]): readonly Question[] {
    if (!this.#open) return []
    const known = this.#known.get(user) ?? new Map<string, Known>()
    const taken = new Set([...known.keys(), ...due.map(({ script }) => script.reveal())])
    const more: Question[] = []
    for (const item of this.#items(user)) {
      for (const question of makeUnit(0, item.task, item.item, false).questions) {
        const text = question.script.reveal()
        if (taken.has(text)) continue
        taken.add(text)
        more.push({ ...question, id: `ahead.${this.#asked++}` })
      }
    }
    return more
  }

  learn(user: string, questions: readonly Question[], answers: ReadonlyMap<string, Answer>): void {
    const known = this.#known.get(user) ?? new Map()
    this.#known.set(user, known)
    const at = performance.now()
    for (const { id, script } of questions) {
      const answer = answers.get(id)
      if (answer) known.set(script.reveal(), { askedAs: id, answer, at })
    }
  }

  *#items(user: string): Generator<{ readonly task: Task; readonly item: Item }> {
    // What `set` sets is known as soon as its own values are.
    const values: Record<string, JsonObject[string]> = { ...this.#memory.values }
    for (const task of this.#expected) {
      if ((task.become ?? '') !== user || (this.#check && task.check === false)) continue
      for (const item of expandNow(task, values)) {
        Object.assign(values, item.resource.variables?.(item.params))
        yield { task, item }
      }
    }
  }
}

/** The items of a task, where nothing that they need is still to come. Its mistakes are told at its turn. */
function expandNow(task: Task, values: JsonObject): readonly Item[] {
  if ([...task.uses].some((name) => !Object.hasOwn(values, name))) return []
  try {
    return task.expand(values)
  } catch (error) {
    if (error instanceof InputError || error instanceof RangeError) return []
    throw error
  }
}
