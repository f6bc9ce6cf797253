import * as z from 'zod'
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
  readonly #fields: readonly (readonly [name: string, schema: z.ZodType])[]
  readonly #problems: Problems
  readonly #missing = new Map<string, { readonly hosts: string[]; readonly hint: string | undefined }>()

  /** `source` is where the play names the set. */
  constructor(source: Source, schema: z.ZodType, problems: Problems) {
    if (!(schema instanceof z.ZodObject)) throw new TypeError(`the set of variables ${source.value} is no z.object`)
    this.#source = source
    this.#fields = Object.entries(schema.shape).map(([name, field]) => {
      if (!(field instanceof z.ZodType)) throw new TypeError(`the variable ${name} has no schema of zod's classic kind`)
      return [name, field]
    })
    this.#problems = problems
  }

  /**
   * Validates one host's variables; what only the run can tell is left alone. Mistakes are placed where the variable is
   * set.
   */
  complete(host: string, scopeWith: (completed: CompletedVariables) => Scope): CompletedVariables {
    const replaced = new Map<Variable, Variable>()
    const defaults = this.#defaults(host, scopeWith({ replaced, defaults: new Map() }))
    // Values may speak of variables that have nothing but a default.
    const scope = scopeWith({ replaced: new Map(), defaults })
    const lookup = new VariableLookup(scope, MOMENT)
    for (const [name, schema] of this.#fields) {
      const source = sourceOf(name, scope)
      if (source === undefined || defaults.has(name)) continue
      const draft = makeDraft(source.source, lookup, this.#problems)
      const valid = validate(draft, schema, (path) => writePath([name, ...path]), this.#problems)
      if (valid === undefined) continue
      const data = toJson(valid.data)
      // What is not known yet is still a template, and keeps its place in the file.
      const isKnown = draft.unknown.length === 0
      const { document, path } = source.source
      replaced.set(source, isKnown ? { data } : { source: new Source(document, path, data) })
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

  /** What nobody set. A default may be a template, which is rendered like anything that stands in an inventory. */
  #defaults(host: string, scope: Scope): Layer {
    const defaults = new Map<string, Variable>()
    for (const [name, schema] of this.#fields) {
      if (isSet(name, scope)) continue
      const result = schema.safeParse(undefined)
      if (!result.success) this.#miss(name, host, scope)
      else if (result.data !== undefined) {
        const { document, path } = this.#source
        defaults.set(name, { source: new Source(document, path, toJson(result.data)) })
      }
    }
    return defaults
  }

  #miss(name: string, host: string, scope: Scope): void {
    const known = this.#missing.get(name)
    if (known !== undefined) {
      known.hosts.push(host)
      return
    }
    const isField = (other: string): boolean => this.#fields.some(([field]) => field === other)
    const near = [...scope.names(0)].find((other) => !isField(other) && didYouMean(other, [name]) !== undefined)
    this.#missing.set(name, { hosts: [host], hint: near && `"${near}" is set: did you mean "${name}"?` })
  }
}

const MOMENT = { position: 0 }

/** Also by what is no text of a file: an answer to a question. */
function isSet(name: string, scope: Scope): boolean {
  return scope.find(name, MOMENT.position)?.kind === 'variable'
}

function sourceOf(name: string, scope: Scope): (Variable & { readonly source: Source }) | undefined {
  const meaning = scope.find(name, MOMENT.position)
  return meaning?.kind === 'variable' && 'source' in meaning.variable ? meaning.variable : undefined
}

/** What a schema makes of plain data is plain data; fields that it left undefined go. */
function toJson(data: unknown): Json {
  return JSON.parse(JSON.stringify(data)) as Json
}
