import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import { parseExpression } from '../../src/input/expression.ts'
import { searchPattern } from '../../src/input/regular-expression.ts'
import { parseTemplate } from '../../src/input/template.ts'
import { lookupOf } from '../input/lookup-of.ts'
import { bounded, boundedAll, nested } from './bounded.ts'

const VALUES: JsonObject = { t: true, name: 'x', list: [1], deep: { a: 1 } }
const render = (text: string) => () => parseTemplate(text).render(lookupOf(VALUES))
const evaluate = (text: string) => () => parseExpression(text).evaluate(lookupOf(VALUES))

test('templates of any length and depth are rendered, or refused in words, in seconds', (t) => {
  boundedAll(t, 'templates', [
    ['10,000 blocks', 'refused', render(nested('{{#if t}}', '{{/if}}', 10_000, 'x'))],
    ['10,000 blocks that are never closed', 'refused', render('{{#if t}}'.repeat(10_000))],
    ['5,000 else if', 'refused', render(`{{#if t}}a${'{{else if t}}b'.repeat(5000)}{{/if}}`)],
    ['10,000 calls inside each other', 'refused', render(`{{upper ${nested('(upper ', ')', 10_000, 'name')}}}`)],
    ['1,000 calls inside each other', 'refused', render(`{{upper ${nested('(upper ', ')', 1000, 'name')}}}`)],
    ['a path of 20,000 names', 'refused', render(`{{deep${'.a'.repeat(20_000)}}}`)],
    ['20,000 steps up', 'refused', render(`{{#with deep}}{{${'../'.repeat(20_000)}a}}{{/with}}`)],
    ['100,000 braces', 'refused', render('{'.repeat(100_000))],
    ['200,000 comments that are never closed', 'refused', render('{{!--'.repeat(200_000))],
    ['10 MB of text', 'read', render(`${'x'.repeat(10_000_000)}{{name}}`)],
    ['a real one: 90 levels', 'read', render(nested('{{#if t}}', '{{/if}}', 90, '{{name}}'))],
    ['a real one: 1,000 blocks', 'read', render('{{#if t}}{{upper (lower name)}}{{else}}y{{/if}}\n'.repeat(1000))],
  ])
})

test('nothing in a template reaches what JavaScript objects inherit, or code', (t) => {
  const odd = [
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'valueOf',
    '__defineGetter__',
    '__lookupGetter__',
    'hasOwnProperty',
  ]
  const shapes = (name: string): string[] => [
    `{{${name}}}`,
    `{{{${name}}}}`,
    `{{&${name}}}`,
    `{{[${name}]}}`,
    `{{this.${name}}}`,
    `{{./${name}}}`,
    `{{@root.${name}}}`,
    `{{deep.${name}}}`,
    `{{deep.[${name}]}}`,
    `{{list.${name}}}`,
    `{{name.${name}}}`,
    `{{lookup deep "${name}"}}`,
    `{{lookup (lookup deep "${name}") "x"}}`,
    `{{#with deep}}{{${name}}}{{/with}}`,
    `{{#each deep}}{{this.${name}}}{{/each}}`,
    `{{${name} deep}}`,
    `{{#${name}}}x{{/${name}}}`,
    `{{^${name}}}x{{/${name}}}`,
    `{{> ${name}}}`,
    `{{#> ${name}}}x{{/${name}}}`,
    `{{* ${name}}}`,
    `{{#*inline "${name}"}}x{{/inline}}`,
    `{{upper ${name}=1}}`,
    `{{upper name ${name}=deep}}`,
    `{{@${name}}}`,
    `{{${name}.${name} deep}}`,
  ]
  const helpers = ['helperMissing', 'blockHelperMissing', 'log', 'registerHelper', '‹variable›', '‹print›', '‹found›']
  const all = [
    ...odd.flatMap(shapes),
    ...helpers.flatMap((name) => [`{{${name} deep}}`, `{{#${name} deep}}x{{/${name}}}`, `{{upper (${name} name)}}`]),
  ]
  for (const text of all) assert.equal(bounded(text, render(text)), 'refused', text)
  // Names that are given are names.
  const own = lookupOf(JSON.parse('{"__proto__":{"a":"1"},"constructor":"2","upper":"3"}'))
  assert.equal(parseTemplate('{{__proto__.a}}{{constructor}}{{this.upper}}').render(own), '123')
  t.diagnostic(`${all.length} templates`)
})

test('expressions of any length and depth are evaluated, or refused in words, in seconds', (t) => {
  const many = (term: string, between: string): string => Array(10_000).fill(term).join(between)
  boundedAll(t, 'expressions', [
    ['10,000 terms of and', 'read', evaluate(many('t', ' and '))],
    ['10,000 terms of or', 'read', evaluate(many('not t', ' or '))],
    ['10,000 comparisons', 'read', evaluate(many("name == 'x'", ' and '))],
    ['10,000 filters', 'read', evaluate(`name${' | upper'.repeat(10_000)}`)],
    ['10,000 tests', 'read', evaluate(`t${' is defined'.repeat(10_000)}`)],
    ['10,000 nots', 'read', evaluate(`${'not '.repeat(10_000)}t`)],
    ['10,000 entries', 'read', evaluate(`1 in [${many('1', ',')}]`)],
    ['10,000 parentheses', 'refused', evaluate(nested('(', ')', 10_000, 't'))],
    ['10,000 lists', 'refused', evaluate(nested('[', ']', 10_000, ''))],
    ['10,000 indices', 'refused', evaluate('list['.repeat(10_000))],
    ['10,000 attributes', 'refused', evaluate(`deep${'.a'.repeat(10_000)}`)],
    ['10,000 minus signs', 'refused', evaluate(`${'-'.repeat(10_000)}1`)],
    ['1 MB of text', 'read', evaluate(`'${'a'.repeat(1_000_000)}'`)],
    ['1 MB of text that never ends', 'refused', evaluate(`'${'a'.repeat(1_000_000)}`)],
    ['a number of 100,000 digits', 'refused', evaluate('1'.repeat(100_000))],
    ...[
      'deep.constructor',
      'deep["__proto__"]',
      'constructor',
      'name | constructor',
      'name | __proto__',
      'name.length',
      't is toString',
    ].map((text) => [text, 'refused', evaluate(text)] as const),
  ])
})

test('no pattern holds the controller up, whatever text a host gives it', (t) => {
  const patterns = [
    '(a+)+$',
    '(a|a)*$',
    '(a*)*b',
    '([a-z]+)*=',
    '(.*a){20}$',
    'a*a*a*a*a*b',
    '^(([a-z])+.)+[A-Z]$',
    '(x+x+)+y',
  ]
  const text = `${'a'.repeat(4000)}${'x'.repeat(4000)}!`
  for (const pattern of patterns) bounded(pattern, () => searchPattern(text, pattern))
  assert.throws(() => searchPattern(`${'a'.repeat(50)}!`, '(a+)+$'), /takes more than 500 ms on this text/)
  assert.equal(searchPattern('chasquid 1.15', '\\d+'), '1', 'and the next one is found')
  t.diagnostic(`${patterns.length} patterns`)
})
