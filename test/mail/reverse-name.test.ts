import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reversedAddress, reverseName } from '../../src/mail/reverse-name.ts'
import { fc } from '../properties.ts'

describe('reverse names', () => {
  it('turn the octets of an IPv4 address round', () => {
    assert.equal(reverseName('198.51.100.11'), '11.100.51.198.in-addr.arpa.')
  })

  it('turn the nibbles of an IPv6 address round, however it is written', () => {
    const wanted = '1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.6.0.0.8.b.d.0.1.0.0.2.ip6.arpa.'
    for (const written of ['2001:db8:64::11', '2001:0DB8:0064:0:0:0:0:0011']) assert.equal(reverseName(written), wanted)
    assert.equal(reverseName('::'), `${'0.'.repeat(32)}ip6.arpa.`)
    assert.match(reverseName('::ffff:198.51.100.11'), /^b\.0\.4\.6\.3\.3\.6\.c\.f\.f\.f\.f\.0\./)
  })

  it('give every address its own 32 nibbles', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const nibbles = reversedAddress(address).split('.').reverse().join('')
        const written = nibbles.match(/.{4}/g)!.join(':')
        assert.equal(nibbles.length, 32)
        assert.equal(reversedAddress(written), reversedAddress(address))
        assert.equal(new URL(`http://[${written}]`).host, new URL(`http://[${address}]`).host)
      }),
    )
  })

  it('are refused to what is no address', () => {
    for (const wrong of ['', '198.51.100', '198.51.100.256', '2001:db8', 'example.org', 'fe80::1%eth0']) {
      assert.throws(() => reverseName(wrong), { name: 'RangeError', message: `"${wrong}" is no IP address` }, wrong)
    }
  })
})
