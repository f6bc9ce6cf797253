import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import { ExpressionError, parseExpression } from '../../src/input/expression.ts'
import { lookupOf } from './lookup-of.ts'

const VARIABLES: JsonObject = {
  host: { os: { id: 'debian', version: '12' }, memory: 2048, addresses: { ipv4: ['192.0.2.1'] } },
  upgrade: { changed: true, failed: false },
  guess: { failed: true },
  packages: ['chasquid', 'knot'],
  empty: [],
  nothing: null,
  enabled: true,
  'constructor-free': 1,
}
const lookup = lookupOf(VARIABLES)

const TRUE: readonly string[] = [
  "host.os.id == 'debian'",
  'host["os"]["id"] != "ubuntu"',
  "host['os'].id in ['debian', 'ubuntu']",
  "packages[0] == 'chasquid' and packages[-1] == 'knot'",
  "'knot' in packages and 'postfix' not in packages",
  "'os' in host and 'ch' in packages[0]",
  'host.memory > 1024 and host.memory >= 2048 and host.memory < 1e4 and not host.memory <= 10.5',
  "'a' < 'b'",
  '-1 < 0',
  'enabled and not false or false',
  'true or missing',
  'not (false and missing)',
  'not not enabled',
  'missing is not defined and missing.deeper is undefined',
  'missing is defined and missing.deeper == 1 or enabled',
  'host.os is mapping and packages is sequence and nothing is none and nothing == none',
  'host.memory is number and host.os.id is string and enabled is boolean and enabled is true',
  'upgrade is changed and upgrade is succeeded and upgrade is not failed and upgrade is not skipped',
  'guess is failed and guess is not succeeded and guess is not changed',
  'host.os.version | int >= 12 and host.os.version | float < 12.5',
  "'yes' | bool and not ('off' | bool)",
  'packages | length == 2 and empty | length == 0',
  "missing | default('x') == 'x' and nothing | default(1) == 1 and '' | default('y', true) == 'y'",
  "packages | join(', ') == 'chasquid, knot' and packages | first | upper == 'CHASQUID'",
  "'a b' | split == ['a', 'b'] and 'a,b' | split(',') | last == 'b'",
  "'/etc/x.conf' | basename | replace('.conf', '') == 'x' and '/etc/x' | dirname == '/etc'",
  '[3, 1, 3] | unique | sort == [1, 3]',
  "host.os.id is match('deb') and host.os.id is search('ian$') and host.os.id is not match('ian')",
  "'v1.10' | regex_search('\\d+\\.\\d+') == '1.10'",
  "'it\\'s' == \"it's\" and 'a\\nb' | length == 3",
  '[1, [2, none]] == [1, [2, null]]',
  'True and None is none and not False',
]

for (const text of TRUE) {
  test(`true: ${text}`, () => assert.equal(parseExpression(text).test(lookup), true))
}

/** Expression, the text under the carets, message, hint. */
const REFUSED: readonly (readonly [text: string, marked: string, message: string, hint?: string])[] = [
  ['hots.os == 1', 'hots', 'unknown variable "hots"', 'did you mean "host"?'],
  ["host.os.verison == '1'", 'verison', 'host.os has no "verison"', 'did you mean "version"?'],
  ["packages[5] == 'x'", '5', 'packages has no entry 5: it has 2'],
  ['packages.first', 'first', 'packages is a list, which has no "first"', 'list entries are written x[0]'],
  ['packages.0', '.0', 'a name is missing here', 'list entries are written x[0]'],
  ['nothing.x', 'x', 'nothing is none, which has no "x"'],
  ['host.os.id.length > 1', 'length', 'host.os.id is the string "debian", which has no "length"'],
  [
    'host.os.version == 12',
    'host.os.version == 12',
    'cannot compare the string "12" with the number 12',
    "turn the text into a number with int, or quote the number: '12'",
  ],
  ['packages == 2', 'packages == 2', 'cannot compare a list with the number 2'],
  ["packages > ['a']", "packages > ['a']", 'only numbers and texts have an order, not a list'],
  ['25 in packages', '25 in packages', 'cannot look for the number 25 in a list that has nothing of that type'],
  ['1 in 2', '1 in 2', 'cannot look for the number 1 in the number 2'],
  ['host.memory', 'host.memory', 'a condition must be true or false, but this is the number 2048', 'compare it: x > 0'],
  ['packages', 'packages', 'a condition must be true or false, but this is a list', 'ask: x | length > 0'],
  ["'yes'", "'yes'", 'a condition must be true or false, but this is the string "yes"', 'write: x | bool'],
  ['nothing', 'nothing', 'a condition must be true or false, but this is none', 'ask: x is none'],
  [
    'enabled and host.os.id',
    'host.os.id',
    '"and" needs true or false, but this is the string "debian"',
    "compare it: x == '…'",
  ],
  ['not packages', 'packages', '"not" needs true or false, but this is a list', 'ask: x | length > 0'],
  ['enabled is chnaged', 'chnaged', 'unknown test "chnaged"', 'did you mean "changed"?'],
  ['enabled is changed', 'changed', 'changed: needs the result of a task, not true', 'name it with register'],
  ['packages | lenght > 1', 'lenght', 'unknown filter "lenght"', 'did you mean "length"?'],
  ["host.os.id | replace('a')", 'replace', '"replace" takes 2 arguments, not 1', 'TEXT | replace(OLD, NEW)'],
  ['enabled is defined(1)', 'defined', '"defined" takes no arguments, not 1', 'VALUE is defined'],
  ['host.os.id | int > 1', 'int', 'int: needs a whole number, not the string "debian"'],
  ['missing | lower', 'missing', 'unknown variable "missing"'],
  ['1 < 2 < 3', '<', 'comparisons do not chain', 'join two of them with and'],
  ['enabled = true', '=', 'unexpected =', 'write == to compare'],
  ['enabled && true', '&&', 'unexpected &&', 'write and'],
  ['enabled || true', '||', 'unexpected ||', 'write or'],
  ['!enabled', '!', 'unexpected !', 'write not'],
  ['{{ enabled }}', '{{', 'unexpected {{', 'an expression names variables without {{ }}'],
  ['host.memory + 1 > 2', '+', 'unexpected +', 'expressions compare, they do not calculate'],
  ["host.os.id == 'debian", "'", "unexpected '", 'this quote is never closed'],
  ["host.os.id.split('b')", '(', 'unexpected "("', "there are no methods: use a filter, x | split(',')"],
  ['(enabled', '', 'the expression ends too early', '")" is missing'],
  ['enabled and', '', 'the expression ends too early'],
  ['enabled enabled', 'enabled', 'unexpected "enabled"'],
  ['', '', 'an empty expression'],
  ["'x' is search('(')", "search('(')", 'search: Invalid regular expression: /(/u: Unterminated group'],
]

