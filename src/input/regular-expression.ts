import { type Context, createContext, Script } from 'node:vm'
import { ArgumentError } from './function.ts'

/** Enough for a fact or a line of output, too little to keep a careless pattern busy for long. */
const MAX_TEXT = 10_000
const MAX_PATTERN = 200
/** In milliseconds. A pattern such as `(a+)+$` takes years on thirty characters that a host has chosen. */
const PATIENCE = 500

// Only code in a context of its own can be given up: V8 looks for an end while a pattern backtracks.
let context: Context | undefined
const search = new Script('expression.exec(text)')

/**
 * The first match of a JavaScript regular expression, or nothing.
 *
 * @throws {ArgumentError} for a pattern that is none, for a pattern or text that is too long, and for a pattern that
 * takes too long on the text.
 */
export function searchPattern(value: string, pattern: string): string | null {
  if (pattern.length > MAX_PATTERN) throw new ArgumentError(`a pattern has at most ${MAX_PATTERN} characters`)
  if (value.length > MAX_TEXT)
    throw new ArgumentError(`only the first ${MAX_TEXT} characters can be searched: split first`)
  return find(compile(pattern), value)?.[0] ?? null
}

function find(expression: RegExp, text: string): RegExpExecArray | null {
  context ??= createContext({})
  Object.assign(context, { expression, text })
  try {
    return search.runInContext(context, { timeout: PATIENCE }) as RegExpExecArray | null
  } catch (error) {
    // It is an error of the other context, where `Error` is another one.
    const { code } = error as { readonly code?: unknown }
    if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    const hint = 'repetitions inside repetitions, such as (a+)+, try every way to divide the text'
    throw new ArgumentError(`the pattern takes more than ${PATIENCE} ms on this text`, hint)
  }
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch (error) {
    throw error instanceof SyntaxError ? new ArgumentError(error.message) : error
  }
}
