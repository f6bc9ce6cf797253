import type { Json } from '../core/json.ts'
import { evaluate, evaluateCondition } from './expression-evaluate.ts'
import { parseTree } from './expression-parser.ts'
import { usedPaths } from './expression-paths.ts'
import type { Lookup } from './lookup.ts'
import type { UsedPath } from './used-paths.ts'

export { ExpressionError } from './expression-tokens.ts'
export type { Lookup } from './lookup.ts'

/** A `when` or an assertion, read and ready to be asked. */
export interface Expression {
  /** The variables that it uses. */
  readonly names: ReadonlySet<string>
  /** Each use of a variable, with the attributes that are written out. */
  readonly paths: readonly UsedPath[]
  /** @throws {ExpressionError} for unknown names, unlike types and values that a filter cannot take. */
  evaluate(variables: Lookup): Json
  /** The value of a condition. @throws {ExpressionError} also when it is not true or false. */
  test(variables: Lookup): boolean
}

/**
 * Reads an expression: comparisons, `and or not`, `in`, `is` tests and filters over literals and variables.
 *
 * @throws {ExpressionError}
 */
export function parseExpression(text: string): Expression {
  const root = parseTree(text)
  const paths = usedPaths(root)
  return {
    names: new Set(paths.map(({ path }) => path[0] ?? '')),
    paths,
    evaluate: (variables) => evaluate(root, variables),
    test: (variables) => evaluateCondition(root, variables),
  }
}
