import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatMtaStsPolicy, formatMtaStsRecord } from '../../src/mail/mta-sts.ts'

describe('MTA-STS', () => {
  it('has a policy whatever the order of hosts', () => {
    const policy = formatMtaStsPolicy({
      mode: 'testing',
      mx: ['smtp2.example.org.', 'SMTP1.example.org'],
      maxAge: 86_400,
    })
    assert.equal(
      policy,
      'version: STSv1\r\nmode: testing\r\nmx: smtp1.example.org\r\nmx: smtp2.example.org\r\nmax_age: 86400\r\n',
    )
  })

  it('has another id for another policy, and the same for the same', () => {
    const of = (mode: 'testing' | 'enforce', mx: readonly string[]) => formatMtaStsRecord({ mode, mx })
    assert.match(of('testing', ['a.test']), /^v=STSv1; id=[0-9a-f]{20}$/)
    assert.equal(of('testing', ['a.test', 'b.test']), of('testing', ['b.test.', 'A.test']))
    assert.equal(
      new Set([of('testing', ['a.test']), of('enforce', ['a.test']), of('testing', ['a.test', 'b.test'])]).size,
      3,
    )
  })
})
