import type { JsonObject } from '../core/json.ts'
import type { Task } from '../core/task.ts'

const HOST_VARIABLES = 'hostvars'

/** What all hosts of a run know at one moment. */
export interface Everyone {
  readonly values: { readonly [host: string]: JsonObject }
  /** A task whose result is unknown on one of them. */
  readonly unknown: string | undefined
}

/**
 * What one host has taught the run: facts, registered results and set variables.
 * In a check, a result that only an apply could know is remembered as unknown, with the task that would bring it.
 */
export class Memory {
  readonly #known: Record<string, JsonObject[string]> = {}
  readonly #unknown = new Map<string, string>()
  readonly #gathered = new Map<Task, JsonObject[]>()
  #unknownElsewhere: string | undefined

  static together(memories: Iterable<readonly [string, Memory]>): Everyone {
    const known = [...memories]
    return {
      values: Object.fromEntries(
        known.map(([host, memory]) => {
          const { [HOST_VARIABLES]: _, ...own } = memory.#known
          return [host, own]
        }),
      ),
      unknown: known.flatMap(([, memory]) => [...memory.#unknown.values()])[0],
    }
  }

  /** Learns what all hosts know, as `hostvars`. */
  meet({ values, unknown }: Everyone): void {
    this.set({ [HOST_VARIABLES]: values })
    this.#unknownElsewhere = unknown
  }

  get values(): JsonObject {
    return this.#known
  }

  set(values: JsonObject): void {
    for (const [name, value] of Object.entries(values)) {
      this.#known[name] = value
      this.#unknown.delete(name)
    }
  }

  /** Keeps one item's result; the last item of a looped task makes the list complete. */
  register(task: Task, result: JsonObject, isLast: boolean): void {
    if (task.register === undefined) return
    const results = [...(this.#gathered.get(task) ?? []), result]
    this.#gathered.set(task, results)
    if (!isLast || this.#unknown.has(task.register)) return
    this.#gathered.delete(task)
    this.set({ [task.register]: task.looped ? { ...summary(results), results } : result })
  }

  /** Nobody can say before the task's changes are applied. */
  registerUnknown(task: Task, name = task.name): void {
    if (task.register === undefined) return
    delete this.#known[task.register]
    this.#unknown.set(task.register, name)
  }

  /** The task whose result is missing for this one, if any. */
  missingFor(task: Task): string | undefined {
    for (const name of task.uses) {
      const source = this.#unknown.get(name)
      if (source !== undefined) return source
    }
    return undefined
  }

  /** The task whose result may be what this one misses in `hostvars`, if any. */
  missingElsewhereFor(task: Task): string | undefined {
    return task.uses.has(HOST_VARIABLES) ? this.#unknownElsewhere : undefined
  }
}

function summary(results: readonly JsonObject[]): JsonObject {
  return {
    changed: results.some((result) => result.changed === true),
    failed: results.some((result) => result.failed === true),
    skipped: results.every((result) => result.skipped === true),
  }
}
