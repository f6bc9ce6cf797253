import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatValue, parseString } from '../../src/mail/text-proto.ts'
import { fc } from '../properties.ts'

describe('strings of the text format', () => {
  it('come back as they went, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = formatValue(Buffer.from(bytes))
        assert.match(text, /^"[\x20-\x7e]*"$/)
        assert.deepEqual(parseString(text), Buffer.from(bytes))
      }),
    )
  })

  it('are read in every way that other writers escape them', () => {
    assert.deepEqual(
      parseString(String.raw`"\x41\x4a\1\101\n\t\"\'\\\u00e9\U0001F4ECé"`),
      Buffer.from('AJ\x01A\n\t"\'\\é📬é', 'utf8'),
    )
  })

  it('are told from what is no string', () => {
    for (const text of ['', '14', '"', '"a', 'a"', '"a"b"']) assert.equal(parseString(text), undefined)
  })

  it('stand beside numbers and booleans', () => {
    assert.equal(formatValue(50), '50')
    assert.equal(formatValue(true), 'true')
  })
})
