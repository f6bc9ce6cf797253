import type { Json } from '../core/json.ts'
import { compare } from './expression-compare.ts'
import { tests } from './expression-tests.ts'
import { ExpressionError, type Span } from './expression-tokens.ts'
import { acceptsUndefined, type Step, type Tree } from './expression-tree.ts'
import { ArgumentError } from './function.ts'
import { functions } from './functions.ts'
import { describe, isList, type Lookup, member } from './lookup.ts'
import { missingEntry, missingVariable } from './missing.ts'

/** The value of an expression. @throws {ExpressionError} */
export function evaluate(tree: Tree, variables: Lookup): Json {
  switch (tree.kind) {
    case 'literal':
      return tree.value
    case 'list':
      return tree.items.map((item) => evaluate(item, variables))
    case 'variable': {
      if (variables.has(tree.name)) return variables.get(tree.name)
      throw unknownVariable(tree.name, tree, variables)
    }
    case 'not':
      return !condition(tree.term, 'not', variables)
    case 'logic': {
      const decisive = tree.operator === 'or'
      return tree.terms.some((term) => condition(term, tree.operator, variables) === decisive) === decisive
    }
    case 'compare': {
      const { operator, left, right } = tree
      return guarded(tree, () => compare(operator, evaluate(left, variables), evaluate(right, variables)))
    }
    case 'chain':
      return chain(tree, variables)
  }
}

/** The value of a `when`. @throws {ExpressionError} also when it is not true or false. */
export function evaluateCondition(tree: Tree, variables: Lookup): boolean {
  return condition(tree, 'a condition', variables)
}

function condition(tree: Tree, who: 'a condition' | 'not' | 'and' | 'or', variables: Lookup): boolean {
  const value = evaluate(tree, variables)
  if (typeof value === 'boolean') return value
  const message = `${who === 'a condition' ? 'a condition must be' : `"${who}" needs`} true or false`
  throw new ExpressionError(`${message}, but this is ${describe(value)}`, tree, truthHint(value))
}

function truthHint(value: Json): string {
  if (value === null) return 'ask: x is none'
  if (typeof value === 'string')
    return /^(true|false|yes|no|on|off)$/i.test(value) ? 'write: x | bool' : `compare it: x == '…'`
  return typeof value === 'number' ? 'compare it: x > 0' : 'ask: x | length > 0'
}

/** A value, or why there is none: thrown only where nothing asks whether it is there. */
type Reached = { readonly value: Json } | { readonly missing: ExpressionError }

function chain({ base, steps }: Tree & { readonly kind: 'chain' }, variables: Lookup): Json {
  let reached: Reached =
    base.kind === 'variable' && !variables.has(base.name)
      ? { missing: unknownVariable(base.name, base, variables) }
      : { value: evaluate(base, variables) }
  for (const step of steps) {
    if (step.kind === 'attribute' || step.kind === 'index') reached = access(reached, step, variables)
    else reached = { value: apply(reached, step, variables) }
  }
  return settled(reached)
}

function settled(reached: Reached): Json {
  if ('missing' in reached) throw reached.missing
  return reached.value
}

function access(reached: Reached, step: Step & { readonly kind: 'attribute' | 'index' }, variables: Lookup): Reached {
  if ('missing' in reached) return reached
  const key = step.kind === 'attribute' ? step.name : evaluate(step.index, variables)
  const { value } = reached
  const fits = isList(value) ? typeof key === 'number' : typeof key === 'string'
  const found = fits && (typeof key === 'number' || typeof key === 'string') ? member(value, key) : undefined
  return found === undefined ? { missing: noMember(value, key, step) } : { value: found }
}

function apply(reached: Reached, step: Step & { readonly kind: 'filter' | 'test' }, variables: Lookup): Json {
  const value = acceptsUndefined(step) && 'missing' in reached ? undefined : settled(reached)
  const values = step.values.map((argument) => evaluate(argument, variables))
  return guarded(
    step,
    () => {
      if (step.kind === 'filter') {
        const found = functions.get(step.name)
        const made = found?.apply(value, ...values) ?? null
        if (found?.secret) variables.secret?.(made)
        return made
      }
      return tests.get(step.name)?.holds(value, values[0]) !== step.negated
    },
    step.name,
  )
}

/** Adds the place to what a function says about its arguments. */
function guarded(span: Span, work: () => Json, name?: string): Json {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    throw new ExpressionError(name === undefined ? error.message : `${name}: ${error.message}`, span, error.hint)
  }
}

function unknownVariable(name: string, span: Span, variables: Lookup): ExpressionError {
  const { message, hint } = missingVariable(name, variables)
  return new ExpressionError(message, span, hint)
}

function noMember(value: Json, key: Json, step: Step & { readonly kind: 'attribute' | 'index' }): ExpressionError {
  const { message, hint } = missingEntry(step.owner, value, key)
  const wrongKey = isList(value) && typeof key === 'string'
  return new ExpressionError(message, step, wrongKey ? 'list entries are written x[0]' : hint)
}
