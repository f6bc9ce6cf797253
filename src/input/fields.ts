import { didYouMean } from '../core/error.ts'
import { isMapping } from './lookup.ts'
import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'

/** The words that Ansible's users write for a boolean, besides `true` and `false`. */
const WORDS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ...['yes', 'on', 'Yes', 'On', 'True', 'YES', 'ON'].map((word) => [word, true] as const),
  ...['no', 'off', 'No', 'Off', 'False', 'NO', 'OFF'].map((word) => [word, false] as const),
])

/**
 * Reads the fields of a mapping that a user wrote. What is wrong goes to `problems`, and the field counts as not given.
 */
export class Fields {
  readonly source: Source
  readonly #problems: Problems

  constructor(source: Source, problems: Problems) {
    this.source = source
    this.#problems = problems
  }

  /** Whether the field is written, if only as `field:` with nothing behind it. */
  has(name: string): boolean {
    return isMapping(this.source.value) && Object.hasOwn(this.source.value, name)
  }

  /** The field's value and place; nothing when it is not written or is empty. */
  get(name: string): Source | undefined {
    const field = this.source.at(name)
    return field.value === null ? undefined : field
  }

  string(name: string): string | undefined {
    const field = this.get(name)
    if (field === undefined || typeof field.value === 'string') return field?.value as string | undefined
    if (typeof field.value === 'number') return String(field.value)
    return this.#wrong(field, 'a string')
  }

  /** Accepts yes, no, on and off too. */
  boolean(name: string): boolean | undefined {
    const field = this.get(name)
    if (field === undefined) return undefined
    const value = toBoolean(field.value)
    return value ?? this.#wrong(field, 'true or false')
  }

  /** A string, or a list of them. */
  strings(name: string): readonly Source[] {
    const field = this.get(name)
    if (field === undefined) return []
    if (typeof field.value === 'string' || typeof field.value === 'number') return [field]
    if (!Array.isArray(field.value)) {
      this.#wrong(field, 'a string or a list of strings')
      return []
    }
    return field.items().filter((item) => {
      const good = typeof item.value === 'string' || typeof item.value === 'number'
      if (!good) this.#wrong(item, 'a string')
      return good
    })
  }

  mapping(name: string): Source | undefined {
    const field = this.get(name)
    return field === undefined || isMapping(field.value) ? field : this.#wrong(field, 'a mapping')
  }

  list(name: string): Source | undefined {
    const field = this.get(name)
    return field === undefined || Array.isArray(field.value) ? field : this.#wrong(field, 'a list')
  }

  /** The fields of a mapping inside this one. */
  inside(source: Source): Fields {
    return new Fields(source, this.#problems)
  }

  /** Reports every key that is not among `known`, with the near miss or what `hint` knows of it. */
  allowOnly(known: Iterable<string>, hint: (key: string) => string | undefined = () => undefined): void {
    const names = new Set(known)
    for (const [key, field] of this.source.entries()) {
      if (names.has(key)) continue
      const options = { what: 'key', hint: hint(key) ?? didYouMean(key, names) } as const
      this.#problems.add(field.problem(`unknown key "${key}"`, options))
    }
  }

  #wrong(field: Source, expected: string): undefined {
    const label = field.path.findLast((key) => typeof key === 'string') ?? 'this'
    this.#problems.add(field.problem(`${label}: expected ${expected}, got ${kindOf(field.value)}`))
  }
}

/** The boolean that a value stands for, if it does. */
export function toBoolean(value: unknown): boolean | undefined {
  return WORDS.get(value)
}
