import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../../src/core/error.ts'
import { formatProblem } from '../../src/input/frame.ts'
import { parseYaml } from '../../src/input/yaml.ts'

/** What is printed for a file that cannot be read. */
function refusal(text: string): string[] {
  try {
    parseYaml(text, 'f.yaml')
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(formatProblem)
    throw error
  }
  throw new Error(`accepted: ${text}`)
}

/** File, expected first line, expected hint; the frame is tested once below. */
const CASES: readonly (readonly [name: string, text: string, head: string, hint?: string])[] = [
  ['a template', 'a: 1\nb: {{ x }}\n', '2:4  an unquoted template', 'quote it: "{{ x }}"'],
  ['a template with more behind', 'a: {{ x }}/y\n', '1:4  an unquoted template', 'quote it: "{{ x }}/y"'],
  [
    'a template with quotes',
    'a: {{ default x "y" }} # z\n',
    '1:4  an unquoted template',
    `quote it: '{{ default x "y" }}'`,
  ],
  ['a template in a list', 'a:\n  - {{ x }}\n', '2:5  an unquoted template', 'quote it: "{{ x }}"'],
  ['a template in braces', 'a: { b: {{ x }}, c: 1 }\n', '1:9  an unquoted template', 'quote it: "{{ x }}"'],
  [
    'a template inside text in braces',
    'a: { b: net.{{ x }}.y, c: 1 }\n',
    '1:9  an unquoted template',
    'quote it: "net.{{ x }}.y"',
  ],
  ['a block template', 'a: {{#if x}}y{{/if}}\n', '1:4  an unquoted template', 'quote it: "{{#if x}}y{{/if}}"'],
  [
    'a template as key',
    'a: 1\n{{ x }}: 2\n',
    '2:1  a key must be a plain word',
    'keys are taken as written: templates belong into values',
  ],
  ['a template after CRLF', 'a: 1\r\nb: {{ x }}\r\n', '2:4  an unquoted template', 'quote it: "{{ x }}"'],
  ['a list as key', '? [a, b]\n: 1\n', '1:3  a key must be a plain word'],
  ['a duplicate key', 'a: 1\nb: 2\na: 3\n', '3:1  "a" is set twice', 'first on line 1'],
  ['a duplicate key of another type', '1: x\n"1": y\n', '2:1  "1" is set twice', 'first on line 1'],
  ['nothing', '', '1:1  the file is empty'],
  ['only comments', '# x\n', '1:1  the file is empty'],
  ['an empty document', '---\n', '1:1  the file is empty'],
  ['two documents', 'a: 1\n---\nb: 2\n', '3:1  a second document begins here'],
  ['a tab', 'a:\n\tb: 1\n', '2:1  a tab in the indentation', 'YAML indents with spaces only'],
  ['an unknown tag', 'a: !vault |\n  x\n', '1:4  unknown tag !vault', 'remove it, or quote the value'],
  [
    'a known but foreign tag',
    'a: !!timestamp 2026-01-01\n',
    '1:4  unknown tag !!timestamp',
    'remove it, or quote the value',
  ],
  ['two colons', 'a: b: c\n', '1:5  a second ":" in one line', 'quote the value'],
  ['a reserved character', 'a: @x\n', '1:4  a value cannot start with @', 'quote it'],
  ['no colon', 'a: 1\nfoo bar\nb: 2\n', '2:1  this line has no ":"', 'a key is written  name: value'],
  ['wrong indentation', 'a:\n  b: 1\n c: 2\n', '3:2  this is indented like nothing above it'],
  ['an open quote', 'a: "x\nb: 1\n', '2:1  a quote or bracket that was opened above is still open here'],
  ['an open quote at the end', 'a: "x', '1:6  a quote is never closed'],
  ['an open bracket at the end', 'a: [1,', '1:7  a "[" or "{" is never closed'],
  ['an unknown alias', 'a: *x\n', '1:4  no &x above'],
  ['an alias of itself', 'a: &x [*x]\n', '1:8  no &x above'],
  [
    'a merge of something else',
    '<<: 3\n',
    '1:1  "<<" needs a mapping',
    'write  <<: *anchor  where &anchor marks a mapping',
  ],
  ['a control character', 'a: \u0001\n', '1:4  an unprintable character', 'save the file as UTF-8 text'],
  ['a null byte', 'a: \u0000\n', '1:4  an unprintable character', 'save the file as UTF-8 text'],
  ['infinity', 'a: .inf\n', '1:4  this number cannot be kept exactly', 'quote it'],
  ['a number that would be rounded', 'a: 9007199254740993\n', '1:4  this number cannot be kept exactly', 'quote it'],
]

for (const [name, text, head, hint] of CASES) {
  test(`refuses ${name}`, () => {
    const [printed = '', ...more] = refusal(text)
    assert.deepEqual(more, [])
    assert.equal(printed.split('\n')[0], `f.yaml:${head}`)
    assert.equal(/\^+(?: (.*))?$/.exec(printed)?.[1] ?? '', hint ?? '')
  })
}

test('the frame underlines exactly what has to be quoted', () => {
  assert.deepEqual(refusal('- sysctl: { key: {{ item }}, value: 0 }\n'), [
    [
      'f.yaml:1:18  an unquoted template',
      '  1 | - sysctl: { key: {{ item }}, value: 0 }',
      '    |                  ^^^^^^^^^^ quote it: "{{ item }}"',
    ].join('\n'),
  ])
})

test('mistakes that do not hide each other are reported together', () => {
  const heads = refusal('- a: {{ x }}\n  a: [{{ y }}, {{ z }}]\n- b: *c\n').map((printed) => printed.split('\n')[0])
  assert.deepEqual(heads.toSorted(), [
    'f.yaml:1:6  an unquoted template',
    'f.yaml:2:16  an unquoted template',
    'f.yaml:2:3  "a" is set twice',
    'f.yaml:2:7  an unquoted template',
    'f.yaml:3:6  no &c above',
  ])
})

test('aliases cannot multiply a small file into a large value', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`)
  const [printed = '', ...more] = refusal(['a0: &a0 [x]', ...lines].join('\n'))
  assert.match(printed, /^f\.yaml:\d+:\d+ {2}aliases make this document too large\n/)
  assert.deepEqual(more, [])
})

test('aliases cannot nest deeper than a value may', () => {
  const lines = Array.from({ length: 200 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)
  assert.match(refusal(['a0: &a0 [x]', ...lines].join('\n'))[0] ?? '', /aliases make this document too large/)
})

test('nesting is limited long before the stack is', () => {
  assert.match(
    refusal('['.repeat(100_000))[0] ?? '',
    /^f\.yaml:1:64 {2}the file nests or merges more than a real one would\n/,
  )
})
