import { z } from 'zod'
import { didYouMean } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { makeDraft } from './draft.ts'
import { writePath } from './issues.ts'
import type { Problems } from './problems.ts'
import type { Scope } from './scope.ts'
import { Source } from './source.ts'
import { validate } from './validate.ts'
import { VariableLookup } from './variable-lookup.ts'
import type { Layer, Variable } from './variables.ts'

/** What a set of variables made of one host's. */
export interface CompletedVariables {
  /** Validated values, with the defaults inside them filled in. */
  readonly replaced: ReadonlyMap<Variable, Variable>
  /** Values of variables that nobody set: the weakest of all. */
  readonly defaults: Layer
}

/** A schema for the variables that a playbook expects (`variables: NAME` in a play). */
export class VariableSet {
  readonly #source: Source
  readonly #shape: z.ZodObject['shape']
  readonly #problems: Problems
  readonly #missing = new Map<string, { readonly hosts: string[]; readonly hint: string | undefined }>()

  /** `source` is where the play names the set. */
  constructor(source: Source, schema: z.ZodType, problems: Problems) {
    if (!(schema instanceof z.ZodObject)) throw new TypeError(`the set of variables ${source.value} is no z.object`)
    this.#source = source
    this.#shape = schema.shape
    this.#problems = problems
  }

  /** Validates one host's variables; what only the run can tell is left alone. Mistakes are placed where the variable is set. */
  complete(host: string, scope: Scope): CompletedVariables {
    const replaced = new Map<Variable, Variable>()
    const defaults = new Map<string, Variable>()
    const lookup = new VariableLookup(scope, { position: 0 })
    for (const [name, schema] of Object.entries(this.#shape)) {
      if (!(schema instanceof z.ZodType)) continue
      const meaning = scope.find(name, 0)
      if (meaning?.kind !== 'variable' || !('source' in meaning.variable)) {
        const value = this.#default(name, schema, host, lookup)
        if (value !== undefined) defaults.set(name, value)
        continue
      }
      const { source } = meaning.variable
      const draft = makeDraft(source, lookup, this.#problems)
      const valid = validate(draft, schema, (path) => writePath([name, ...path]), this.#problems)
      if (valid === undefined) continue
      const data = toJson(valid.data)
      // What is not known yet is still a template, and keeps its place in the file.
      const isKnown = draft.unknown.length === 0
      replaced.set(meaning.variable, isKnown ? { data } : { source: new Source(source.document, source.path, data) })
    }
    return { replaced, defaults }
  }

  /** Reports what hosts lack: one message for each variable, whatever the number of hosts. */
  reportMissing(): void {
    for (const [name, { hosts, hint }] of this.#missing) {
      const message = `variable "${name}" is not set for ${hosts.join(', ')}`
      this.#problems.add(this.#source.problem(message, { hint: hint ?? 'set it in the inventory' }))
    }
  }

  /** A default may be a template, which is rendered like anything that stands in an inventory. */
  #default(name: string, schema: z.ZodType, host: string, lookup: VariableLookup): Variable | undefined {
    const result = schema.safeParse(undefined)
    if (result.success) {
      if (result.data === undefined) return undefined
      return { source: new Source(this.#source.document, this.#source.path, toJson(result.data)) }
    }
    const missing = this.#missing.get(name)
    const near = [...lookup.names()].find((other) => !Object.hasOwn(this.#shape, other) && didYouMean(other, [name]))
    const hint = near && `"${near}" is set: did you mean "${name}"?`
    if (missing === undefined) this.#missing.set(name, { hosts: [host], hint })
    else missing.hosts.push(host)
    return undefined
  }
}

/** What a schema makes of plain data is plain data; fields that it left undefined go. */
function toJson(data: unknown): Json {
  return JSON.parse(JSON.stringify(data)) as Json
}
