import type { Place, Problem } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { isList, isMapping } from './lookup.ts'
import type { Path, ProblemOptions, YamlDocument } from './yaml.ts'

/** A value together with where it is written, so that whatever is wrong with it can be shown. */
export class Source {
  readonly document: YamlDocument
  readonly path: Path
  readonly value: Json

  constructor(document: YamlDocument, path: Path = [], value: Json = document.data) {
    this.document = document
    this.path = path
    this.value = value
  }

  get file(): string {
    return this.document.file
  }

  place(what: 'key' | 'value' = 'value'): Place {
    return this.document.locate(this.path, what)
  }

  /** What is inside, with its own place. What is not there is null, at the place of the nearest thing that is. */
  at(...keys: Path): Source {
    const value = keys.reduce<Json>((inner, key) => child(inner, key) ?? null, this.value)
    return new Source(this.document, [...this.path, ...keys], value)
  }

  /** The entries of a mapping, each with its place; none for anything else. */
  entries(): readonly (readonly [string, Source])[] {
    return isMapping(this.value)
      ? Object.entries(this.value).map(([key, value]) => [key, new Source(this.document, [...this.path, key], value)])
      : []
  }

  /** The items of a list, each with its place; none for anything else. */
  items(): readonly Source[] {
    return isList(this.value)
      ? this.value.map((value, index) => new Source(this.document, [...this.path, index], value))
      : []
  }

  problem(message: string, options: ProblemOptions = {}): Problem {
    return this.document.problem(this.path, message, options)
  }
}

/** What a value is, in words for a message: `a list`, `a number`, `nothing`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return (
    { object: 'a mapping', string: 'a string', number: 'a number', boolean: 'true or false' }[typeof value as string] ??
    ''
  )
}

/** Own properties only: a key named `__proto__` or `constructor` is a key like any other. */
function child(value: Json, key: string | number): Json | undefined {
  if (isList(value)) return typeof key === 'number' ? value[key] : undefined
  return isMapping(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined
}
