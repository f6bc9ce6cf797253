import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { caaDomain, caaValues } from '../../src/mail/caa.ts'

describe('CAA', () => {
  it('knows authorities by the address of their directory', () => {
    assert.equal(caaDomain('https://acme-v02.api.letsencrypt.org/directory'), 'letsencrypt.org')
    assert.equal(caaDomain('https://acme.zerossl.com/v2/DV90'), 'sectigo.com')
    assert.equal(caaDomain('https://ca.example/directory'), undefined)
  })

  it('lets one account issue, wildcards too', () => {
    assert.deepEqual(caaValues('ca.example', 'https://ca.example/acct/1'), [
      '0 issue "ca.example; accounturi=https://ca.example/acct/1"',
      '0 issuewild "ca.example; accounturi=https://ca.example/acct/1"',
    ])
  })
})
