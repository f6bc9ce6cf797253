import { InputError, type Problem } from '../core/error.ts'

/** Collects mistakes so that all of them are shown at once; the same mistake at the same place counts once. */
export class Problems {
  readonly #found = new Map<string, Problem>()

  add(...problems: readonly Problem[]): void {
    for (const problem of problems) {
      const { place } = problem
      const key = JSON.stringify([place?.file, place?.line, place?.column, problem.message])
      if (!this.#found.has(key)) this.#found.set(key, problem)
    }
  }

  /** Does the work; mistakes in the input are kept, and anything else is thrown on. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.add(...error.problems)
      return undefined
    }
  }

  get count(): number {
    return this.#found.size
  }

  /** @throws {InputError} with everything found, file by file and top to bottom. */
  throwIfAny(): void {
    if (this.#found.size > 0) throw new InputError([...this.#found.values()].toSorted(byPlace))
  }
}

function byPlace({ place: a }: Problem, { place: b }: Problem): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined)
  if (a.file !== b.file) return 0
  return a.line - b.line || a.column - b.column
}
