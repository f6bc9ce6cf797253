import { InputError } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { type Expression, ExpressionError, parseExpression } from './expression.ts'
import type { Lookup } from './lookup.ts'
import { orNeedsRuntime, TooEarly } from './runtime-names.ts'
import type { Source } from './source.ts'
import { refuseUnknown } from './unknown-names.ts'

/** Reads a string as an expression. @throws {InputError} placed at the part of it that is wrong. */
export function readExpression(source: Source): Expression {
  try {
    return parseExpression(String(source.value))
  } catch (error) {
    throw atSource(error, source)
  }
}

/**
 * Whether an expression that is written at `source` holds.
 *
 * @throws {InputError} placed at the part of it that is wrong. @throws {NeedsRuntime} when only the run can tell.
 */
export function testExpression(expression: Expression, source: Source, lookup: Lookup): boolean {
  return ask(expression, source, lookup, () => expression.test(lookup))
}

/** Whether a string that is a condition holds; anything else is its own value. @throws as `testExpression` does. */
export function evaluateCondition(source: Source, lookup: Lookup): Json {
  return typeof source.value === 'string' ? testExpression(readExpression(source), source, lookup) : source.value
}

/** What a string that is an expression yields; anything else is its own value. @throws as `testExpression` does. */
export function evaluateExpression(source: Source, lookup: Lookup): Json {
  if (typeof source.value !== 'string') return source.value
  const expression = readExpression(source)
  return ask(expression, source, lookup, () => expression.evaluate(lookup))
}

function ask<T>({ paths }: Expression, source: Source, lookup: Lookup, question: () => T): T {
  try {
    return orNeedsRuntime(question, () =>
      refuseUnknown(paths, lookup, (message, options) => source.problem(message, options)),
    )
  } catch (error) {
    throw atSource(error, source)
  }
}

/** Turns what an expression threw into a problem at its place in the file; anything else comes back as it is. */
function atSource(error: unknown, source: Source): unknown {
  if (error instanceof ExpressionError) {
    const { message, offset, length, hint } = error
    return new InputError([source.problem(message, { offset, length, hint })])
  }
  if (!(error instanceof TooEarly)) return error
  const offset = Math.max(0, String(source.value).indexOf(error.variable))
  return new InputError([source.problem(error.message, { offset, length: error.variable.length })])
}
