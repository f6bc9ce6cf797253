import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readTlsRpt } from '../../src/mail/tls-rpt.ts'

describe('the record for reports about TLS', () => {
  it('names whom reports go to', () => {
    assert.deepEqual(readTlsRpt(['v=TLSRPTv1;rua=mailto:a@example.org, https://example.net/tls; x=y', 'other']), {
      rua: ['mailto:a@example.org', 'https://example.net/tls'],
    })
  })

  it('may be missing', () => {
    assert.equal(readTlsRpt(['v=spf1 -all']), undefined)
    assert.equal(readTlsRpt([]), undefined)
  })

  const mistakes: readonly [values: readonly string[], mistake: RegExp][] = [
    [['v=TLSRPTv1; rua=mailto:a@b.test', 'v=TLSRPTv1; rua=mailto:a@b.test'], /there are 2 records/],
    [['v=TLSRPTv2; rua=mailto:a@b.test'], /begins with v=TLSRPTv2/],
    [['v=TLSRPTv1'], /no rua/],
    [['v=TLSRPTv1; rua=a@b.test'], /"a@b\.test" is neither/],
    [['v=TLSRPTv1; rua=http://b.test/'], /is neither/],
  ]
  for (const [values, mistake] of mistakes) {
    it(`${values.join(', ')}: ${mistake.source}`, () => {
      const read = readTlsRpt(values)
      assert.match(read && 'mistake' in read ? read.mistake : '', mistake)
    })
  }
})
