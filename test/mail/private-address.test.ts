import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isPrivateAddress } from '../../src/mail/private-address.ts'

const cases: Readonly<Record<string, boolean>> = {
  '10.1.2.3': true,
  '100.64.0.1': true,
  '100.128.0.1': false,
  '172.15.0.1': false,
  '172.31.255.255': true,
  '192.168.0.1': true,
  '198.51.100.1': false,
  '::1': true,
  'fd00::1': true,
  'fe80::1': true,
  '2001:db8::1': false,
  nonsense: false,
}

for (const [address, isPrivate] of Object.entries(cases)) {
  it(`${address} is ${isPrivate ? 'of use in a private network only' : 'not private'}`, () => {
    assert.equal(isPrivateAddress(address), isPrivate)
  })
}
