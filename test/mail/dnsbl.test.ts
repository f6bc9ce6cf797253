import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DnsAnswer } from '../../src/mail/dns-answer.ts'
import { dnsblName, judgeDnsbl } from '../../src/mail/dnsbl.ts'

const zen = '11.100.51.198.zen.spamhaus.org.'

describe('the name to ask a blocklist for', () => {
  it('has the labels of an address in reverse, those of a domain as they are', () => {
    assert.equal(dnsblName('198.51.100.11', 'zen.spamhaus.org'), zen)
    assert.equal(
      dnsblName('2001:db8:64::11', 'ZEN.spamhaus.org.'),
      '1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.6.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org.',
    )
    assert.equal(dnsblName('Example.org.', 'dbl.spamhaus.org'), 'example.org.dbl.spamhaus.org.')
  })
})

describe('the answer of a blocklist', () => {
  it('is no verdict where the list or the resolver refuses one', () => {
    const cases: readonly [codes: readonly string[], why: RegExp][] = [
      [['127.255.255.252'], /^the name of the list is written wrong \(127\.255\.255\.252\)$/],
      [['127.255.255.254'], /no public resolver/],
      [['127.255.255.255'], /too many questions/],
      [['127.255.255.250'], /^the list refuses to answer \(127\.255\.255\.250\)$/],
      [['127.0.1.255'], /about domains, not about addresses/],
      [['127.0.0.1'], /^the list refuses to answer \(127\.0\.0\.1\)$/],
      [['203.0.113.5'], /^203\.0\.113\.5 is no answer of a list/],
      // One of several is enough: the others then come from the same liar.
      [['127.0.0.2', '203.0.113.5'], /no answer of a list/],
    ]
    for (const [codes, why] of cases) {
      const judgement = judgeDnsbl(found(zen, codes))
      assert.equal(judgement.verdict, 'unknown', codes.join())
      assert.match(judgement.why, why)
    }
    const failed = judgeDnsbl({ ...found(zen, []), status: 'failed', error: '192.0.2.1 answers SERVFAIL' })
    assert.deepEqual(failed, { verdict: 'unknown', why: '192.0.2.1 answers SERVFAIL' })
  })

  it('is clear where the name has no address', () => {
    for (const status of ['no name', 'no data'] as const) {
      assert.equal(judgeDnsbl({ ...found(zen, []), status }).verdict, 'clear')
    }
  })

  it('says which list of Spamhaus it is', () => {
    const cases: readonly [code: string, list: string][] = [
      ['127.0.0.2', 'SBL'],
      ['127.0.0.3', 'CSS'],
      ['127.0.0.4', 'XBL'],
      ['127.0.0.7', 'XBL'],
      ['127.0.0.9', 'DROP'],
      ['127.0.0.10', 'PBL'],
      ['127.0.0.11', 'PBL'],
      ['127.0.1.2', 'DBL'],
      ['127.0.1.106', 'DBL'],
    ]
    for (const [code, list] of cases) {
      const { verdict, why } = judgeDnsbl(found(zen, [code]))
      assert.equal(verdict, 'listed', code)
      assert.ok(why.startsWith(`${list}: `) && why.endsWith(` (${code})`), why)
    }
    assert.match(judgeDnsbl(found(zen, ['127.0.0.10', '127.0.0.2'])).why, /^PBL: .*\(127\.0\.0\.10\); SBL: .*$/)
  })

  it('claims no meaning for the numbers of other lists, and for unknown ones', () => {
    const other = found('11.100.51.198.bl.example.net.', ['127.0.0.2'])
    assert.deepEqual(judgeDnsbl(other), { verdict: 'listed', why: 'listed (127.0.0.2)' })
    assert.deepEqual(judgeDnsbl(found(zen, ['127.0.0.99'])), { verdict: 'listed', why: 'listed (127.0.0.99)' })
  })
})

function found(name: string, values: readonly string[]): DnsAnswer {
  const records = values.map((value) => ({ name, type: 'A' as const, ttl: 60, value }))
  return { status: 'found', records, aliases: [], authoritative: false, authenticated: false }
}
