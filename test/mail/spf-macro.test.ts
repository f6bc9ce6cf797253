import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseIp } from '../../src/mail/ip-address.ts'
import { expandDomain, expandMacros, macroLetters, macroProblem } from '../../src/mail/spf-macro.ts'
import { macroValues, SPF_LIMITS, type SpfCheck } from '../../src/mail/spf-mechanisms.ts'
import { zone } from './zone.ts'

// The message of RFC 7208 section 7.4.
const valuesOf = (ip: string, localPart = 'strong-bad', validated: string[] = []) => {
  const senderDomain = 'email.example.com'
  const check = { ip: parseIp(ip)!, localPart, senderDomain, helo: 'mx.example.org', client: zone('') }
  const whole: SpfCheck = { ...check, limits: SPF_LIMITS, lookups: 0, voids: 0 }
  return macroValues(whole, senderDomain, validated)
}
const ipv4 = valuesOf('192.0.2.3')
const ipv6 = valuesOf('2001:db8::cb01')

describe('SPF macros', () => {
  const table: [macro: string, expansion: string][] = [
    ['%{s}', 'strong-bad@email.example.com'],
    ['%{o}', 'email.example.com'],
    ['%{d}', 'email.example.com'],
    ['%{d4}', 'email.example.com'],
    ['%{d3}', 'email.example.com'],
    ['%{d2}', 'example.com'],
    ['%{d1}', 'com'],
    ['%{dr}', 'com.example.email'],
    ['%{d2r}', 'example.email'],
    ['%{l}', 'strong-bad'],
    ['%{l-}', 'strong.bad'],
    ['%{lr}', 'strong-bad'],
    ['%{lr-}', 'bad.strong'],
    ['%{l1r-}', 'strong'],
    ['%{ir}.%{v}._spf.%{d2}', '3.2.0.192.in-addr._spf.example.com'],
    ['%{lr-}.lp._spf.%{d2}', 'bad.strong.lp._spf.example.com'],
    ['%{lr-}.lp.%{ir}.%{v}._spf.%{d2}', 'bad.strong.lp.3.2.0.192.in-addr._spf.example.com'],
    ['%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}', '3.2.0.192.in-addr.strong.lp._spf.example.com'],
    ['%{d2}.trusted-domains.example.net', 'example.com.trusted-domains.example.net'],
  ]
  for (const [macro, expansion] of table) {
    it(`${macro} is ${expansion}`, () => {
      assert.equal(macroProblem(macro, 'record'), undefined)
      assert.equal(expandMacros(macro, ipv4), expansion)
    })
  }

  it('write an IPv6 address as nibbles in a name and as usual in a text', () => {
    const nibbles = '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'
    assert.equal(expandMacros('%{ir}.%{v}._spf.%{d2}', ipv6), `${nibbles}.ip6._spf.example.com`)
    assert.equal(expandMacros('%{c}', ipv6), '2001:db8::cb01')
  })

  it('know letters in either case, several delimiters and signs', () => {
    const values = valuesOf('192.0.2.3', 'foo-bar+zip=quux')
    assert.equal(expandMacros('%{L4R-+=}.%{D1}', values), 'quux.zip.bar.foo.com')
    assert.equal(expandMacros('%{l99}%%%_%-', values), 'foo-bar+zip=quux% %20')
    assert.equal(expandMacros('%{h}|%{r}', values), 'mx.example.org|unknown')
  })

  it('escape for URLs where the letter is a capital', () => {
    const values = valuesOf('192.0.2.3', "~jack&jill=up-a_b3.c!'(*)ä")
    assert.equal(expandMacros('%{L}', values), '~jack%26jill%3Dup-a_b3.c%21%27%28%2A%29%C3%A4')
    assert.equal(expandMacros('%{l}', values), "~jack&jill=up-a_b3.c!'(*)ä")
  })

  it('take the validated name that is nearest to the domain', () => {
    const p = (...names: string[]) => expandMacros('%{p}', valuesOf('192.0.2.3', 'x', names))
    assert.equal(p(), 'unknown')
    assert.equal(p('a.test', 'mx.email.example.com'), 'mx.email.example.com')
    assert.equal(p('a.test', 'mx.email.example.com', 'Email.example.com'), 'Email.example.com')
    assert.equal(p('a.test', 'notemail.example.com'), 'a.test')
  })

  it('let a name lose its first labels where it is too long', () => {
    const label = 'a'.repeat(60)
    const values = { ...ipv4, l: Array(5).fill(label).join('.') }
    assert.equal(expandDomain('%{l}.example.org.', values), `${Array(3).fill(label).join('.')}.example.org`)
  })

  it('are found without being expanded', () => {
    assert.deepEqual([...macroLetters('%%{x}.%{P1r-}.%{d}.%_')], ['p', 'd'])
  })

  it('c, r and t are for explanations only', () => {
    for (const macro of ['%{c}', '%{R}', '%{t}']) {
      assert.match(macroProblem(macro, 'record') ?? '', /explanations only/)
      assert.equal(macroProblem(`see ${macro}`, 'explanation'), undefined)
    }
    assert.match(macroProblem('100%', 'explanation') ?? '', /"%" is no macro/)
    assert.match(macroProblem('%{d', 'explanation') ?? '', /"%\{d" is no macro/)
    assert.match(macroProblem('%{d2x}', 'explanation') ?? '', /is no macro/)
  })
})
