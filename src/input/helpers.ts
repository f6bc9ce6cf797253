import type { Json } from '../core/json.ts'
import { compare } from './expression-compare.ts'
import type { ValueFunction } from './function.ts'
import { functions } from './functions.ts'
import { isList, member } from './lookup.ts'

/** A line of the reference of helpers and blocks. */
export interface HelperEntry {
  readonly name: string
  readonly usage: string
  readonly summary: string
}

/** What only templates offer: expressions have operators for it. */
const templateFunctions: readonly ValueFunction[] = [
  comparison('eq', 'A and B are equal.', (a, b) => compare('==', a, b)),
  comparison('ne', 'A and B differ.', (a, b) => compare('!=', a, b)),
  comparison('lt', 'A is less than B.', (a, b) => compare('<', a, b)),
  comparison('le', 'A is at most B.', (a, b) => compare('<=', a, b)),
  comparison('gt', 'A is greater than B.', (a, b) => compare('>', a, b)),
  comparison('ge', 'A is at least B.', (a, b) => compare('>=', a, b)),
  comparison('in', 'A is an entry of the list B, a key of the mapping B or a part of the text B.', (a, b) =>
    compare('in', a, b),
  ),
  {
    name: 'and',
    usage: 'and VALUE...',
    summary: 'All are true in the sense of #if.',
    apply: (...values) => values.every(isTrue),
  },
  {
    name: 'or',
    usage: 'or VALUE...',
    summary: 'At least one is true in the sense of #if.',
    apply: (...values) => values.some(isTrue),
  },
  {
    name: 'not',
    usage: 'not VALUE',
    summary: 'It is false in the sense of #if: false, 0, "", none or an empty list.',
    apply: (value) => !isTrue(value),
  },
  {
    name: 'is-defined',
    usage: 'is-defined VALUE',
    summary: 'The variable exists.',
    acceptsUndefined: true,
    apply: (value) => value !== undefined,
  },
]

/** What `{{name …}}` calls: pure functions over values that exist. */
export const helperFunctions: readonly ValueFunction[] = [...functions.values(), ...templateFunctions]

const lookupEntry = {
  name: 'lookup',
  usage: 'lookup VALUE KEY',
  summary: 'The entry of a mapping or list under a computed key.',
}

/** Every helper by name: `lookup` is Handlebars' own, with our rules. */
export const helpers: ReadonlyMap<string, HelperEntry & { readonly acceptsUndefined?: true }> = new Map(
  [...helperFunctions, lookupEntry].map((entry) => [entry.name, entry]),
)

/** Every block by name. */
export const blocks: ReadonlyMap<string, HelperEntry> = new Map(
  [
    { name: 'if', usage: 'if VALUE', summary: 'The block where VALUE is true, else what follows {{else}}.' },
    { name: 'unless', usage: 'unless VALUE', summary: 'The block where VALUE is false.' },
    {
      name: 'each',
      usage: 'each VALUE',
      summary: 'The block for each entry of a list or mapping: this, @index, @key, @first, @last, or as |entry key|.',
    },
    { name: 'with', usage: 'with VALUE', summary: 'The block with VALUE as this; {{else}} where it is none.' },
    { name: 'raw', usage: 'raw', summary: '{{{{raw}}}} … {{{{/raw}}}}: the text as it is.' },
  ].map((entry) => [entry.name, entry]),
)

/** An entry by a computed key; undefined when there is none. */
export function lookup(value?: Json, key?: Json): Json | undefined {
  return typeof key === 'string' || typeof key === 'number' ? member(value ?? null, key) : undefined
}

function comparison(name: string, summary: string, holds: (a: Json, b: Json) => boolean): ValueFunction {
  return { name, usage: `${name} A B`, summary, apply: (a, b) => holds(a ?? null, b ?? null) }
}

function isTrue(value: Json | undefined): boolean {
  return isList(value) ? value.length > 0 : Boolean(value)
}