for (const [text, marked, message, hint] of REFUSED) {
  test(`refused: ${text}`, () => {
    const error = refusal(text)
    assert.equal(error.message, message)
    assert.equal(error.hint, hint)
    const shown = text.slice(error.offset, error.offset + error.length)
    if (marked.startsWith('.')) assert.equal(text.slice(error.offset - 1, error.offset + error.length), marked)
    else assert.equal(shown, marked)
  })
}

test('what JavaScript objects inherit is invisible', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) {
    assert.equal(refusal(`${name} == 1`).message, `unknown variable "${name}"`)
    assert.equal(refusal(`host.${name} == 1`).message, `host has no "${name}"`)
    assert.equal(refusal(`host['${name}'] == 1`).message, `host has no "${name}"`)
    assert.equal(parseExpression(`host.${name} is defined or '${name}' in host`).test(lookup), false)
    assert.match(refusal(`1 | ${name}`).message, /^unknown filter/)
    assert.match(refusal(`1 is ${name}`).message, /^unknown test/)
  }
  assert.equal(refusal('"".constructor.constructor("return process")()').message, 'unexpected "("')
  assert.equal(parseExpression('__proto__.x == 1').test(lookupOf(JSON.parse('{"__proto__": {"x": 1}}'))), true)
})

test('names and paths tell what is used, where, and whether it may be missing', () => {
  const { names, paths } = parseExpression("a.b[0]['c'] == d[e.f] and g is defined and g.h | default(i) == 'x'")
  assert.deepEqual([...names].toSorted(), ['a', 'd', 'e', 'g', 'i'])
  assert.deepEqual(paths, [
    { path: ['a', 'b', '0', 'c'], offset: 0, guarded: false },
    { path: ['d'], offset: 15, guarded: false },
    { path: ['e', 'f'], offset: 17, guarded: false },
    { path: ['g'], offset: 26, guarded: true },
    { path: ['g', 'h'], offset: 43, guarded: true },
    { path: ['i'], offset: 57, guarded: false },
  ])
})

test('long chains cost no stack', () => {
  const chains = [
    Array(10_000).fill('host.memory > 1').join(' and '),
    `${Array(10_000).fill('false').join(' or ')} or true`,
    `${'not '.repeat(10_000)}enabled`,
    `${'not '.repeat(10_001)}false`,
    `host.os.id${' | lower'.repeat(10_000)} == 'debian'`,
    `10 in [${Array(10_000).fill('10').join(', ')}]`,
  ]
  for (const chain of chains) assert.equal(parseExpression(chain).test(lookup), true)
})

test('brackets nest 200 deep and no deeper', () => {
  assert.equal(parseExpression(`${'('.repeat(200)}enabled${')'.repeat(200)}`).test(lookup), true)
  for (const open of ['(', '[', 'packages[', 'x | default(']) {
    assert.equal(refusal(open.repeat(100_000)).message, 'more than 200 brackets inside brackets')
  }
})

test('regular expressions and what they search are bounded', () => {
  const long = lookupOf({ text: 'x'.repeat(10_001) })
  assert.equal(
    refusal("text is search('y')", long).message,
    'search: only the first 10000 characters can be searched: split first',
  )
  assert.equal(refusal(`'x' is search('${'x'.repeat(201)}')`).message, 'search: a pattern has at most 200 characters')
})

function refusal(text: string, variables = lookup): ExpressionError {
  try {
    parseExpression(text).test(variables)
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`accepted: ${text}`)
}
