import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { ExpressionError, parseExpression } from '../../src/input/expression.ts'
import { lookupOf } from './lookup-of.ts'

const VARIABLES: JsonObject = { n: 3, s: 'abc', yes: true, no: false, xs: [1, 2, 3], m: { k: 'v', n: 7 }, nil: null }

/** An expression as the tests make it up: evaluated by the naive rules below, and printed with few or many parentheses. */
type Made =
  | { readonly kind: 'atom'; readonly text: string; readonly value: Json | undefined }
  | { readonly kind: 'filter'; readonly name: 'length' | 'upper' | 'first'; readonly of: Made }
  | { readonly kind: 'default' | 'defined'; readonly of: Made }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Made; readonly right: Made }
  | { readonly kind: 'not'; readonly of: Made }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Made[] }

const ATOMS: readonly (readonly [string, Json | undefined])[] = [
  ['n', 3],
  ['s', 'abc'],
  ['yes', true],
  ['no', false],
  ['xs', [1, 2, 3]],
  ['nil', null],
  ['m.k', 'v'],
  ["m['n']", 7],
  ['xs[0]', 1],
  ['1', 1],
  ['-2.5', -2.5],
  ["'abc'", 'abc'],
  ['"b"', 'b'],
  ['true', true],
  ['none', null],
  ['[1, n]', [1, 3]],
  ['[]', []],
  ['gone', undefined],
  ['m.gone', undefined],
  ['m.gone.more', undefined],
  ['xs[9]', undefined],
]
const atom = fc.constantFrom(...ATOMS).map(([text, value]): Made => ({ kind: 'atom', text, value }))
const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', 'not in')

const { made } = fc.letrec<{ made: Made }>((tie) => ({
  made: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.record({
      kind: fc.constant('filter' as const),
      name: fc.constantFrom('length', 'upper', 'first'),
      of: tie('made'),
    }),
    fc.record({ kind: fc.constantFrom('default' as const, 'defined' as const), of: atom }),
    fc.record({ kind: fc.constant('compare' as const), operator, left: tie('made'), right: tie('made') }),
    fc.record({ kind: fc.constant('not' as const), of: tie('made') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('made'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}))

class Refused extends Error {}

function truth(value: Json): boolean {
  if (typeof value !== 'boolean') throw new Refused()
  return value
}

function naive(tree: Made): Json {
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
function print(tree: Made, everywhere: boolean): string {
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
    default:
      return tree.terms.map((term) => part(term, STRENGTH[tree.kind] + 1)).join(` ${tree.kind} `)
  }
}

function outcome(work: () => Json): { readonly value: Json } | 'refused' {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof Refused || error instanceof ExpressionError) return 'refused'
    throw error
  }
}

test('values and refusals are those of a naive evaluator, with few parentheses and with many', () => {
  fc.assert(
    fc.property(made, (tree) => {
      const expected = outcome(() => naive(tree))
      for (const everywhere of [false, true]) {
        const text = print(tree, everywhere)
        assert.deepEqual(
          outcome(() => parseExpression(text).evaluate(lookupOf(VARIABLES))),
          expected,
          text,
        )
      }
    }),
    { numRuns: 2000 },
  )
})

const fragment = fc.constantFrom(
  'n',
  's',
  'xs',
  'm',
  '.',
  '.k',
  '[',
  ']',
  '(',
  ')',
  ' and ',
  ' or ',
  ' not ',
  ' is ',
  ' in ',
  '|',
  'length',
  'defined',
  '==',
  '<',
  "'",
  '"',
  '1',
  '-',
  ',',
  ' ',
  '\\',
  '{',
  '😀',
  '\n',
)

test('whatever is written is read or refused at a place inside of it, and never crashes', () => {
  const text = fc.oneof(
    fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 30 }),
  )
  fc.assert(
    fc.property(text, (written) => {
      try {
        parseExpression(written).test(lookupOf(VARIABLES))
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error
        assert.ok(error.offset >= 0 && error.offset <= written.length, `${error.message} at ${error.offset}`)
        assert.ok(error.length >= 1)
      }
    }),
    { numRuns: 3000 },
  )
})
