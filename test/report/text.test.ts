import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clock, duration } from '../../src/report/duration.ts'
import { visible, visibleAll } from '../../src/report/text.ts'
import { displayWidth, fit, spread, truncate, truncateStart, wrap } from '../../src/report/width.ts'
import { fc } from '../properties.ts'

test('control characters become visible, newlines and tabs stay', () => {
  assert.equal(visible('\x1b[31mred\x1b]0;title\x07\r\n\tend\x7f'), '␛[31mred␛]0;title␇␍\n\tend␡')
})

test('what a terminal reads as a control without ESC, or what reorders text, becomes visible too', () => {
  assert.equal(visible('\u009b31m a\u202eb \u200b \ufeff \ud800'), '<U+009B>31m a<U+202E>b <U+200B> <U+FEFF> <U+D800>')
})

test('no text at all keeps a character that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const shown = visible(text)
      assert.doesNotMatch(shown.replace(/[\n\t]/g, ''), /[\p{Cc}\p{Bidi_Control}\p{Cs}]/u)
      assert.equal(visible(shown), shown)
    }),
  )
})

test('plain data is made visible at every depth, keys included', () => {
  const data = { a: ['\x1b', { 'k\x1b': '\r', n: 1, t: true, u: undefined }] }
  assert.deepEqual(visibleAll(data), { a: ['␛', { 'k␛': '␍', n: 1, t: true, u: undefined }] })
})

test('width counts columns, not characters', () => {
  assert.equal(displayWidth('mx1'), 3)
  assert.equal(displayWidth('証明書'), 6)
  assert.equal(displayWidth('e\u0301'), 1)
  assert.equal(displayWidth('🎉'), 2)
  assert.equal(displayWidth('━╸─ ‹é›'), 7)
})

test('cutting keeps within the columns and says that something is missing', () => {
  assert.equal(truncate('Certificate for example.org', 12), 'Certificate…')
  assert.equal(truncate('証明書を取得', 6), '証明…')
  assert.equal(truncate('short', 5), 'short')
  assert.equal(truncate('word', 0), '')
  assert.equal(truncateStart('/home/me/tasks/sysctl.yaml:2', 16), '…s/sysctl.yaml:2')
  assert.equal(fit('証明書', 4), '証… ')
})

test('any text cut and filled takes exactly the columns that it was given', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map(visible)
  fc.assert(fc.property(text, fc.nat(50), (value, columns) => assert.equal(displayWidth(fit(value, columns)), columns)))
})

test('text is wrapped between words; what two blanks set off gets a line of its own', () => {
  assert.deepEqual(wrap('  one two  three', 15), ['  one two', '  three'])
  assert.deepEqual(wrap('a  b stays as it is', 19), ['a  b stays as it is'])
  assert.deepEqual(wrap('see /etc/chasquid/domains/alpha.test there', 12), [
    'see',
    '/etc/chasquid/domains/alpha.test',
    'there',
  ])
  assert.deepEqual(wrap('', 12), [''])
  assert.deepEqual(wrap('  ', 1), [''])
})

test('wrapped text keeps all its words, and a line is too long only where a single word is', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }).map(visible)).map((words) => words.join(' '))
  const words = (value: string): string[] => value.split(' ').filter((word) => word !== '')
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 30 }), (value, columns) => {
      const lines = wrap(value, columns)
      assert.deepEqual(words(lines.join(' ')), words(value))
      for (const line of lines) assert.ok(displayWidth(line) <= columns || words(line).length === 1)
    }),
  )
})

test('two texts stand at both ends, and never touch', () => {
  assert.equal(spread('left', 'right', 12), 'left   right')
  assert.equal(spread('left', 'right', 5), 'left  right')
  assert.equal(spread('left', '', 12), 'left')
})

test('durations are as long as people need them', () => {
  const shown = [0, 12.4, 812, 3204, 6000, 9960, 41_300, 125_000, 3_720_000].map(duration)
  assert.deepEqual(shown, ['0 ms', '12 ms', '0.8 s', '3.2 s', '6 s', '10 s', '41 s', '2 min 5 s', '1 h 2 min'])
  assert.deepEqual([900, 41_000, 3_723_000].map(clock), ['0:00', '0:41', '1:02:03'])
})
