import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblem } from '../../src/input/frame.ts'
import { parseYaml } from '../../src/input/yaml.ts'
import { cpuTime } from '../cpu-time.ts'

const TEXT = `base: &base
  user: root
  port: 22
hosts:
  mx1:
    <<: *base
    port: 2222
  mx2: { <<: [*base, { key: ~/.ssh/id }], modes: [0644, "0644", 1.10] }
again: *base
empty:
"quoted key": 'it''s'
text: |
  first {{ a }}
    second {{ b }}
folded: >-
  one
  two {{ c }}
escaped: "tab\\there {{ d }}"
`
const document = parseYaml(TEXT, 'f.yaml')
const where = (path: readonly (string | number)[], what?: 'key' | 'value') => {
  const { line, column } = document.locate(path, what)
  return `${line}:${column}`
}

test('data is what YAML 1.2 makes of it, with merges', () => {
  assert.deepEqual(document.data, {
    base: { user: 'root', port: 22 },
    hosts: {
      mx1: { user: 'root', port: 2222 },
      mx2: { user: 'root', port: 22, key: '~/.ssh/id', modes: [644, '0644', 1.1] },
    },
    again: { user: 'root', port: 22 },
    empty: null,
    'quoted key': "it's",
    text: 'first {{ a }}\n  second {{ b }}\n',
    folded: 'one two {{ c }}',
    escaped: 'tab\there {{ d }}',
  })
})

test('words that YAML 1.1 took for booleans, dates and octal numbers stay what they look like', () => {
  const { data } = parseYaml('a: no\nb: on\nc: 2026-11-22\nd: 22:22\ne: 010\nf: 1_000\n', 'f.yaml')
  assert.deepEqual(data, { a: 'no', b: 'on', c: '2026-11-22', d: '22:22', e: 10, f: '1_000' })
})

test('keys and values have places, also in lists and flow mappings', () => {
  assert.equal(where(['hosts', 'mx1', 'port']), '7:11')
  assert.equal(where(['hosts', 'mx1', 'port'], 'key'), '7:5')
  assert.equal(where(['hosts', 'mx2', 'modes', 1]), '8:57')
  assert.equal(where(['quoted key'], 'key'), '11:1')
  assert.equal(where(['quoted key']), '11:15')
  assert.equal(where([]), '1:1')
})

test('merged keys and aliases are found where they are written', () => {
  assert.equal(where(['hosts', 'mx1', 'user']), '2:9')
  assert.equal(where(['hosts', 'mx2', 'user'], 'key'), '2:3')
  assert.equal(where(['hosts', 'mx2', 'key']), '8:29')
  assert.equal(where(['again', 'port']), '3:9')
})

test('a path that does not exist is reported at its nearest ancestor', () => {
  assert.equal(where(['hosts', 'mx1', 'nope', 'deeper']), '5:3')
  assert.equal(where(['nope']), '1:1')
  assert.equal(where(['hosts', 'mx2', 'modes', 9]), '8:43')
  assert.equal(where(['empty']), '10:1')
})

test('raw text and quotes are visible, so that 0644 and 1.10 can be told from what YAML makes of them', () => {
  assert.equal(document.raw(['hosts', 'mx2', 'modes', 0]), '0644')
  assert.equal(document.isPlain(['hosts', 'mx2', 'modes', 0]), true)
  assert.equal(document.raw(['hosts', 'mx2', 'modes', 1]), '0644')
  assert.equal(document.isPlain(['hosts', 'mx2', 'modes', 1]), false)
  assert.equal(document.raw(['hosts', 'mx2', 'modes', 2]), '1.10')
  assert.equal(document.raw(['hosts']), undefined)
  assert.equal(document.raw(['empty']), undefined)
  assert.equal(document.raw(['nope']), undefined)
  assert.equal(document.isPlain(['nope']), false)
})

test('a problem carries place and frame', () => {
  const problem = document.problem(['hosts', 'mx1', 'port'], 'too large', { hint: 'at most 65535' })
  assert.deepEqual(problem, {
    message: 'too large',
    place: { file: 'f.yaml', line: 7, column: 11 },
    frame: '  6 |     <<: *base\n  7 |     port: 2222\n    |           ^^^^',
    hint: 'at most 65535',
  })
  assert.equal(
    formatProblem(document.problem(['hosts', 'mx1'], 'unknown', { what: 'key' })),
    'f.yaml:5:3  unknown\n  4 | hosts:\n  5 |   mx1:\n    |   ^^^',
  )
})

test('an offset inside a value leads to its character, through quotes, escapes, folding and indentation', () => {
  const pointed = (key: string, part: string) => {
    const value = (document.data as { readonly [key: string]: string })[key] ?? ''
    const { place } = document.problem([key], 'x', { offset: value.indexOf(part), length: 1 })
    return `${place?.line}:${place?.column}`
  }
  assert.equal(pointed('quoted key', 's'), '11:20')
  assert.equal(pointed('text', '{{ a'), '13:9')
  assert.equal(pointed('text', '{{ b'), '14:12')
  assert.equal(pointed('folded', '{{ c'), '17:7')
  assert.equal(pointed('escaped', '{{ d'), '18:21')
})

test('names of JavaScript are ordinary keys', () => {
  const hostile = parseYaml('__proto__: { polluted: yes }\nconstructor: 1\ntoString: 2\n', 'f.yaml')
  assert.deepEqual(Object.keys(hostile.data as object), ['__proto__', 'constructor', 'toString'])
  assert.equal(({} as { polluted?: string }).polluted, undefined)
  assert.equal(hostile.locate(['__proto__', 'polluted']).column, 24)
  assert.equal(hostile.raw(['valueOf']), undefined)
})

test('a byte order mark moves no column', () => {
  const marked = parseYaml('\uFEFFa: 1\nb: 2\n', 'f.yaml')
  assert.deepEqual(marked.data, { a: 1, b: 2 })
  assert.equal(marked.locate(['a']).column, 4)
})

test('an inventory of 5,000 lines is read with all its places in a time that grows with its length', () => {
  const text = Array.from({ length: 5000 }, (_, i) => `host${i}: { port: ${i} }`).join('\n')
  const started = cpuTime()
  const large = parseYaml(text, 'f.yaml')
  for (let i = 0; i < 5000; i++) assert.equal(large.locate([`host${i}`, 'port']).line, i + 1)
  // A tenth of a second; a search from the top for each place takes minutes.
  assert.ok(cpuTime() - started < 10_000)
})

test('a plain key that begins like a document marker is a key', () => {
  const document = parseYaml('a: {--- b: 0, -1: 2}\n', 'x.yaml')
  assert.deepEqual(document.locate(['a', '--- b'], 'key'), { file: 'x.yaml', line: 1, column: 5 })
  assert.deepEqual(document.locate(['a', '-1']), { file: 'x.yaml', line: 1, column: 19 })
})
