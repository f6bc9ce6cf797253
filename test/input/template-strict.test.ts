import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import { parseTemplate, TemplateError } from '../../src/input/template.ts'
import { fc } from '../properties.ts'
import { lookupOf } from './lookup-of.ts'

const VARIABLES: JsonObject = {
  name: 'x',
  tls_enabled: true,
  list: [1, 2],
  nothing: null,
  host: { os: { version: '12' } },
  users: [{ name: 'i' }],
}
const lookup = lookupOf(VARIABLES)

function refusal(text: string, variables = lookup): TemplateError {
  try {
    parseTemplate(text).render(variables)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error(`accepted: ${text}`)
}

/** Template, the text that is pointed at, message, hint. */
const REFUSED: readonly (readonly [text: string, marked: string, message: string, hint?: string])[] = [
  ['{{nmae}}', 'nmae', 'unknown variable "nmae"', 'did you mean "name"?'],
  ['{{#if tls_enbaled}}x{{/if}}', 'tls_enbaled', 'unknown variable "tls_enbaled"', 'did you mean "tls_enabled"?'],
  ['{{#unless gone}}x{{/unless}}', 'gone', 'unknown variable "gone"'],
  ['{{#each gone}}x{{/each}}', 'gone', 'unknown variable "gone"'],
  ['{{#with host.so}}x{{/with}}', 'host.so', 'host has no "so"', 'did you mean "os"?'],
  ['{{upper (lower gone)}}', 'gone', 'unknown variable "gone"'],
  ['{{default gone also_gone}}', 'also_gone', 'unknown variable "also_gone"'],
  ['{{host.os.verison}}', 'host.os.verison', 'host.os has no "verison"', 'did you mean "version"?'],
  ['{{name.first}}', 'name.first', 'name is the string "x", which has no "first"'],
  ['{{nothing.x}}', 'nothing.x', 'nothing is none, which has no "x"'],
  ['{{list.[7]}}', 'list.[7]', 'list has no entry 7: it has 2'],
  ['{{#each users}}{{#if nam}}x{{/if}}{{/each}}', 'nam', 'this has no "nam"', 'did you mean "name"?'],
  [
    '{{#each users}}{{host.os.version}}{{/each}}',
    'host.os.version',
    'this has no "host"',
    'outside the block it is ../host',
  ],
  ['{{#each users as |u|}}{{u.nam}}{{/each}}', 'u.nam', 'u has no "nam"', 'did you mean "name"?'],
  ['{{#each users}}{{#with name}}{{../nam}}{{/with}}{{/each}}', '../nam', '.. has no "nam"', 'did you mean "name"?'],
  ['{{lookup host "so"}}', '{{lookup host "so"}}', 'host has no "so"', 'did you mean "os"?'],
  ['{{upper (lookup list 9)}}', '(lookup list 9)', 'list has no entry 9: it has 2'],
  [
    '[{{list}}]',
    '{{list}}',
    'list is a list, which has no text',
    'join it, loop with #each, or print it with json or yaml',
  ],
  ['[{{host}}]', '{{host}}', 'host is a mapping, which has no text', 'loop with #each, or print it with json or yaml'],
  ['[{{nothing}}]', '{{nothing}}', 'nothing is none, which has no text', 'give a default, or ask with #if'],
  ['{{#each name}}x{{/each}}', 'name', 'each: needs a list or a mapping, not the string "x"'],
  ['{{uper name}}', 'uper', 'unknown helper "uper"', 'did you mean "upper"?'],
  ['{{if name}}', 'if', 'unknown helper "if"', 'write {{#if …}}'],
  ['{{name.upper 1}}', 'name.upper', 'unknown helper "name.upper"'],
  ['{{#name}}x{{/name}}', 'name', 'unknown block "name"', 'blocks: if, unless, each, with, raw'],
  ['{{#eahc list}}x{{/eahc}}', 'eahc', 'unknown block "eahc"', 'did you mean "each"?'],
  ['{{join list "," "x"}}', 'join', '"join" takes 1 to 2 arguments, not 3', 'join LIST [SEPARATOR]'],
  ['{{length}}', 'length', '"length" takes 1 argument, not 0', 'length VALUE'],
  ['{{#if}}x{{/if}}', 'if', '"if" takes 1 argument, not 0', 'if VALUE'],
  ['{{upper name x=1}}', 'x=1', '"upper" takes no x=', 'upper TEXT'],
  ['{{#if name as |x|}}{{/if}}', 'if', '"if" hands nothing on with "as"', 'if VALUE'],
  ['{{join name}}', '{{join name}}', 'join: needs a list, not the string "x"'],
  [
    '{{#if (eq host.os.version 12)}}{{/if}}',
    '(eq host.os.version 12)',
    'eq: cannot compare the string "12" with the number 12',
    "turn the text into a number with int, or quote the number: '12'",
  ],
  ['{{required gone "set gone"}}', '{{required gone "set gone"}}', 'required: set gone'],
  ['{{this}}', 'this', 'this is no value here', 'name a variable'],
  ['{{../name}}', '../name', '../name leads out of the template'],
  ['{{@index}}', '@index', 'unknown @index', 'they exist inside #each'],
  ['{{#each list}}{{@indx}}{{/each}}', '@indx', 'unknown @indx', 'known: @index, @key, @first, @last'],
  ['{{@variables}}', '@variables', 'unknown @variables', 'they exist inside #each'],
  ['{{> header}}', '{{> header}}', 'templates have no partials and no decorators'],
  ['{{> (lookup . "x")}}', '{{> (lookup . "x")}}', 'templates have no partials and no decorators'],
  ['{{#*inline "x"}}{{/inline}}', '{{#*inline "x"}}{{/inline}}', 'templates have no partials and no decorators'],
  ['{{#if name}}\n x', '{{#if', '{{#if}} is never closed', 'add {{/if}}'],
  ['{{#if name}}{{/each}}', '{{/each}}', '{{/each}} where {{/if}} is expected', '{{#if}} is opened on line 1'],
  ['{{/if}}', '{', 'this closes a block that was never opened'],
  ['{{else}}', '{', '{{else}} outside of a block'],
  ['a {{name', '{{name', 'this is never closed', 'add }}'],
  ['{{}}', '}', 'something is missing before }}'],
  [
    '{{ name | upper }}',
    '|',
    '"|" is not known here',
    'filters are helpers in templates: {{lower x}}, {{default x "y"}}',
  ],
  ['{{#if name == "x"}}{{/if}}', '=', '"=" is not known here', 'compare with (eq a b)'],
  ['{{list[0]}}', '[', 'unexpected [', 'entries are written x.[0] and x.[a key]'],
]

for (const [text, marked, message, hint] of REFUSED) {
  test(`refused: ${text.replace('\n', '⏎')}`, () => {
    const error = refusal(text)
    assert.equal(error.message, message)
    assert.equal(error.hint, hint)
    assert.equal(text.slice(error.offset, error.offset + error.length), marked)
  })
}

test('line and column are those of the text, after line breaks of either kind', () => {
  for (const lineBreak of ['\n', '\r\n']) {
    const error = refusal(`first{{name}}${lineBreak}{{#if name}}${lineBreak}  ü {{gone}}${lineBreak}{{/if}}`)
    assert.deepEqual([error.line, error.column, error.length], [3, 7, 4])
    const syntax = refusal(`{{name}}${lineBreak}${'long '.repeat(20)}{{ a | b }}${lineBreak}`)
    assert.deepEqual([syntax.line, syntax.column], [2, 106])
  }
})

test('what JavaScript objects inherit is invisible', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']) {
    assert.equal(refusal(`{{${name}}}`).message, `unknown variable "${name}"`)
    assert.equal(refusal(`{{host.${name}}}`).message, `host has no "${name}"`)
    assert.equal(refusal(`{{lookup host "${name}"}}`).message, `host has no "${name}"`)
    assert.equal(refusal(`{{#with host}}{{${name}}}{{/with}}`).message, `this has no "${name}"`)
    assert.equal(refusal(`{{upper ${name}}}`).message, `unknown variable "${name}"`)
    assert.equal(refusal(`{{${name} host}}`).message, `unknown helper "${name}"`)
    assert.equal(refusal(`{{#${name}}}{{/${name}}}`).message, `unknown block "${name}"`)
    assert.equal(parseTemplate(`{{is-defined host.${name}}}`).render(lookup), false)
  }
})

