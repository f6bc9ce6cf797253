import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffLines } from '../../src/report/diff.ts'
import { createStyle } from '../../src/report/style.ts'
import { cpuTime } from '../cpu-time.ts'

const plain = createStyle(false)
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

test('two equal lines stand around what differs, and a mark between distant places', () => {
  const before = numbers(1, 20)
  const after = before.with(3, 'four').with(16, 'seventeen')
  assert.deepEqual(diffLines(text(before), text(after), plain), [
    ' 2',
    ' 3',
    '-4',
    '+four',
    ' 5',
    ' 6',
    '⋯ line 15',
    ' 15',
    ' 16',
    '-17',
    '+seventeen',
    ' 18',
    ' 19',
  ])
})

test('a missing newline at the end is said', () => {
  assert.deepEqual(diffLines('a\nb', 'a\nb\n', plain), [' a', '-b', '\\ no newline at end of file', '+b'])
})

test('lines that differ in what cannot be seen are told apart', () => {
  assert.deepEqual(diffLines('a\r\nb\n', 'a\nb \t\n', plain), ['-a␍', '-b', '+a', '+b·␉'])
})

test('a file cannot send escape sequences to the terminal', () => {
  assert.deepEqual(diffLines('\x1b[2Jx\n', '\u009b2Jy\n', plain), ['-␛[2Jx', '+<U+009B>2Jy'])
})

test('a long diff is cut, and all of it shown when asked for', () => {
  const cut = diffLines('', text(numbers(1, 180)), plain)
  assert.equal(cut.length, 61)
  assert.deepEqual(cut.slice(59), ['+60', '… 120 more lines (-vv shows them)'])
  assert.equal(diffLines('', text(numbers(1, 61)), plain).at(-1), '… 1 more line (-vv shows them)')
  assert.equal(diffLines('', text(numbers(1, 180)), plain, true).length, 180)
})

test('a very long line is cut, and whole when asked for', () => {
  const [line] = diffLines('', `${'x'.repeat(10_000)}\n`, plain)
  assert.equal(line, `+${'x'.repeat(399)}… 9601 more characters`)
  assert.equal(diffLines('', `${'x'.repeat(10_000)}\n`, plain, true)[0]?.length, 10_001)
})

test('two texts with nothing in common are not compared for minutes', () => {
  const before = text(numbers(1, 20_000))
  const after = text(numbers(30_001, 50_000))
  const began = cpuTime()
  assert.deepEqual(diffLines(before, after, plain), ['… 20000 lines replaced by 20000 (-vv shows them)'])
  assert.equal(diffLines(before, after, plain, true).length, 40_000)
  assert.ok(cpuTime() - began < 20_000)
})

test('colour is an addition: red for what goes, green for what comes', () => {
  assert.deepEqual(diffLines('a\n', 'b\n', createStyle(true)), ['\x1b[31m-a\x1b[39m', '\x1b[32m+b\x1b[39m'])
})
