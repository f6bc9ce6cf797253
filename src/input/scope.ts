import type { Json } from '../core/json.ts'
import type { RuntimeNames } from './runtime-names.ts'
import type { Layer, Variable } from './variables.ts'

/** A rendered variable and the names that were asked for on the way. */
export interface CachedValue {
  readonly value: Json
  readonly asked: ReadonlySet<string>
}

/** The variables of one host in one play, but for what tasks set. */
export interface HostVariables {
  /** Built in: nobody overrides them. */
  readonly fixed: Layer
  readonly commandLine: Layer
  /** Play and inventory, strongest first. */
  readonly layers: readonly Layer[]
  /** Values that were validated and completed by a set of variables, in place of what was written. */
  readonly replaced: ReadonlyMap<Variable, Variable>
  readonly runtimeNames: RuntimeNames
  /** Values of play and inventory that did not depend on a task. */
  readonly cache: Map<Variable, CachedValue>
  readonly onSecret: (value: string) => void
}

/**
 * What a name means. `scope` is where a variable of a task, block or include was written: it is rendered with what is
 * visible there.
 */
export type Meaning =
  | { readonly kind: 'variable'; readonly variable: Variable; readonly scope: Scope | undefined }
  | { readonly kind: 'runtime' }

/**
 * What a task sees, weakest first: inventory, play, run-time results, then variables of includes, blocks, the task and
 * its loop
 * from the outside in, and above all the command line.
 */
export class Scope {
  readonly host: HostVariables
  readonly #layer: Layer
  readonly #outer: Scope | undefined

  constructor(host: HostVariables, layer: Layer = new Map(), outer?: Scope) {
    this.host = host
    this.#layer = layer
    this.#outer = outer
  }

  /** A scope inside this one. */
  with(layer: Layer): Scope {
    return layer.size === 0 ? this : new Scope(this.host, layer, this)
  }

  /** What the name means to the task at `position`; nothing for an unknown name. */
  find(name: string, position: number): Meaning | undefined {
    const { fixed, commandLine, runtimeNames } = this.host
    const above = fixed.get(name) ?? commandLine.get(name)
    if (above !== undefined) return this.#meaning(above, undefined)
    const inner = this.#inner(name)
    if (inner !== undefined) return inner
    return runtimeNames.has(name, position) ? { kind: 'runtime' } : this.findBelow(name)
  }

  /** What the name means where the run has not brought it: a task that sets it may have been skipped. */
  findBelow(name: string): Meaning | undefined {
    for (const layer of this.host.layers) {
      const variable = layer.get(name)
      if (variable !== undefined) return this.#meaning(variable, undefined)
    }
    return undefined
  }

  /** Whether a task, block, include or loop defines the name. */
  isInner(name: string): boolean {
    return this.#inner(name) !== undefined
  }

  /** Every name that means something to the task at `position`. */
  names(position: number): ReadonlySet<string> {
    const { fixed, commandLine, layers, runtimeNames } = this.host
    const names = new Set(runtimeNames.before(position))
    for (const layer of [fixed, commandLine, ...layers]) for (const name of layer.keys()) names.add(name)
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer) {
      for (const name of scope.#layer.keys()) names.add(name)
    }
    return names
  }

  #inner(name: string): Meaning | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer) {
      const variable = scope.#layer.get(name)
      if (variable !== undefined) return this.#meaning(variable, scope)
    }
    return undefined
  }

  #meaning(variable: Variable, scope: Scope | undefined): Meaning {
    return { kind: 'variable', variable: this.host.replaced.get(variable) ?? variable, scope }
  }
}