test('variables with such names are ordinary variables', () => {
  const hostile = lookupOf(JSON.parse('{"__proto__": {"constructor": "c"}, "constructor": "d", "toString": [1]}'))
  assert.equal(
    parseTemplate('{{__proto__.constructor}}{{constructor}}{{#each toString}}{{this}}{{/each}}').render(hostile),
    'cd1',
  )
})

const fragment = fc.constantFrom(
  '{{',
  '}}',
  '{{{',
  '}}}',
  '#if ',
  '/if',
  '#each ',
  '/each',
  'else',
  'name',
  'list',
  'gone',
  '../',
  'this',
  '@index',
  '.',
  '[',
  ']',
  '(',
  ')',
  '"',
  "'",
  ' ',
  '\n',
  '\r\n',
  '~',
  '!--',
  '>',
  '&',
  'as |x|',
  '=',
  'upper',
  'default',
  '\\',
  '😀',
)

test('whatever is written is rendered or refused at a place inside of it, and never crashes', () => {
  const inner = fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join(''))
  const text = fc
    .array(
      fc.oneof(
        inner,
        inner.map((part) => `{{${part}}}`),
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (written) => {
      try {
        parseTemplate(written).render(lookup)
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        assert.ok(error.offset >= 0 && error.offset <= written.length && error.length >= 1)
        const before = written.slice(0, error.offset).split(/\r\n|\n/)
        assert.deepEqual([error.line, error.column], [before.length, (before.at(-1) ?? '').length + 1])
      }
    }),
    { numRuns: 3000 },
  )
})
