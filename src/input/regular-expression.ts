import { ArgumentError } from './function.ts'

/** Enough for a fact or a line of output, too little to keep a careless pattern busy for long. */
const MAX_TEXT = 10_000
const MAX_PATTERN = 200

/**
 * The first match of a JavaScript regular expression, or nothing.
 *
 * @throws {ArgumentError} for a pattern that is none, or a pattern or text that is too long.
 */
export function searchPattern(value: string, pattern: string): string | null {
  if (pattern.length > MAX_PATTERN) throw new ArgumentError(`a pattern has at most ${MAX_PATTERN} characters`)
  if (value.length > MAX_TEXT)
    throw new ArgumentError(`only the first ${MAX_TEXT} characters can be searched: split first`)
  return compile(pattern).exec(value)?.[0] ?? null
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch (error) {
    throw error instanceof SyntaxError ? new ArgumentError(error.message) : error
  }
}
