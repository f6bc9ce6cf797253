import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inNetwork, parseIp, unmapIp } from '../../src/mail/ip-address.ts'
import { isSpfRecord, parseSpf } from '../../src/mail/spf-record.ts'
import { fc } from '../properties.ts'

describe('SPF records', () => {
  it('are told from other texts by their version', () => {
    for (const text of ['v=spf1', 'v=spf1 -all', 'V=SPF1 ', 'v=spf1  mx']) assert.equal(isSpfRecord(text), true, text)
    for (const text of ['v=spf10 -all', 'v=spf1mx', ' v=spf1', 'spf2.0/pra', 'v=spf1\tmx']) {
      assert.equal(isSpfRecord(text), false, text)
    }
  })

  it('consist of directives in their order, redirect, exp and what nobody knows', () => {
    const record = parseSpf('v=spf1 mx  -IP4:198.51.100.0/24 x-new=%{d} redirect=_spf.%{d} exp=why.example.org ')
    assert.deepEqual(
      record.directives.map(({ text, position, qualifier, mechanism }) => [text, position, qualifier, mechanism]),
      [
        ['mx', 8, '+', 'mx'],
        ['-IP4:198.51.100.0/24', 12, '-', 'ip4'],
      ],
    )
    assert.equal(record.redirect?.value, '_spf.%{d}')
    assert.equal(record.exp?.value, 'why.example.org')
    assert.deepEqual(
      record.unknownModifiers.map(({ name, value }) => [name, value]),
      [['x-new', '%{d}']],
    )
    assert.deepEqual(record.problems, [])
  })

  const prefixes: [term: string, domainSpec: string | undefined, ip4: number, ip6: number][] = [
    ['a', undefined, 32, 128],
    ['a/24', undefined, 24, 128],
    ['a//64', undefined, 32, 64],
    ['a/0//0', undefined, 0, 0],
    ['mx:example.org/24//64', 'example.org', 24, 64],
    ['a:foo:bar/baz.example.org', 'foo:bar/baz.example.org', 32, 128],
    ['a:%{l1r+/}.example.org/24', '%{l1r+/}.example.org', 24, 128],
    ['a:%{d}', '%{d}', 32, 128],
    ['a:example.org.', 'example.org.', 32, 128],
    ['a:example.xn--zckzah', 'example.xn--zckzah', 32, 128],
  ]
  for (const [term, domainSpec, ip4, ip6] of prefixes) {
    it(`understand ${term}`, () => {
      const { directives, problems } = parseSpf(`v=spf1 ${term}`)
      assert.deepEqual(problems, [])
      assert.equal(directives[0]?.domainSpec, domainSpec)
      assert.deepEqual(directives[0]?.prefix, { 4: ip4, 6: ip6 })
    })
  }

  const wrong: [term: string, reason: RegExp][] = [
    ['al', /no mechanism "al"; did you mean "all"/],
    ['ipv4:198.51.100.1', /no mechanism "ipv4"; did you mean "ip4"/],
    ['redirect:example.org', /"redirect" takes "=", not ":"/],
    ['-', /no mechanism ""/],
    ['1x=y', /no mechanism "1x=y"/],
    ['-redirect=example.org', /no mechanism/],
    ['all:example.org', /"all" takes nothing/],
    ['include', /include:DOMAIN/],
    ['include:', /a domain is missing/],
    ['include:example.org/24', /does not end in a dot and a top-level label/],
    ['a:localhost', /does not end in a dot and a top-level label/],
    ['a:example.123', /does not end/],
    ['a:example.-org', /does not end/],
    ['a:example.org:8080', /does not end/],
    ['a:198.51.100.1', /is an address, no domain: write ip4:198\.51\.100\.1/],
    ['a:2001:db8::1', /write ip6:2001:db8::1/],
    ['a/33', /"\/33" is no prefix length of IPv4/],
    ['mx//129', /"\/129" is no prefix length of IPv6/],
    ['a/024', /"\/024" is no prefix length/],
    ['a/24/64', /\/24\/\/64/],
    ['ptr/24', /"ptr" takes no prefix length/],
    ['ip4', /ip4:ADDRESS/],
    ['ip4:198.51.100', /no IPv4 address/],
    ['ip4:198.51.100.01', /no IPv4 address/],
    ['ip4:198.51.100.1:25', /no IPv4 address/],
    ['ip4:198.51.100.1//32', /"\/\/32" is no prefix length/],
    ['ip4:2001:db8::1', /an IPv6 address: write ip6:/],
    ['ip6:198.51.100.1', /an IPv4 address: write ip4:/],
    ['ip6:2001:db8::1/129', /no prefix length of IPv6/],
    ['exists:%{c}.example.org', /"%\{c\}": the letter "c" is for explanations only/],
    ['exists:%{y}.example.org', /no macro letter "y"/],
    ['exists:%{d0}.example.org', /"%\{d0\}" keeps 0 parts/],
    ['exists:%(d).example.org', /"%\(d\)" is no macro/],
    ['redirect=', /a domain is missing/],
    ['exp=-all', /does not end/],
    ['other=%x', /"%x" is no macro/],
    ['a:ex\u00e4mple.org', /U\+00E4 is not allowed/],
    ['a\tmx', /U\+0009 is not allowed/],
  ]
  for (const [term, reason] of wrong) {
    it(`refuse ${JSON.stringify(term)}`, () => {
      const { problems } = parseSpf(`v=spf1 ip4:198.51.100.1 ${term} -all`)
      assert.equal(problems.length, 1)
      assert.match(problems[0]!.reason, reason)
      assert.deepEqual([problems[0]!.text, problems[0]!.position], [term, 25])
    })
  }

  it('have one redirect and one exp at most', () => {
    const { problems } = parseSpf('v=spf1 redirect=a.test exp=b.test redirect=a.test exp=c.test')
    assert.deepEqual(
      problems.map(({ text, position, reason }) => [text, position, reason]),
      [
        ['redirect=a.test', 35, 'there is more than one "redirect="'],
        ['exp=c.test', 51, 'there is more than one "exp="'],
      ],
    )
  })
})

