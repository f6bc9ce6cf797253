import type { Json } from '../../src/core/json.ts'

/** An expression as the tests make it up: evaluated by naive rules, and printed with few or many parentheses. */
export type Made =
  | { readonly kind: 'atom'; readonly text: string; readonly value: Json | undefined }
  | { readonly kind: 'filter'; readonly name: 'length' | 'upper' | 'first'; readonly of: Made }
  | { readonly kind: 'default' | 'defined'; readonly of: Made }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Made; readonly right: Made }
  | { readonly kind: 'not'; readonly of: Made }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Made[] }

/** The naive rules give no value. */
export class Refused extends Error {}

function truth(value: Json): boolean {
  if (typeof value !== 'boolean') throw new Refused()
  return value
}

/** The value of an expression, as simply as it can be said. */
export function naive(tree: Made): Json {
  switch (tree.kind) {
    case 'atom':
      if (tree.value === undefined) throw new Refused()
      return tree.value
    case 'default':
      return tree.of.kind === 'atom' && tree.of.value !== undefined && tree.of.value !== null ? tree.of.value : 'D'
    case 'defined':
      return tree.of.kind === 'atom' && tree.of.value !== undefined
    case 'filter': {
      const value = naive(tree.of)
      if (tree.name === 'upper' && (typeof value === 'string' || typeof value === 'number'))
        return String(value).toUpperCase()
      if (tree.name === 'first' && Array.isArray(value) && value.length > 0) return value[0]
      if (tree.name === 'length' && (typeof value === 'string' || Array.isArray(value))) return value.length
      throw new Refused()
    }
    case 'not':
      return !truth(naive(tree.of))
    case 'and':
      return tree.terms.reduce((all, term) => all && truth(naive(term)), true)
    case 'or':
      return tree.terms.reduce((any, term) => any || truth(naive(term)), false)
    case 'compare':
      return naiveCompare(tree.operator, naive(tree.left), naive(tree.right))
  }
}

function type(value: Json): string {
  return Array.isArray(value) ? 'list' : value === null ? 'none' : typeof value
}

function naiveCompare(symbol: string, a: Json, b: Json): boolean {
  const same = JSON.stringify(a) === JSON.stringify(b)
  const types = [type(a), type(b)]
  if (symbol === '==' || symbol === '!=') {
    if (!types.includes('none') && types[0] !== types[1]) throw new Refused()
    return same === (symbol === '==')
  }
  if (symbol === 'in' || symbol === 'not in') {
    if (typeof b === 'string' && typeof a === 'string') return b.includes(a) === (symbol === 'in')
    if (!Array.isArray(b)) throw new Refused()
    if (b.length > 0 && a !== null && !b.some((item: Json) => item === null || type(item) === type(a)))
      throw new Refused()
    return b.some((item: Json) => JSON.stringify(item) === JSON.stringify(a)) === (symbol === 'in')
  }
  if (typeof a === 'number' && typeof b === 'number')
    return { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[symbol] === true
  if (typeof a === 'string' && typeof b === 'string')
    return { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[symbol] === true
  throw new Refused()
}

const STRENGTH = { or: 0, and: 1, not: 2, compare: 3, filter: 4, default: 4, defined: 4, atom: 5 } as const

/** Prints with parentheses where precedence asks for them, or everywhere. */
export function print(tree: Made, everywhere: boolean): string {
  const part = (inner: Made, needed: number) => {
    const text = print(inner, everywhere)
    return everywhere || STRENGTH[inner.kind] < needed ? `(${text})` : text
  }
  switch (tree.kind) {
    case 'atom':
      return tree.text
    case 'filter':
      return `${part(tree.of, 4)} | ${tree.name}`
    case 'default':
      return `${print(tree.of, false)} | default('D')`
    case 'defined':
      return `${print(tree.of, false)} is defined`
    case 'not':
      return `not ${part(tree.of, 2)}`
    case 'compare':
      return `${part(tree.left, 4)} ${tree.operator} ${part(tree.right, 4)}`
    case 'and':
    case 'or':
      return tree.terms.map((term) => part(term, STRENGTH[tree.kind] + 1)).join(` ${tree.kind} `)
  }
}
