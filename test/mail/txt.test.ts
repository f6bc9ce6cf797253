import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTxt, parseTxt, versionTag } from '../../src/mail/txt.ts'
import { fc } from '../properties.ts'

describe('TXT values', () => {
  it('come back as they went, in strings of 255 bytes at most', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 900 }), (value) => {
        const text = formatTxt(value)
        assert.match(text, /^"[\x20-\x7e]*"( "[\x20-\x7e]*")*$/)
        assert.equal(parseTxt(text), value)
      }),
    )
  })

  it('are split where a string is full', () => {
    assert.equal(formatTxt('a'.repeat(256)), `"${'a'.repeat(255)}" "a"`)
    assert.equal(formatTxt(''), '""')
  })

  it('are read as servers print them', () => {
    assert.equal(parseTxt('"v=DKIM1; " "p=AB\\;\\"\\195\\188"'), 'v=DKIM1; p=AB;"ü')
    assert.equal(parseTxt('bare'), 'bare')
  })

  it('say what they are about', () => {
    assert.equal(versionTag('v=spf1 -all'), 'spf1')
    assert.equal(versionTag(' v = DKIM1; k=rsa'), 'dkim1')
    assert.equal(versionTag('google-site-verification=v=1'), undefined)
  })
})
