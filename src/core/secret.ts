import { inspect } from 'node:util'

const PRINTED = '‹secret›'

/** A value that has no printable form: strings, JSON, `console.log` and templates all show `‹secret›`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Only the session, which writes it to a host's standard input, and code that hashes it may ask. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return PRINTED
  }

  toJSON(): string {
    return PRINTED
  }

  [inspect.custom](): string {
    return PRINTED
  }
}

/** Replaces known secret values in text. Every printed word passes through one of these. */
export class Masker {
  readonly #values = new Set<string>()
  #pattern: RegExp | undefined

  /** Remembers a value. Values under four characters stay visible: masking them would garble everything else. */
  add(value: string | Secret): void {
    const text = value instanceof Secret ? value.reveal() : value
    if (text.length < 4 || this.#values.has(text)) return
    this.#values.add(text)
    this.#pattern = undefined
  }

  mask(text: string): string {
    if (this.#values.size === 0) return text
    this.#pattern ??= pattern([...this.#values])
    return text.replace(this.#pattern, PRINTED)
  }

  /** Masks every string in plain data, keys included. */
  maskAll<T>(data: T): T {
    if (typeof data === 'string') return this.mask(data) as T
    if (Array.isArray(data)) return data.map((value) => this.maskAll(value)) as T
    if (data !== null && typeof data === 'object' && Object.getPrototypeOf(data) === Object.prototype) {
      return Object.fromEntries(Object.entries(data).map(([key, value]) => [this.mask(key), this.maskAll(value)])) as T
    }
    return data
  }
}

// Values of four to six characters are masked as whole words only: "mail" is a password somewhere, and a word everywhere.
function pattern(values: readonly string[]): RegExp {
  const alternatives = values
    .toSorted((a, b) => b.length - a.length)
    .map((value) => {
      const text = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      return value.length > 6 ? text : `(?<![A-Za-z0-9])${text}(?![A-Za-z0-9])`
    })
  return new RegExp(alternatives.join('|'), 'g')
}
