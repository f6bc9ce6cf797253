import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseYaml } from '../../src/input/yaml.ts'
import { fc } from '../properties.ts'
import { bounded, boundedAll, nested } from './bounded.ts'

const laughs = (lines: number): string =>
  [
    'a0: &a0 [x,x,x,x,x,x,x,x,x]',
    ...Array.from({ length: lines }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`),
  ].join('\n')

const YAML: readonly (readonly [string, 'read' | 'refused', string])[] = [
  ['a billion laughs', 'refused', laughs(9)],
  ['more laughs than there are numbers', 'refused', laughs(500)],
  [
    'merged keys by the million',
    'refused',
    `a: &a {${Array.from({ length: 1000 }, (_, i) => `k${i}: 1`)}}\n${'- {<<: [*a, *a]}\n'.repeat(3000).replace(/^- /gm, 'b: ')}`,
  ],
  ['an alias inside of its own anchor', 'refused', 'a: &a [*a]'],
  ['10,000 lists inside each other', 'refused', nested('[', ']', 10_000, '')],
  ['10,000 mappings inside each other', 'refused', nested('{a: ', '}', 10_000, '1')],
  ['10,000 dashes', 'refused', `${'- '.repeat(10_000)}x`],
  ['10,000 levels of indentation', 'refused', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['a million brackets that are never closed', 'refused', '['.repeat(1_000_000)],
  ['a key of 5 MB', 'read', `"${'k'.repeat(5_000_000)}": 1`],
  ['the same key 100,000 times', 'refused', 'a: 1\n'.repeat(100_000)],
  ['2,000,001 values', 'refused', `[${'1,'.repeat(2_000_000)}1]`],
  ['a mistake at the end of a line of 5 MB', 'refused', `a: "${'é'.repeat(5_000_000)}" x`],
  ['a text of 10 MB', 'read', `a: |\n${`  ${'x'.repeat(98)}\n`.repeat(100_000)}`],
  ['100,000 anchors', 'read', Array.from({ length: 100_000 }, (_, i) => `- &a${i} x`).join('\n')],
  ['10 MB of a comment', 'refused', '#'.repeat(10_000_000)],
  ['100,000 directives', 'refused', `${'%YAML 1.2\n'.repeat(100_000)}---\na: 1`],
  ['200,000 quotes', 'refused', '"'.repeat(200_000)],
  ['100,000 colons', 'refused', `a: ${': '.repeat(100_000)}`],
  ['a tab', 'refused', 'a:\n\tb: 1'],
  ['a NUL', 'refused', 'a: x\0y'],
  ['an escape sequence', 'refused', 'a: "\x1b[31m"'],
  ['half a character', 'refused', 'a: \ud800'],
  ['a tag that makes a function', 'refused', 'a: !!js/function "x"'],
  ['a tag of nobody', 'refused', 'a: !evil x'],
  ['CRLF', 'read', 'a: 1\r\nb:\r\n  - 2\r\n'],
  ['a byte order mark', 'read', '\ufeffa: 1'],
  [
    'keys that objects inherit',
    'read',
    'a: &a { __proto__: { x: 1 }, constructor: 2, prototype: 3 }\nb: { <<: *a, hasOwnProperty: 4 }',
  ],
  ['such a key twice', 'refused', '{ __proto__: 1, __proto__: 2 }'],
]

test('YAML of any size and depth is read, or refused in words, in seconds', (t) => {
  boundedAll(
    t,
    'YAML bombs',
    YAML.map(([what, expected, text]) => [what, expected, () => parseYaml(text, 'f.yaml')]),
  )
  assert.equal(({} as { x?: number }).x, undefined)
})

test('whatever stands in a YAML file is read, or refused in words', (t) => {
  const piece = fc.constantFrom(
    ...'{}[],:-?&*!|>%@`"\'#\n\t \\~<',
    'a',
    '__proto__',
    '<<: *a',
    '&a',
    '*a',
    '{{ x }}',
    '---',
    '...',
    '!!str',
    '0x1',
    '1e999',
    '\r\n',
    'é',
    '😀',
  )
  let read = 0
  const text = fc.array(piece, { maxLength: 25 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (written) => {
      if (bounded(written, () => parseYaml(written, 'f.yaml')) === 'read') read++
    }),
    { numRuns: 5000 },
  )
  t.diagnostic(`5000 random files, ${read} of them read`)
})
