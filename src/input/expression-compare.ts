import type { Json } from '../core/json.ts'
import type { Comparison } from './expression-tree.ts'
import { ArgumentError } from './function.ts'
import { describe, describeType, equal, isList, isMapping } from './lookup.ts'

/**
 * Compares two values of one type. Unlike types never compare as "not equal": "12" against 12 is a slip that would
 * quietly skip a task. Only `none` may be compared with anything.
 *
 * @throws {ArgumentError}
 */
export function compare(operator: Comparison, left: Json, right: Json): boolean {
  switch (operator) {
    case '==':
      return same(left, right)
    case '!=':
      return !same(left, right)
    case 'in':
      return contains(right, left)
    case 'not in':
      return !contains(right, left)
    case '<':
      return order(left, right) < 0
    case '<=':
      return order(left, right) <= 0
    case '>':
      return order(left, right) > 0
    case '>=':
      return order(left, right) >= 0
  }
}

function same(left: Json, right: Json): boolean {
  if (left !== null && right !== null && kind(left) !== kind(right)) throw unlike(left, right)
  return equal(left, right)
}

function order(left: Json, right: Json): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right)
  if (kind(left) !== kind(right)) throw unlike(left, right)
  throw new ArgumentError(`only numbers and texts have an order, not ${describeType(left)}`)
}

function contains(container: Json, item: Json): boolean {
  if (isList(container)) {
    const comparable =
      container.length === 0 || item === null || container.some((entry) => entry === null || kind(entry) === kind(item))
    if (!comparable)
      throw new ArgumentError(`cannot look for ${describe(item)} in a list that has nothing of that type`)
    return container.some((entry) => equal(entry, item))
  }
  if (typeof item !== 'string') throw new ArgumentError(`cannot look for ${describe(item)} in ${describe(container)}`)
  if (typeof container === 'string') return container.includes(item)
  if (isMapping(container)) return Object.hasOwn(container, item)
  throw new ArgumentError(`cannot look into ${describe(container)}`)
}

function kind(value: Json): string {
  return isList(value) ? 'list' : typeof value
}

function unlike(left: Json, right: Json): ArgumentError {
  const numberAndText = [typeof left, typeof right].toSorted().join() === 'number,string'
  const hint = numberAndText ? "turn the text into a number with int, or quote the number: '12'" : undefined
  return new ArgumentError(`cannot compare ${describe(left)} with ${describe(right)}`, hint)
}
