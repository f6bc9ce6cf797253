import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalValue, fullName, parseRecords } from '../../src/mail/dns-record.ts'

describe('names', () => {
  it('are full, whichever way they are written', () => {
    assert.equal(fullName('@', 'Example.org'), 'example.org.')
    assert.equal(fullName('mail', 'example.org.'), 'mail.example.org.')
    assert.equal(fullName('Mail.Example.org', 'example.org'), 'mail.example.org.')
    assert.equal(fullName('other.test.', 'example.org'), 'other.test.')
    assert.equal(fullName('notexample.org', 'example.org'), 'notexample.org.example.org.')
  })
})

describe('values', () => {
  const canonical = (type: Parameters<typeof canonicalValue>[0], value: string) =>
    canonicalValue(type, value, 'example.org')

  it('are equal where servers print them differently', () => {
    assert.equal(canonical('AAAA', '2001:DB8:0:0::25'), '2001:db8::25')
    assert.equal(canonical('MX', '010  SMTP'), '10 smtp.example.org.')
    assert.equal(canonical('MX', '0 .'), '0 .')
    assert.equal(canonical('CNAME', 'Target.Test'), 'target.test.')
    assert.equal(canonical('SRV', '0 1 465 smtp.example.org'), '0 1 465 smtp.example.org.')
    assert.equal(canonical('CAA', '0 ISSUE letsencrypt.org'), '0 issue "letsencrypt.org"')
    assert.equal(canonical('TLSA', '3 1 1 AABB CCDD'), '3 1 1 aabbccdd')
    assert.equal(canonical('TXT', '  as it is '), '  as it is ')
  })

  it('are refused where they are none of their type', () => {
    for (const [type, value] of [
      ['A', '2001:db8::1'],
      ['AAAA', '198.51.100.1'],
      ['MX', 'smtp.example.org'],
      ['SRV', '0 465 smtp'],
      ['CAA', 'letsencrypt.org'],
      ['TLSA', '3 1 1 xyz'],
    ] as const) {
      assert.throws(() => canonical(type, value), { name: 'RangeError', message: new RegExp(`"${value}" is no`) })
    }
  })
})

describe('answers', () => {
  it('are read line by line, and what is not understood is left out', () => {
    const answer =
      'flags qr aa\nstatus NOERROR\nExample.org.\t300\tIN\tTXT\t"a" "b"\nexample.org. 60 IN SOA x y 1 2 3 4 5\n'
    assert.deepEqual(parseRecords(answer, 'example.org'), [
      { name: 'example.org.', type: 'TXT', ttl: 300, value: 'ab' },
    ])
  })
})
