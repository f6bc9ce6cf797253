import type { Json } from '../core/json.ts'

/** Where expressions and templates find variables. */
export interface Lookup {
  has(name: string): boolean
  /** May render lazily. Asked only for names that it has. */
  get(name: string): Json
  /** Every name, for "did you mean". */
  names?(): Iterable<string>
  /** Hears a value that is to be masked, with everything in it. */
  secret?(value: Json): void
}

/** What a value is, in words: `a list`, `the string "x"`. */
export function describe(value: Json): string {
  if (value === null) return 'none'
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'boolean') return String(value)
  return isList(value) ? 'a list' : 'a mapping'
}

/** The type's name, with its article. */
export function describeType(value: Json): string {
  if (value === null) return 'none'
  if (typeof value === 'object') return describe(value)
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own entry of a mapping or list (negative positions count from the end); nothing for anything else. */
export function member(value: Json, key: string | number): Json | undefined {
  if (isList(value)) {
    return Number.isInteger(key) || /^\d+$/.test(String(key)) ? value.at(Number(key)) : undefined
  }
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Deep equality of plain data. */
export function equal(a: Json, b: Json): boolean {
  if (a === b) return true
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null))
  if (!isMapping(a) || !isMapping(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key] ?? null, b[key] ?? null))
  )
}
