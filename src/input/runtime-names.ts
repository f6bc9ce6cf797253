import type { Place } from '../core/error.ts'

/** Facts: known as soon as a host is reached. */
export const FACTS = 'host'

/** What each host of the run has taught it by the beginning of the play, by host name. */
const HOST_VARIABLES = 'hostvars'

/**
 * The names that a run brings to one host: facts, registered results and set variables.
 * Positions number the tasks of a play in the order in which they run, handlers last.
 */
export class RuntimeNames {
  readonly #first = new Map<string, { readonly position: number; readonly place: Place }>()
  readonly #leftOut = new Map<string, Place>()

  /** `earlier` are names from the plays before. */
  constructor(earlier: Iterable<string> = []) {
    const place = { file: '', line: 1, column: 1 }
    for (const name of [FACTS, HOST_VARIABLES, ...earlier]) this.#first.set(name, { position: -1, place })
  }

  /** A task at `position` brings the name. */
  add(name: string, position: number, place: Place): void {
    if (!this.#first.has(name)) this.#first.set(name, { position, place })
  }

  /** A task that tags leave out would have brought the name. */
  addLeftOut(name: string, place: Place): void {
    if (!this.#leftOut.has(name)) this.#leftOut.set(name, place)
  }

  /** Whether the task at `position` can use the name. */
  has(name: string, position: number): boolean {
    const first = this.#first.get(name)
    return first !== undefined && first.position < position
  }

  /** Why a name that a task brings is nothing to the task at `position`. */
  whyNot(name: string, position: number): string | undefined {
    const first = this.#first.get(name)
    if (first !== undefined && first.position >= position) return `is registered later, at ${write(first.place)}`
    const left = this.#leftOut.get(name)
    return left === undefined ? undefined : `is registered at ${write(left)}, a task that the tags leave out`
  }

  /** Names that the task at `position` can use. */
  before(position: number): readonly string[] {
    return [...this.#first].filter(([, first]) => first.position < position).map(([name]) => name)
  }
}

/** A value depends on something that only a run can tell. No mistake: before a run it means "ask again then". */
export class NeedsRuntime extends Error {
  constructor(name: string) {
    super(`"${name}" is known at run time only`)
    this.name = 'NeedsRuntime'
  }
}

/** A name is used before the task that brings it; the string that uses it becomes the place of the problem. */
export class TooEarly extends Error {
  readonly variable: string

  constructor(variable: string, reason: string) {
    super(`"${variable}" ${reason}`)
    this.name = 'TooEarly'
    this.variable = variable
  }
}

/** Does the work; where it needs the run, `look` may still find what is wrong already. */
export function orNeedsRuntime<T>(work: () => T, look: () => void): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof NeedsRuntime) look()
    throw error
  }
}

function write({ file, line }: Place): string {
  return `${file}:${line}`
}
