import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CapturedOutput } from '../../src/host/output.ts'

test('characters that are cut between chunks arrive whole', () => {
  const output = new CapturedOutput()
  const bytes = Buffer.from('zwölf €')
  const text = [...bytes].map((byte) => output.push(Buffer.from([byte]))).join('')
  assert.equal(text, 'zwölf €')
  assert.equal(output.text(), 'zwölf €')
})

test('bytes that are no UTF-8 become replacement characters', () => {
  const output = new CapturedOutput()
  assert.equal(output.push(Buffer.from([0x61, 0xff, 0x62, 0xc3])) + output.end(), 'a\ufffdb\ufffd')
})

test('of a long output the beginning and the end are kept', () => {
  const output = new CapturedOutput()
  const half = 512 * 1024
  output.push(Buffer.alloc(half, 'a'))
  for (let i = 0; i < 100; i++) output.push(Buffer.alloc(100_000, 'b'))
  output.push(Buffer.alloc(half, 'c'))
  const text = output.text()
  assert.equal(text.slice(0, half), 'a'.repeat(half))
  assert.equal(text.slice(-half), 'c'.repeat(half))
  assert.match(text.slice(half, -half), /^\n… 10000000 bytes left out …\n$/)
})
