import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DnsRecord, RecordType } from '../../src/mail/dns-record.ts'
import { difference, removal, type WantedRrset } from '../../src/mail/rrset.ts'

const name = 'example.org.'
const wanted = (type: RecordType, values: string[], exact = false): WantedRrset => ({
  name,
  type,
  ttl: 300,
  values,
  exact,
})
const present = (type: RecordType, ...values: string[]): DnsRecord[] =>
  values.map((value) => ({ name, type, ttl: 300, value }))
const nothing = { remove: [], add: [] }

describe('what to publish', () => {
  it('is nothing where all is there, beside others', () => {
    assert.deepEqual(difference(wanted('MX', ['10 a.']), present('MX', '20 b.', '10 a.')), nothing)
    assert.deepEqual(difference(wanted('TXT', ['v=spf1 mx -all']), present('TXT', 'other', 'v=spf1  MX -all')), nothing)
  })

  it('replaces everything else where the set is ours alone', () => {
    assert.deepEqual(difference(wanted('A', ['198.51.100.1'], true), present('A', '198.51.100.2')), {
      remove: ['198.51.100.2'],
      add: ['198.51.100.1'],
    })
  })

  it('replaces only the text of the same kind', () => {
    const now = present('TXT', 'v=DMARC1; p=none', 'site-verification=1')
    assert.deepEqual(difference(wanted('TXT', ['v=DMARC1; p=reject']), now), {
      remove: ['v=DMARC1; p=none'],
      add: ['v=DMARC1; p=reject'],
    })
  })

  it('renews a whole set when its lifetime changes', () => {
    const old = present('A', '198.51.100.1').map((record) => ({ ...record, ttl: 60 }))
    assert.deepEqual(difference(wanted('A', ['198.51.100.1'], true), old), {
      remove: ['198.51.100.1'],
      add: ['198.51.100.1'],
    })
  })

  it('is nothing where others are, and it yields to them', () => {
    const mx = { ...wanted('MX', ['10 a.', '20 b.']), yields: true }
    assert.deepEqual(difference(mx, present('MX', '5 other.')), nothing)
    assert.deepEqual(difference(mx, present('MX', '10 a.', '5 other.')), nothing)
    assert.deepEqual(difference(mx, present('MX', '5 a.')), { remove: ['5 a.'], add: ['10 a.', '20 b.'] })
    assert.deepEqual(difference(mx, []), { remove: [], add: ['10 a.', '20 b.'] })
  })

  it('takes the place of a null MX, which is nobody', () => {
    const mx = { ...wanted('MX', ['10 a.']), yields: true }
    assert.deepEqual(difference(mx, present('MX', '0 .')), { remove: ['0 .'], add: ['10 a.'] })
  })

  it('takes the place of what is ours, and yields to others all the same', () => {
    const mx = { ...wanted('MX', ['0 .']), yields: true, stale: ['10 a.'] }
    assert.deepEqual(difference(mx, present('MX', '20 a.')), { remove: ['20 a.'], add: ['0 .'] })
    assert.deepEqual(difference(mx, present('MX', '10 a.', '5 other.')), nothing)
    assert.deepEqual(difference(mx, present('MX', '0 .')), nothing)
  })

  it('looks at no other name and type', () => {
    assert.deepEqual(difference(wanted('A', [], true), present('AAAA', '::1')), nothing)
  })
})

describe('what to remove', () => {
  it('is what was named, or all where nothing was', () => {
    const now = present('TXT', 'v=spf1 -all', 'other')
    assert.deepEqual(removal(wanted('TXT', ['v=spf1 mx']), now).remove, ['v=spf1 -all'])
    assert.deepEqual(removal(wanted('TXT', []), now).remove, ['v=spf1 -all', 'other'])
    assert.deepEqual(removal(wanted('MX', ['10 a.']), present('MX', '20 b.')), nothing)
  })
})
