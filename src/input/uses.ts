import type { Json } from '../core/json.ts'
import { namesIn } from './render.ts'
import { FACTS } from './runtime-names.ts'
import type { Scope } from './scope.ts'

/** Names that are still to be looked at. */
interface Open {
  readonly names: Iterable<string>
  readonly scope: Scope
}

/** Collects the run-time names that a task needs, directly or through the variables that it uses. */
export class Uses {
  readonly found = new Set<string>()
  readonly #position: number
  readonly #seen = new Map<Scope, Set<string>>()

  constructor(position: number) {
    this.#position = position
  }

  /** The names of the templates in a value. */
  addValue(value: Json, scope: Scope): void {
    this.addNames(namesIn(value), scope)
  }

  /** Names as they are understood in a scope; unknown ones are reported where they are rendered. */
  addNames(names: Iterable<string>, scope: Scope): void {
    // One after another, not one inside the other: variables may lead to each other by the thousand.
    const queue: Open[] = [{ names, scope }]
    for (const each of queue) this.#addNames(each, queue)
  }

  /** Everything that the run has brought by now: for a file whose name only the run can tell. */
  addEverything(scope: Scope): void {
    for (const name of scope.host.runtimeNames.before(this.#position)) this.found.add(name)
  }

  #addNames({ names, scope }: Open, queue: Open[]): void {
    const seen = this.#seen.get(scope) ?? new Set()
    this.#seen.set(scope, seen)
    for (const name of names) {
      if (seen.has(name)) continue
      seen.add(name)
      const meaning = scope.find(name, this.#position)
      if (meaning?.kind !== 'runtime') {
        queue.push(...meant(meaning, scope))
        continue
      }
      this.found.add(name)
      // The task that sets it may be skipped: then the name means what is below.
      if (name !== FACTS) queue.push(...meant(scope.findBelow(name), scope))
    }
  }
}

function meant(meaning: ReturnType<Scope['find']>, scope: Scope): readonly Open[] {
  if (meaning?.kind !== 'variable' || !('source' in meaning.variable)) return []
  return [{ names: namesIn(meaning.variable.source.value), scope: meaning.scope ?? scope }]
}
