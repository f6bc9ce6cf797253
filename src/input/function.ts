import type { Json } from '../core/json.ts'
import { describe, isList } from './lookup.ts'

/** A pure function over plain data: a filter in expressions, a helper in templates. */
export interface ValueFunction {
  readonly name: string
  /** The arguments as the helper takes them; optional ones in brackets. The first is what a filter is applied to. */
  readonly usage: string
  /** One line for the reference. */
  readonly summary: string
  /** The first argument may be a variable that does not exist. */
  readonly acceptsUndefined?: true
  /** What it gives is masked in all output. */
  readonly secret?: true
  /** @throws {ArgumentError} for arguments that it cannot take. Optional ones may be undefined, others only where it says so. */
  apply(...values: readonly (Json | undefined)[]): Json
}

/** A function was given something that it cannot take. The caller adds the place. */
export class ArgumentError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'ArgumentError'
    this.hint = hint
  }
}

/**
 * Says so when a function has too few or too many arguments; nothing when the count is right.
 *
 * @param usage such as `join LIST [SEPARATOR]`; `...` after the last means any number
 */
export function countMistake(usage: string, given: number): string | undefined {
  const [name = '', ...words] = usage.split(' ')
  const least = words.filter((word) => !word.startsWith('[')).length
  const most = words.at(-1)?.endsWith('...') ? Number.POSITIVE_INFINITY : words.length
  if (given >= least && given <= most) return undefined
  const wanted =
    least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
  return `"${name}" takes ${wanted === '0' ? 'no' : wanted} ${wanted === '1' ? 'argument' : 'arguments'}, not ${given}`
}

/** `join LIST [SEPARATOR]` as a filter is used: `LIST | join(SEPARATOR)`; `is match(PATTERN)` with ` is `. */
export function infixUsage(usage: string, operator: ' | ' | ' is '): string {
  const [name = '', value = '', ...rest] = usage.split(' ')
  return `${value}${operator}${name}${rest.length === 0 ? '' : `(${rest.join(', ')})`}`
}

/** @throws {ArgumentError} */
export function text(value: Json | undefined, what = 'text'): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw new ArgumentError(`needs ${what}, not ${describe(value ?? null)}`)
}

/** @throws {ArgumentError} */
export function list(value: Json | undefined): readonly Json[] {
  if (isList(value)) return value
  throw new ArgumentError(`needs a list, not ${describe(value ?? null)}`)
}

/** A whole number from 0 to 1000. @throws {ArgumentError} */
export function count(value: Json | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1000) return value
  throw new ArgumentError(`needs a whole number from 0 to 1000, not ${describe(value ?? null)}`)
}
