import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { ExpressionError, parseExpression } from '../../src/input/expression.ts'
import { fc } from '../properties.ts'
import { lookupOf } from './lookup-of.ts'
import { type Made, naive, print, Refused } from './naive-expression.ts'

const VARIABLES: JsonObject = { n: 3, s: 'abc', yes: true, no: false, xs: [1, 2, 3], m: { k: 'v', n: 7 }, nil: null }

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

const ofType = (name: string) =>
  fc
    .constantFrom(...ATOMS.filter(([, value]) => typeof value === name))
    .map(([text, value]): Made => ({ kind: 'atom', text, value }))
const compared = (name: string) =>
  fc.record({
    kind: fc.constant('compare' as const),
    operator: fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
    left: ofType(name),
    right: ofType(name),
  })
/** Expressions without a mistake: deep ones, where precedence matters. */
const { sound } = fc.letrec<{ sound: Made }>((tie) => ({
  sound: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    ofType('boolean'),
    compared('number'),
    compared('string'),
    fc.record({ kind: fc.constant('defined' as const), of: atom }),
    fc.record({ kind: fc.constant('not' as const), of: tie('sound') }),
    fc.record({
      kind: fc.constant('compare' as const),
      operator: fc.constantFrom('==', '!='),
      left: tie('sound'),
      right: tie('sound'),
    }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('sound'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}))

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
    fc.property(fc.oneof(made, sound), (tree) => {
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
