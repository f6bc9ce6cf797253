import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dnsblName } from '../../src/mail/dnsbl.ts'
import { judgeListings } from '../../src/resources/blocklist.ts'
import { zone } from '../mail/zone.ts'
import { serve } from '../network/asking.ts'
import { look, said } from './looking.ts'

async function find(subject: string, list: string, lines: string) {
  const answer = await zone(lines).ask(dnsblName(subject, list), 'A')
  return judgeListings({ importance: 'recommended' }, [{ subject, list, answer }])
}

describe('blocklists', () => {
  const name = dnsblName('198.51.100.11', 'zen.spamhaus.org')
  const cases: readonly [it: string, lines: string, said: string][] = [
    [
      'have an address',
      `${name} A 127.0.0.2`,
      'wrong address-listed: zen.spamhaus.org: SBL: Spamhaus has seen spam or those who support it there (127.0.0.2)',
    ],
    ['do not have it', 'x A 192.0.2.1', 'right address-listed: zen.spamhaus.org: not listed'],
    [
      'do not say',
      `${name} A 127.255.255.254`,
      'unknown address-listed: zen.spamhaus.org: the list answers no public resolver: ask through a resolver of your own (127.255.255.254)',
    ],
    [
      'do not answer',
      `${name} SERVFAIL`,
      `unknown address-listed: zen.spamhaus.org: the zone answers SERVFAIL for ${name}`,
    ],
  ]
  for (const [it_, lines, text] of cases) {
    it(it_, async () => {
      assert.deepEqual(said(await find('198.51.100.11', 'zen.spamhaus.org', lines)), [text])
    })
  }

  it('tell where to ask for removal', async () => {
    const remedies: readonly [subject: string, list: string, remedy: string][] = [
      [
        '198.51.100.11',
        'zen.spamhaus.org',
        'why, and removal: https://check.spamhaus.org/results/?query=198.51.100.11',
      ],
      ['example.org', 'dbl.spamhaus.org', 'why, and removal: https://check.spamhaus.org/results/?query=example.org'],
      ['198.51.100.11', 'bl.spamcop.net', 'why, and when it ends: https://www.spamcop.net/bl.shtml?198.51.100.11'],
      ['2001:db8::11', 'bl.example.net', 'ask bl.example.net why, and to remove 2001:db8::11'],
    ]
    for (const [subject, list, remedy] of remedies) {
      const { findings } = await find(subject, list, `${dnsblName(subject, list)} A 127.0.1.2`)
      assert.equal(findings?.[0]?.remedy, remedy)
      assert.equal(findings?.[0]?.id, subject === 'example.org' ? 'domain-listed' : 'address-listed')
    }
  })

  it('are asked about each address and each domain', async () => {
    const { server } = await serve(() => ({ rcode: 3 }))
    const params = {
      addresses: ['198.51.100.11', ''],
      domains: ['Example.org'],
      lists: ['a.test', 'b.test'],
      domain_lists: ['d.test'],
    }
    const { said } = await look('blocklist', { ...params, resolver: server.place })
    assert.deepEqual(said, [
      'right address-listed: a.test: not listed',
      'right address-listed: b.test: not listed',
      'right domain-listed: d.test: not listed',
    ])
    assert.deepEqual(server.asked.map(({ question }) => question).toSorted(), [
      '11.100.51.198.a.test A',
      '11.100.51.198.b.test A',
      'example.org.d.test A',
    ])
  })
})
