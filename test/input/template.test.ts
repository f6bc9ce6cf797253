import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { hasTemplate, parseTemplate, renderFile } from '../../src/input/template.ts'
import { lookupOf } from './lookup-of.ts'

const VARIABLES: JsonObject = {
  a: 1,
  b: 2,
  name: 'outer',
  html: `<&>"'`,
  yes: true,
  zero: 0,
  list: ['x', 'y'],
  ports: [25, 587],
  empty: [],
  nothing: null,
  host: { os: { id: 'debian' }, 'dotted.key': 'd' },
  users: [
    { name: 'i', tags: ['p', 'q'] },
    { name: 'news', tags: [] },
  ],
  aliases: { '*': 'me', i: 'me' },
  twins: [
    [1, 1],
    [1, 2],
  ],
}
const render = (text: string): Json => parseTemplate(text).render(lookupOf(VARIABLES))

/** Template and its value. */
const CASES: readonly (readonly [text: string, value: Json])[] = [
  ['{{a}}{{b}}', '12'],
  ['{{{a}}}{{{b}}}', '12'],
  ['{{#each list}}{{@index}}{{@first}}{{/each}}', '0true1false'],
  ['{{a}}', 1],
  ['{{ list }}', ['x', 'y']],
  ['{{ host.os }}', { id: 'debian' }],
  ['{{nothing}}', null],
  ['{{~ yes ~}}', true],
  ['{{split "a b"}}', ['a', 'b']],
  ['{{lookup host "os"}}', { id: 'debian' }],
  [' {{a}}', ' 1'],
  ['{{a}}{{! only a comment}}', '1'],
  ['{{html}}!', `<&>"'!`],
  ['{{yes}} {{zero}}', 'true 0'],
  ['{{host.[dotted.key]}}', 'd'],
  ['{{list.[1]}}{{users.0.name}}', 'yi'],
  ['{{#if zero}}y{{else}}n{{/if}}{{#if zero includeZero=true}}y{{/if}}{{#unless empty}}u{{/unless}}', 'nyu'],
  ['{{#if zero}}0{{else if yes}}1{{else}}2{{/if}}', '1'],
  ['{{#each aliases}}{{@key}}={{this}}{{#unless @last}},{{/unless}}{{/each}}', '*=me,i=me'],
  ['{{#each empty}}x{{else}}{{name}}{{/each}}', 'outer'],
  ['{{#each nothing}}x{{else}}none{{/each}}', 'none'],
  ['{{#each users as |user i|}}{{i}}{{user.name}}{{name}}{{@root.name}};{{/each}}', '0iiouter;1newsnewsouter;'],
  ['{{#each users}}{{#each tags}}{{.}}{{../name}}{{../../name}}{{@../index}} {{/each}}{{/each}}', 'piouter0 qiouter0 '],
  ['{{#with host}}{{os.id}}{{../name}}{{/with}}{{#with nothing}}x{{else}}{{name}}{{/with}}', 'debianouterouter'],
  ['{{#each twins}}{{#each this}}{{../[1]}}{{../../a}} {{/each}}{{/each}}', '11 11 21 21 '],
  ['{{{{raw}}}}{{not rendered}}{{{{/raw}}}}', '{{not rendered}}'],
  ['\\{{a}} {{a}}', '{{a}} 1'],
  ['{{#if (is-defined gone)}}{{gone.x}}{{else}}absent{{/if}}', 'absent'],
  ['{{default gone.deeper "d"}}{{default (lookup host "nope") "e"}}{{default nothing "f"}}', 'def'],
  ['{{is-defined nothing}}{{is-defined nothing.x}}{{is-defined name.x}}', 'truefalsefalse'],
  ['{{concat (upper name) "-" (join ports ",")}}', 'OUTER-25,587'],
  ['{{join list "\\n"}}', 'x\ny'],
]

for (const [text, value] of CASES) {
  test(`${text} is ${JSON.stringify(value)}`, () => assert.deepEqual(render(text), value))
}

test('blocks alone on their lines vanish with their line breaks', () => {
  assert.equal(render('a\n{{#each list}}\n  - {{this}}\n{{/each}}\nend\n'), 'a\n  - x\n  - y\nend\n')
  assert.equal(render('a\r\n{{#if yes}}\r\nb\r\n{{/if}}\r\nc ü€😀\r\n'), 'a\r\nb\r\nc ü€😀\r\n')
  assert.equal(render('a {{~#if yes~}}  b  {{~/if~}} c'), 'abc')
})

test('a file is text whatever it consists of, and keeps its last line break', () => {
  const file = (text: string) => renderFile(parseTemplate(text), lookupOf(VARIABLES))
  assert.equal(file('{{a}}'), '1')
  assert.equal(file('{{a}}\n'), '1\n')
  assert.equal(file('no template\n'), 'no template\n')
  assert.throws(() => file('{{list}}'), { message: 'list is a list, which has no text' })
})

test('what a value contains is never a template', () => {
  const hostile = lookupOf({ fact: '{{secret}} {{#each x}}', secret: 's3cret' })
  assert.equal(parseTemplate('{{fact}}').render(hostile), '{{secret}} {{#each x}}')
  assert.equal(parseTemplate('[{{fact}}]').render(hostile), '[{{secret}} {{#each x}}]')
})

test('variables are asked for only where a branch needs them', () => {
  const asked: string[] = []
  const variables = {
    has: () => true,
    get: (name: string) => {
      asked.push(name)
      return name === 'chosen'
    },
  }
  assert.equal(parseTemplate('{{#if chosen}}a{{else}}{{other}}{{/if}}').render(variables), 'a')
  assert.deepEqual(new Set(asked), new Set(['chosen']))
})

test('names and paths tell what is used, where, and whether it may be missing', () => {
  const { names, paths } = parseTemplate(
    '{{a.b}}\n{{#each (default c d)}}{{e}}{{../f}}{{@root.g.h}}{{#if (is-defined i)}}{{../i.j}}{{/if}}{{/each}}',
  )
  assert.deepEqual([...names].toSorted(), ['a', 'c', 'd', 'f', 'g', 'i'])
  assert.deepEqual(paths, [
    { path: ['a', 'b'], offset: 2, guarded: false },
    { path: ['c'], offset: 25, guarded: true },
    { path: ['d'], offset: 27, guarded: false },
    { path: ['f'], offset: 38, guarded: false },
    { path: ['g', 'h'], offset: 46, guarded: false },
    { path: ['i', 'j'], offset: 81, guarded: false },
  ])
})

test('a name asked for with is-defined may be missing everywhere in the template', () => {
  const { paths } = parseTemplate('{{#if (is-defined ipv6)}}{{ipv6.address}}{{/if}}{{ipv4}}')
  assert.deepEqual(
    paths.map(({ path, guarded }) => [path.join('.'), guarded]),
    [
      ['ipv6', true],
      ['ipv6.address', true],
      ['ipv4', false],
    ],
  )
})

test('a text is read once', () => {
  assert.equal(parseTemplate('cached {{a}}'), parseTemplate('cached {{a}}'))
})

test('hasTemplate sees braces', () => {
  assert.equal(hasTemplate('a {{b}}'), true)
  assert.equal(hasTemplate('a {b}'), false)
})
