import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reverseName } from '../../src/mail/reverse-name.ts'
import { judgeReverse } from '../../src/resources/reverse-dns.ts'
import { zone } from '../mail/zone.ts'
import { serve } from '../network/asking.ts'
import { look, said } from './looking.ts'

const name = 'smtp.example.org'
const ipv4 = '198.51.100.11'
const ipv6 = '2001:db8::11'
const pointer = (address: string, to: string) => `${reverseName(address)} PTR ${to}\n`
const good = `${name} A ${ipv4}\n${name} AAAA ${ipv6}\n${pointer(ipv4, name)}${pointer(ipv6, name)}`

/** @param newer what the name servers of the addresses say. */
async function find(lines: string, newer?: string) {
  const client = zone(lines)
  const seen = [ipv4, ipv6].map(async (address) => ({
    address,
    ptr: await client.ask(reverseName(address), 'PTR'),
    forward: await client.ask(name, address === ipv4 ? 'A' : 'AAAA'),
    newer:
      newer === undefined ? [] : [{ server: 'ns1.test', answer: await zone(newer).ask(reverseName(address), 'PTR') }],
  }))
  const wanted = { name, addresses: [ipv4, ipv6], importance: 'required' as const }
  return judgeReverse(wanted, await Promise.all(seen))
}

describe('the reverse DNS of sending addresses', () => {
  const right = (type: string) =>
    type === 'PTR'
      ? 'right ptr-missing: is smtp.example.org'
      : `right forward-missing: leads to ${type === 'A' ? ipv4 : ipv6}`
  const all = [right('PTR'), right('A'), right('PTR'), right('AAAA')]

  it('is their host, which leads back', async () => {
    assert.deepEqual(said(await find(good)), all)
  })

  const set = `set the reverse DNS of ${ipv4} to ${name} in the provider’s panel`
  const without = good.replace(pointer(ipv4, name), '')
  const cases: readonly [it: string, lines: string, position: number, said: string, remedy: string | undefined][] = [
    ['is missing', without, 0, 'wrong ptr-missing: no name in reverse DNS', set],
    [
      'is another',
      without + pointer(ipv4, 'Vps11.example.net'),
      0,
      `wrong ptr-different: is vps11.example.net, not ${name}`,
      set,
    ],
    [
      'is one of several',
      good + pointer(ipv4, 'a.test'),
      0,
      'wrong ptr-several: is also a.test',
      `leave only ${name} in the reverse DNS of ${ipv4}, in the provider’s panel`,
    ],
    [
      'is not told',
      `${without}${reverseName(ipv4)} SERVFAIL`,
      0,
      `unknown ptr-missing: the zone answers SERVFAIL for ${reverseName(ipv4)}`,
      undefined,
    ],
    ['leads nowhere', good.replace(/.* AAAA .*\n/, ''), 3, 'wrong forward-missing: missing', `${name}. AAAA ${ipv6}`],
    [
      'leads elsewhere',
      good.replace(/ A .*/, ' A 192.0.2.1'),
      1,
      `wrong forward-different: is 192.0.2.1, not ${ipv4}`,
      `${name}. A ${ipv4}`,
    ],
    [
      'leads nobody knows where',
      good.replace(/ A .*/, ' A SERVFAIL'),
      1,
      `unknown forward-missing: the zone answers SERVFAIL for ${name}.`,
      undefined,
    ],
  ]
  for (const [it_, lines, position, text, remedy] of cases) {
    it(it_, async () => {
      const report = await find(lines)
      assert.deepEqual(said(report), all.with(position, text))
      assert.equal(report.findings?.[position]?.remedy, remedy)
    })
  }

  it('may lead to other hosts, too', async () => {
    assert.deepEqual(said(await find(`${good}${name} A 198.51.100.12`)), all)
  })

  it('may have been set a moment ago', async () => {
    const text = `unknown ptr-missing: set to ${name} at ns1.test, but resolvers still remember the absence of a name`
    assert.deepEqual(said(await find(without, good)), all.with(0, text))
    assert.deepEqual(
      said(await find(without, 'x A 192.0.2.1')),
      all.with(0, 'wrong ptr-missing: no name in reverse DNS'),
    )
  })

  it('matters as much as is said', async () => {
    const { server } = await serve(() => ({ rcode: 3 }))
    const params = { name, addresses: [ipv4, null, ''], resolver: server.place }
    const importance = async (more: object) =>
      (await look('reverse_dns', { ...params, ...more })).report.findings?.map((finding) => finding.importance)
    assert.deepEqual(await importance({}), ['required', 'required'])
    assert.deepEqual(await importance({ importance: 'recommended' }), ['recommended', 'recommended'])
  })

  it('is nothing for private addresses', async () => {
    const { said } = await look('reverse_dns', { name, addresses: ['10.0.0.5', 'fd00::5'] })
    assert.deepEqual(said, Array(2).fill('wrong address-private: private: the world sees another address'))
  })
})
