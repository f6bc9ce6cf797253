import { InputError } from '../core/error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { Lookup } from './lookup.ts'
import { renderAll } from './render.ts'
import { FACTS, NeedsRuntime, TooEarly } from './runtime-names.ts'
import type { CachedValue, Meaning, Scope } from './scope.ts'
import type { Source } from './source.ts'
import { reportSecrets, type Variable } from './variables.ts'

/** Variables that lead to others: far more than people write, and far fewer than fill the stack. */
const MOST_STEPS = 100

/** When a lookup happens. */
export interface Moment {
  /** The number of the task in its play. */
  readonly position: number
  /** What the run has brought; nothing before the run. */
  readonly runtime?: JsonObject | undefined
  /** Names that a condition guards, though it cannot be told yet: unknown ones count as known at run time. */
  readonly guarded?: ReadonlySet<string> | undefined
}

interface Rendering {
  readonly name: string
  readonly source: Source
  readonly asked: Set<string>
  /** The value holds for this task or this moment only. */
  passing: boolean
}

/** Variables as one task sees them at one moment: rendered when asked for, once. */
export class VariableLookup implements Lookup {
  readonly #scope: Scope
  readonly #moment: Moment
  /** What is being rendered, outermost first. Shared with the lookups of outer scopes. */
  readonly #stack: Rendering[]
  readonly #values = new Map<Variable, CachedValue & { readonly passing: boolean }>()
  readonly #outer = new Map<Scope, VariableLookup>()

  constructor(scope: Scope, moment: Moment, stack: Rendering[] = []) {
    this.#scope = scope
    this.#moment = moment
    this.#stack = stack
  }

  /** @throws {NeedsRuntime} when only the run can tell. @throws {TooEarly} when a later task brings the name. */
  has(name: string): boolean {
    const meaning = this.#find(name)
    // The task that would set it may be skipped, so that before the run nobody knows whether it is defined.
    if (meaning?.kind === 'runtime' && this.#moment.runtime === undefined && name !== FACTS)
      throw new NeedsRuntime(name)
    if (meaning !== undefined) return true
    const reason = this.#scope.host.runtimeNames.whyNot(name, this.#moment.position)
    if (reason !== undefined) throw new TooEarly(name, reason)
    if (this.#moment.guarded?.has(name)) throw new NeedsRuntime(name)
    return false
  }

  /** @throws {InputError} when the variable's own text is wrong. @throws {NeedsRuntime} */
  get(name: string): Json {
    const meaning = this.#find(name)
    if (meaning === undefined) throw new RangeError(`there is no variable ${name}`)
    if (meaning.kind === 'runtime') {
      if (this.#moment.runtime === undefined) throw new NeedsRuntime(name)
      return this.#moment.runtime[name] ?? null
    }
    const { variable, scope } = meaning
    const value = this.render(name, variable, scope)
    if (name === 'secrets') this.secret(value)
    return value
  }

  secret(value: Json): void {
    reportSecrets(value, this.#scope.host.onSecret)
  }

  names(): Iterable<string> {
    return this.#scope.names(this.#moment.position)
  }

  #find(name: string): Meaning | undefined {
    const { position, runtime } = this.#moment
    const found = this.#scope.find(name, position)
    // At its turn a name may still be missing, where the task that sets it was skipped.
    const missing = found?.kind === 'runtime' && runtime !== undefined && !Object.hasOwn(runtime, name)
    const meaning = missing ? this.#scope.findBelow(name) : found
    const top = this.#stack.at(-1)
    if (top !== undefined) {
      top.asked.add(name)
      top.passing ||= found?.kind === 'runtime' || (found !== undefined && found.scope !== undefined)
    }
    return meaning
  }

  /**
   * The value of a variable, of whatever layer. `scope` is the task's, block's or include's that wrote it.
   *
   * @throws {InputError} when its text is wrong. @throws {NeedsRuntime}
   */
  render(name: string, variable: Variable, scope?: Scope): Json {
    if ('data' in variable) return variable.data
    if ('pending' in variable) throw new NeedsRuntime(name)
    const { source } = variable
    if (scope !== undefined && scope !== this.#scope) return this.#outerLookup(scope).get(name)
    const known = this.#values.get(variable) ?? this.#cached(variable)
    if (known !== undefined) {
      this.#tellOuter(known)
      return known.value
    }
    this.#refuseCircle(name, source)
    if (this.#stack.length >= MOST_STEPS)
      throw new InputError([source.problem(`"${name}" is used through ${MOST_STEPS} others`)])
    const rendering: Rendering = { name, source, asked: new Set(), passing: scope !== undefined }
    this.#stack.push(rendering)
    try {
      const value = renderAll(source, this)
      if (source.document.sealed) this.secret(value)
      const { asked, passing } = rendering
      this.#values.set(variable, { value, asked, passing })
      if (!passing) this.#scope.host.cache.set(variable, { value, asked })
      return value
    } finally {
      this.#stack.pop()
      this.#tellOuter(rendering)
    }
  }

  /** A value rendered for another task holds here unless this one sees another variable under a name that it used. */
  #cached(variable: Variable): (CachedValue & { readonly passing: boolean }) | undefined {
    const { cache, runtimeNames } = this.#scope.host
    const cached = cache.get(variable)
    if (cached === undefined) return undefined
    for (const name of cached.asked) {
      if (this.#scope.isInner(name) || runtimeNames.has(name, this.#moment.position)) return undefined
    }
    return { ...cached, passing: false }
  }

  #tellOuter(inner: { readonly asked: ReadonlySet<string>; readonly passing: boolean }): void {
    const outer = this.#stack.at(-1)
    if (outer === undefined) return
    for (const name of inner.asked) outer.asked.add(name)
    outer.passing ||= inner.passing
  }

  #refuseCircle(name: string, source: Source): void {
    const start = this.#stack.findIndex((rendering) => rendering.source === source)
    if (start < 0) return
    const circle = this.#stack.slice(start)
    const way = [...circle.map((rendering) => rendering.name), name].join(' → ')
    const others = circle.slice(1).map((rendering) => {
      const { file, line, column } = rendering.source.place()
      return `"${rendering.name}" is at ${file}:${line}:${column}`
    })
    const hint = others.length > 0 ? others.join(', ') : 'give one of the two another name'
    throw new InputError([source.problem(`"${name}" is defined through itself: ${way}`, { hint })])
  }

  #outerLookup(scope: Scope): VariableLookup {
    const known = this.#outer.get(scope)
    if (known !== undefined) return known
    const made = new VariableLookup(scope, this.#moment, this.#stack)
    this.#outer.set(scope, made)
    return made
  }
}
