import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { placeFile } from '../../src/core/file.ts'
import { Secret } from '../../src/core/secret.ts'
import { joinScripts, type Script, sh } from '../../src/core/shell.ts'
import { Recorder, shells, step, TestSession } from '../host/shells.ts'
import { fc } from '../properties.ts'

// What a shell, printf, echo or a terminal takes for something else than itself.
const SPECIAL = [...'\'"\\$`!#&|;()<>{}[]*?~=%@:,.^+-_/ \t\n\r\x01\x07\x1b\x7fé€😀A0']
const ODD = [
  '',
  '-',
  '--',
  '-n',
  '-e',
  '--help',
  '=',
  'a=b',
  '~',
  '~root',
  '%s%n%d',
  '%',
  "$'\\x41\\n'",
  "$'..'",
  '$(touch owned)',
  '`touch owned`',
  ['$', '{HOME}'].join(''),
  '$((1/0))',
  '\\',
  '\\\\',
  "\\'",
  "'\\''",
  '!!',
  '{a,b}',
  '*',
  '/*',
  '[a-z]*',
  'if',
  'EOF\nEOF',
  '\n',
  '\n\n',
  ' ',
  '\t',
  '\r\n',
  '#',
  ';',
  '&',
  '|',
  '>owned',
  '\u2028',
  '\u202e',
  '\ufeff',
  '"'.repeat(999),
  "'".repeat(999),
  '\\'.repeat(999),
]
const pairs = SPECIAL.flatMap((a) => SPECIAL.map((b) => a + b))
const characters = Array.from({ length: 0x17f }, (_, code) => String.fromCodePoint(code + 1))
const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((value) => !value.includes('\0'))

const SEPARATOR = '\x1e'

/** Ways for values to get into shell text; each prints them back, with a separator behind every one. */
const WAYS: { readonly [name: string]: (values: readonly string[]) => Script } = {
  'words of a list': (values) => sh`printf '%s\036' ${values}`,
  'one word after another': (values) => lines(values.map((value) => sh`printf '%s\036' ${value}`)),
  'scripts inside of a script': (values) =>
    sh`if :; then (${lines(values.map((value) => sh`printf '%s\036' ${value}`))}); fi`,
  'text that is evaluated': (values) => sh`eval ${sh`eval ${sh`printf '%s\036' ${values}`.reveal()}`.reveal()}`,
  'text for another shell': (values) => sh`printf %s ${sh`printf '%s\036' ${values}`.reveal()} | sh`,
  assignments: (values) => lines(values.map((value) => sh`value=${value}; printf '%s\036' "$value"`)),
  'arguments of a function': (values) => sh`say() { printf '%s\036' "$@"; }; say ${values}`,
  secrets: (values) => sh`printf '%s\036' ${values.map((value) => new Secret(value))}`,
}

function lines(scripts: readonly Script[]): Script {
  return joinScripts(scripts)
}

async function assertPrintedBack(
  test: TestSession,
  values: readonly string[],
  ways = Object.keys(WAYS),
): Promise<number> {
  const questions = ways.map((way, index) => ({ id: `${index}.way`, script: WAYS[way]!(values) }))
  const answers = await test.session.survey(questions)
  for (const [index, way] of ways.entries()) {
    const { status, text: said = '', stderr } = answers.get(`${index}.way`) ?? {}
    assert.deepEqual([status, stderr], [0, ''], way)
    const printed = said.split(SEPARATOR).slice(0, -1)
    values.forEach((value, at) => {
      assert.equal(printed[at], value, `${way}: ${JSON.stringify(value)}`)
    })
    assert.equal(printed.length, values.length)
  }
  return values.length * ways.length
}

for (const shell of shells) {
  const [name] = shell

  test(`${name}: every character, every pair of special ones and every odd word come back as they were`, async (t) => {
    const test = new TestSession(shell)
    t.after(() => test.close())
    let count = 0
    for (const values of [characters, pairs, ODD]) {
      count += await assertPrintedBack(
        test,
        values.filter((value) => !value.includes(SEPARATOR)),
      )
    }
    t.diagnostic(`${name}: ${count} fixed words through ${Object.keys(WAYS).length} ways of quoting`)
  })

  test(`${name}: words of any text come back as they were`, async (t) => {
    const test = new TestSession(shell)
    t.after(() => test.close())
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 100 }), async (values) => {
        count += await assertPrintedBack(test, values)
      }),
      { numRuns: 25 },
    )
    t.diagnostic(`${name}: ${count} random words through ${Object.keys(WAYS).length} ways of quoting`)
  })

  test(`${name}: a word of 1 MB comes back as it was`, async (t) => {
    const test = new TestSession(shell)
    t.after(() => test.close())
    const value = `'${'é"\\$(x)\n'.repeat(115_000)}'`
    assert.ok(Buffer.byteLength(value) > 1_000_000)
    for (const way of ['words of a list', 'assignments']) {
      await assertPrintedBack(test, [value], [way])
    }
  })

  test(`${name}: what a change writes is read back as it was, whatever its bytes and its name`, async (t) => {
    const test = new TestSession(shell)
    t.after(() => test.close())
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const contents = [
      ...ODD.slice(0, 20),
      every.toString('latin1').replace('\0', ''),
      every,
      Buffer.concat([every, every]).subarray(1, 400),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from([0xc3]),
      Buffer.from('x'.repeat(200_000)),
    ]
    const paths = contents.map((_, index) => join(test.home, `-${index} 'a' $b\n"c"\\`))
    const steps = contents.map((content, index) =>
      step(index, [], [placeFile({ path: paths[index]!, content, mode: '0600' })]),
    )
    const recorder = new Recorder()
    assert.equal((await test.session.stream(steps, recorder.onFrame)).reason, 'finished', recorder.output('stderr'))
    const read = paths.map((path, index) => ({ id: `${index}.sum`, script: sh`sha256sum <${path}` }))
    const answers = await test.session.survey(read)
    contents.forEach((content, index) => {
      const sum = createHash('sha256').update(content).digest('hex')
      assert.equal(answers.get(`${index}.sum`)?.text.slice(0, 64), sum, JSON.stringify(content).slice(0, 80))
    })
    t.diagnostic(`${name}: ${contents.length} files`)
  })

  test(`${name}: answers of any bytes are remembered, and compared, byte for byte`, async (t) => {
    const test = new TestSession(shell)
    t.after(() => test.close())
    const bytes = Buffer.from(Array.from({ length: 255 }, (_, byte) => byte + 1))
    const question = { id: '1.file', script: sh`cat ~/file 2>/dev/null || true` }
    await test.session.survey([question])
    const place = placeFile({ path: join(test.home, 'file'), content: Buffer.concat([bytes, bytes.reverse()]) })
    const steps = [step(0, [], [place]), step(1, [question], [])]
    assert.equal((await test.session.stream(steps, () => undefined)).reason, 'moved')
    assert.equal((await test.session.stream(steps, () => undefined)).reason, 'finished')
  })
}

test('a NUL is refused before anything is sent', () => {
  for (const make of [
    () => sh`printf %s ${'a\0b'}`,
    () => sh`printf %s ${['fine', 'a\0b']}`,
    () => sh`printf %s ${new Secret('a\0b')}`.reveal(),
    () => placeFile({ path: '/tmp/a\0b', content: '' }),
    () => placeFile({ path: '/tmp/a', content: '', owner: 'a\0b' }),
  ]) {
    assert.throws(make, { name: 'RangeError', message: 'a shell word cannot hold a NUL byte' })
  }
})
