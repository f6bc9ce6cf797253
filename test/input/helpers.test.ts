import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { blocks, helpers } from '../../src/input/helpers.ts'
import { parseTemplate, TemplateError } from '../../src/input/template.ts'
import { parseYaml } from '../../src/input/yaml.ts'
import { fc } from '../properties.ts'
import { lookupOf } from './lookup-of.ts'

const VARIABLES: JsonObject = {
  v: 'it\'s "x"',
  n: 10,
  list: ['b', 'a', 'b'],
  numbers: [10, 9, 2],
  mixed: [1, 'a'],
  map: { b: 1, a: [true, null] },
  empty: [],
  domains: { 'x.org': { senders: { i: 's' } }, 'y.org': {} },
  none: null,
  lines: 'one\n\ntwo\n',
}
const value = (call: string, variables: JsonObject = VARIABLES): Json =>
  parseTemplate(`{{${call}}}`).render(lookupOf(variables))

/** Every helper by example: call and value. */
const EXAMPLES: readonly (readonly [call: string, value: Json])[] = [
  ['default gone 1', 1],
  ['default none 1', 1],
  ['default n 1', 10],
  ['default empty 1', []],
  ['default empty 1 true', 1],
  ['default "" 1 true', 1],
  ['required n "set n"', 10],
  ['is-defined none', true],
  ['is-defined gone', false],
  ['eq n 10', true],
  ['eq none none', true],
  ['ne list numbers', true],
  ['lt 2 n', true],
  ['le 10 n', true],
  ['gt "b" "a"', true],
  ['ge n 11', false],
  ['in "a" list', true],
  ['in "a" map', true],
  ['in "it" v', true],
  ['and n list', true],
  ['and n empty', false],
  ['or empty 0 "" none', false],
  ['or empty 1', true],
  ['not empty', true],
  ['lookup map "b"', 1],
  ['lookup list 1', 'a'],
  ['join list ", "', 'b, a, b'],
  ['join numbers', '1092'],
  ['split "a:b:" ":"', ['a', 'b', '']],
  ['split " a  b "', ['a', 'b']],
  ['lower "ÀB"', 'àb'],
  ['upper "straße"', 'STRASSE'],
  ['trim " x\\n"', 'x'],
  ['replace "a.b.c" "." "$&"', 'a$&b$&c'],
  ['concat "a" n "b"', 'a10b'],
  ['quote v', `'it'\\''s "x"'`],
  ['quote "plain"', 'plain'],
  ['json map', '{"b":1,"a":[true,null]}'],
  ['yaml map', 'b: 1\na:\n  - true\n  - null'],
  ['yaml "yes"', "'yes'"],
  ['indent lines 2', 'one\n\n  two\n'],
  ['comment lines', '# one\n#\n# two\n#'],
  ['comment "x" ";"', '; x'],
  ['b64enc "ü"', 'w7w='],
  ['b64dec "w7w="', 'ü'],
  ['b64dec "w7w"', 'ü'],
  ['env "NO_SUCH_VARIABLE_HERE" "otherwise"', 'otherwise'],
  ['sha256 "abc"', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['length "😀x"', 2],
  ['length map', 2],
  ['length list', 3],
  ['first list', 'b'],
  ['last numbers', 2],
  ['sort numbers', [2, 9, 10]],
  ['sort list', ['a', 'b', 'b']],
  ['unique list', ['b', 'a']],
  ['keys map', ['b', 'a']],
  [
    'entries map',
    [
      { key: 'b', value: 1 },
      { key: 'a', value: [true, null] },
    ],
  ],
  ['subentries domains "senders"', [{ parent: 'x.org', key: 'i', value: 's' }]],
  ['basename "/etc/x.conf"', 'x.conf'],
  ['dirname "/etc/x.conf"', '/etc'],
  ['regex_search "v1.10" "\\d+\\.\\d+"', '1.10'],
  ['regex_search "v" "\\d"', null],
  ['int "12"', 12],
  ['int 12.9', 12],
  ['int "x" 0', 0],
  ['float "1.5"', 1.5],
  ['bool "Yes"', true],
  ['bool 0', false],
  ['string n', '10'],
  ['string true', 'true'],
]

for (const [call, expected] of EXAMPLES) {
  test(`${call} is ${JSON.stringify(expected)}`, () => assert.deepEqual(value(call), expected))
}

/** What helpers refuse, and how they say it. */
const REFUSED: readonly (readonly [call: string, message: string])[] = [
  ['lower list', 'lower: needs text, not a list'],
  ['join n', 'join: needs a list, not the number 10'],
  ['join map', 'join: needs a list, not a mapping'],
  ['join mixed list', 'join: needs text, not a list'],
  ['first empty', 'first: the list is empty'],
  ['sort mixed', 'sort: can sort a list of numbers or a list of texts, not a mixed one'],
  ['keys list', 'keys: needs a mapping, not a list'],
  ['entries list', 'entries: needs a mapping, not a list'],
  ['length n', 'length: needs text, a list or a mapping, not the number 10'],
  ['indent v "2"', 'indent: needs a whole number from 0 to 1000, not the string "2"'],
  ['indent v 100000', 'indent: needs a whole number from 0 to 1000, not the number 100000'],
  ['b64dec "not base 64!"', 'b64dec: this is not base 64'],
  ['env "NO_SUCH_VARIABLE_HERE"', 'env: NO_SUCH_VARIABLE_HERE is not set in the environment'],
  ['b64dec "/w=="', 'b64dec: the decoded bytes are not UTF-8 text'],
  ['quote "a\u0000b"', 'quote: a shell word cannot contain a null byte'],
  ['int "12x"', 'int: needs a whole number, not the string "12x"'],
  ['float none', 'float: needs a number, not none'],
  ['bool "maybe"', 'bool: needs true or false, not the string "maybe"'],
  ['eq n "10"', 'eq: cannot compare the number 10 with the string "10"'],
  ['lt list list', 'lt: only numbers and texts have an order, not a list'],
  ['in n v', `in: cannot look for the number 10 in the string "it's \\"x\\""`],
  ['required none "give a name"', 'required: give a name'],
  ['required "" "give a name"', 'required: give a name'],
]

for (const [call, message] of REFUSED) {
  test(`refused: ${JSON.stringify(call)}`, () => {
    assert.throws(
      () => value(call),
      (error) => error instanceof TemplateError && error.message === message && error.column === 1,
    )
  })
}

test('every helper has an example, a usage that begins with its name, and a sentence', () => {
  const shown = new Set(EXAMPLES.map(([call]) => call.split(' ')[0]))
  assert.deepEqual(
    [...helpers.keys()].filter((name) => !shown.has(name)),
    [],
  )
  for (const { name, usage, summary } of [...helpers.values(), ...blocks.values()]) {
    assert.equal(usage.split(' ')[0], name)
    assert.match(summary, /^\S.*[.]$/, name)
  }
})

test('quote makes one word of anything, in a real shell', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      if (text.includes('\0') || /\p{Cs}/u.test(text)) return
      const word = value('quote text', { text })
      assert.equal(execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' }), text)
    }),
    { numRuns: 60 },
  )
})

test('json and yaml read back as the value, in files and inside of templates', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (data) => {
      const text = JSON.stringify(data)
      const plain: Json = JSON.parse(text)
      assert.equal(JSON.stringify(JSON.parse(String(value('json data', { data: plain })))), text)
      if (/[Ee]\d|e\+|\d{16}/.test(text)) return
      const document = parseYaml(
        `data: ${value('json data', { data: plain })}\nmore:\n  ${value('indent (yaml data) 2', { data: plain })}\n`,
        'f.yaml',
      )
      assert.deepEqual(document.data, { data: plain, more: plain })
    }),
    { numRuns: 300 },
  )
})
