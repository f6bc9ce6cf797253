import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HostFacts, ledDomains } from '../../src/mail/mail-domains.ts'
import { hostFacts } from './mail-hosts.ts'

const both = [hostFacts(1, { 'example.org': {}, 'example.net': {} }), hostFacts(2, { 'example.org': {} })] as const
const members = ['mx1', 'mx2']

function records(host: string, all: readonly HostFacts[], domain: string): readonly string[] {
  const found = ledDomains(host, all, members).domains.find((one) => one.domain === domain)
  return found?.records.map(({ name, type, value }) => `${name} ${type} ${value}`) ?? []
}

describe('the domains that a host leads', () => {
  it('are those that no host before it serves', () => {
    const led = (host: string) =>
      ledDomains(host, both, members).domains.map(({ domain, hosts }) => `${domain}: ${hosts.join(' ')}`)
    assert.deepEqual(led('mx1'), ['example.org: mx1 mx2', 'example.net: mx1'])
    assert.deepEqual(led('mx2'), [])
  })

  it('have the hosts that they know, and the names of the others', () => {
    const [, second] = both
    const { domains, conflicts } = ledDomains('mx2', [second], ['mx1', 'mx2', 'mx3'])
    assert.deepEqual(
      domains.map(({ domain, left_out }) => [domain, ...left_out]),
      [['example.org', 'mx1', 'mx3']],
    )
    assert.deepEqual(conflicts, [])
  })

  it('have the addresses of a host in the zone that its name is in, whichever domain it serves', () => {
    const [first] = both
    const second = hostFacts(2, { 'example.net': {} })
    assert.ok(records('mx1', [first, second], 'example.org').includes('smtp2.example.org. A 198.51.100.2'))
    assert.ok(!records('mx1', [first, second], 'example.net').some((line) => line.startsWith('smtp')))
  })

  it('take the longest name where one domain is in another', () => {
    const host = hostFacts(1, { 'example.org': {}, 'mail.example.org': {} }, { mail_host: 'smtp.mail.example.org' })
    assert.ok(!records('mx1', [host], 'example.org').some((line) => line.startsWith('smtp.mail')))
    assert.ok(records('mx1', [host], 'mail.example.org').includes('smtp.mail.example.org. A 198.51.100.1'))
  })

  it('lose the addresses of hosts that serve others only', () => {
    const all = [hostFacts(1, { 'example.org': {} }), hostFacts(2, { 'example.net': {} })]
    const [led] = ledDomains('mx1', all, members).domains
    assert.deepEqual(
      led?.records.flatMap(({ stale = [] }) => stale),
      ['ip4:198.51.100.2', 'ip6:2001:db8::2'],
    )
  })

  it('consent to reports about other domains of ours', () => {
    const host = hostFacts(1, {
      'example.org': {},
      'example.net': { dmarc: { rua: 'dmarc@example.org' } },
      'sub.example.org': { dmarc: { rua: 'dmarc@example.org' } },
    })
    assert.deepEqual(
      records('mx1', [host], 'example.org').filter((line) => line.includes('_report')),
      ['example.net._report._dmarc.example.org. TXT v=DMARC1'],
    )
  })

  it('tell of records in the zones of others: names of addresses, and a host whose name is in none of ours', () => {
    const stranger = hostFacts(
      3,
      { 'example.org': {}, 'example.net': {} },
      { mail_host: 'vps3.provider.example', ipv6: null },
    )
    const told = ledDomains('mx3', [stranger], ['mx3']).domains.map(({ domain, elsewhere }) => [
      domain,
      ...elsewhere.map(({ where, subject, type, value }) => `${where}: ${subject} ${type} ${value}`),
    ])
    assert.deepEqual(told, [
      [
        'example.org',
        'the zone that vps3.provider.example is in: vps3.provider.example A 198.51.100.3',
        'the provider of the address: 198.51.100.3 PTR vps3.provider.example.',
      ],
      ['example.net'],
    ])
  })

  it('say of a parked domain that it sends nothing, unless a host serves it', () => {
    const host = hostFacts(1, { 'example.org': {} }, { parked: ['example.com', 'example.org'] })
    assert.deepEqual(
      ledDomains('mx1', [host], ['mx1']).domains.map(({ domain }) => domain),
      ['example.org', 'example.com'],
    )
    assert.deepEqual(records('mx1', [host], 'example.com'), [
      'example.com. MX 0 .',
      'example.com. TXT v=spf1 -all',
      '_dmarc.example.com. TXT v=DMARC1; p=reject',
    ])
  })
})

describe('hosts that do not fit together', () => {
  const messages = (all: readonly HostFacts[], host = 'mx1') =>
    ledDomains(host, all, members).conflicts.map(({ message }) => message)

  it('are told where they say different things of one domain', () => {
    const other = hostFacts(2, {
      'example.org': { dmarc: { policy: 'reject', rua: ['a@example.org', 'b@example.org'] } },
    })
    assert.deepEqual(messages([both[0], other]), [
      'mx1 and mx2 disagree about example.org: dmarc.policy is none for mx1 and reject for mx2',
    ])
    const report = hostFacts(2, { 'example.org': { tls_rpt: ['a@example.org', 'b@example.org'] } })
    assert.deepEqual(messages([both[0], report]), [
      'mx1 and mx2 disagree about example.org: tls_rpt is not set for mx1 and a@example.org, b@example.org for mx2',
    ])
    assert.deepEqual(messages([both[0], other], 'mx2'), [])
  })

  it('are told where two keys have one selector', () => {
    const withKey = (facts: HostFacts, public_key: string): HostFacts => {
      const { dkim: _, ...rest } = facts.domains['example.org']!
      return { ...facts, domains: { 'example.org': { ...rest, dkim: [{ selector: 'mail', public_key }] } } }
    }
    assert.deepEqual(messages([withKey(both[0], 'ONE'), withKey(both[1], 'TWO')]), [
      'mx1 and mx2 sign mail of example.org with different keys, but one selector, mail',
    ])
    assert.deepEqual(messages([withKey(both[0], 'ONE'), withKey(both[1], 'ONE')]), [])
  })
})
