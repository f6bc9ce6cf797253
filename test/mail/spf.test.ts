import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mergeSpf, sameSpf } from '../../src/mail/spf.ts'

describe('SPF', () => {
  it('merges two records into one that allows both', () => {
    assert.equal(mergeSpf('v=spf1 mx -all', ['v=spf1 include:other.test ~all']), 'v=spf1 include:other.test mx -all')
  })

  it('repairs a domain that has two', () => {
    assert.equal(mergeSpf('v=spf1 mx ~all', ['v=spf1 a -all', 'v=spf1 +MX ?all']), 'v=spf1 a +MX ~all')
  })

  it('keeps a redirect as an include, which "all" does not hide', () => {
    assert.equal(
      mergeSpf('v=spf1 mx -all', ['v=spf1 redirect=_spf.other.test']),
      'v=spf1 include:_spf.other.test mx -all',
    )
    assert.equal(mergeSpf('v=spf1 mx', ['v=spf1 redirect=_spf.other.test']), 'v=spf1 redirect=_spf.other.test mx')
  })

  it('changes nothing the second time', () => {
    const once = mergeSpf('v=spf1 mx ip4:198.51.100.1 ~all', ['v=spf1 a include:x.test -all'])
    assert.equal(mergeSpf('v=spf1 mx ip4:198.51.100.1 ~all', [once]), once)
  })

  it('loses terms that have become wrong', () => {
    const present = ['v=spf1 IP4:198.51.100.9 a -all']
    assert.equal(mergeSpf('v=spf1 mx ~all', present, ['ip4:198.51.100.9']), 'v=spf1 a mx ~all')
  })

  it('allows nobody where that is wanted', () => {
    assert.equal(mergeSpf('v=spf1 -all', ['v=spf1 include:other.test ~all']), 'v=spf1 -all')
  })

  it('is the same in other letters and spacing', () => {
    assert.equal(sameSpf('v=spf1  +mx -ALL', 'v=spf1 MX -all'), true)
    assert.equal(sameSpf('v=spf1 mx -all', 'v=spf1 mx ~all'), false)
  })
})