describe('addresses', () => {
  it('are the same however they are written', () => {
    for (const written of ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:db8:0::0:1', '2001:db8::0.0.0.1']) {
      assert.deepEqual(parseIp(written), { family: 6, bits: (0x20010db8n << 96n) | 1n, text: '2001:db8::1' }, written)
    }
    for (const wrong of ['', '1.2.3', '256.1.1.1', ':::', '2001:db8::1%eth0', '1::2::3', 'example.org', '::1]/x']) {
      assert.equal(parseIp(wrong), undefined, wrong)
    }
  })

  it('of IPv4 stay such within IPv6', () => {
    assert.deepEqual(unmapIp(parseIp('::ffff:198.51.100.1')!), parseIp('198.51.100.1'))
    assert.deepEqual(unmapIp(parseIp('::198.51.100.1')!), parseIp('::198.51.100.1'))
  })

  it('belong to a network exactly where the first bits are equal', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (a, b, prefix) => {
        const binary = (address: string) =>
          address
            .split('.')
            .map((octet) => Number(octet).toString(2).padStart(8, '0'))
            .join('')
            .slice(0, prefix)
        assert.equal(inNetwork(parseIp(a)!, parseIp(b)!, prefix), binary(a) === binary(b))
      }),
    )
    assert.equal(inNetwork(parseIp('2001:db8::1')!, parseIp('2001:db8:0:0:ffff::')!, 64), true)
    assert.equal(inNetwork(parseIp('2001:db8::1')!, parseIp('2001:db8:0:1::')!, 64), false)
    assert.equal(inNetwork(parseIp('198.51.100.1')!, parseIp('::')!, 0), false)
  })
})
