import { testExpression } from './evaluate.ts'
import { NeedsRuntime } from './runtime-names.ts'
import type { Scope } from './scope.ts'
import type { Condition } from './task-tree.ts'
import { type Moment, VariableLookup } from './variable-lookup.ts'

/** Conditions, each with the variables that are visible where it is written. */
export type Conditions = readonly { readonly condition: Condition; readonly scope: Scope }[]

/**
 * Whether all conditions hold, asked in order up to the first that does not; nothing while only the run can tell.
 *
 * @throws {InputError} for a condition that is wrong.
 */
export function holds(conditions: Conditions, moment: Moment): boolean | undefined {
  let verdict: boolean | undefined = true
  for (const { condition, scope } of conditions) {
    const one = test(condition, new VariableLookup(scope, moment))
    if (one === false) return false
    if (one === undefined) verdict = undefined
  }
  return verdict
}

/** Those conditions that can be asked before a loop begins: they use none of its variables. */
export function withoutNames(conditions: Conditions, names: ReadonlySet<string>): Conditions {
  return conditions.filter(
    ({ condition: { expression } }) =>
      typeof expression === 'boolean' || ![...expression.names].some((name) => names.has(name)),
  )
}

/** The names that conditions speak of: what they guard cannot be judged before they can. */
export function guardedNames(conditions: Conditions): ReadonlySet<string> {
  return new Set(
    conditions.flatMap(({ condition: { expression } }) =>
      typeof expression === 'boolean' ? [] : [...expression.names],
    ),
  )
}

function test({ source, expression }: Condition, lookup: VariableLookup): boolean | undefined {
  if (typeof expression === 'boolean') return expression
  try {
    return testExpression(expression, source, lookup)
  } catch (error) {
    if (error instanceof NeedsRuntime) return undefined
    throw error
  }
}
