import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DnsAnswer } from '../../src/mail/dns-answer.ts'
import { evaluateSpf } from '../../src/mail/spf-evaluate.ts'
import { judgeZone, type SeenZone } from '../../src/resources/zone-judge.ts'
import { zone } from '../mail/zone.ts'
import { look, said } from './looking.ts'

const wanted = { domain: 'example.org', host: 'smtp.example.org', others: ['smtp2.example.org'] }
const servers = [{ name: 'ns1.test' }, { name: 'ns2.test' }]
const authority = { zone: 'example.org.', servers, problems: [] }
const good = 'example.org NS ns1.test\nexample.org NS ns2.test\n'

async function find(lines: string, seen: Partial<SeenZone> = {}) {
  const client = zone(good + lines)
  const ip = '198.51.100.11'
  return judgeZone(wanted, {
    delegation: await client.ask('example.org', 'NS'),
    authority,
    mx: await client.ask('example.org', 'MX'),
    aliases: await Promise.all(
      [wanted.domain, wanted.host].map(async (name) => ({ name, answer: await client.ask(name, 'CNAME') })),
    ),
    spf: [{ address: ip, ...(await evaluateSpf({ ip, sender: 'a@example.org', helo: wanted.host, client })) }],
    ...seen,
  })
}

describe('the zone of a mail domain', () => {
  const ready = [
    'right zone-missing: delegated; not signed, or not validated by the resolver',
    'right nameserver-lame: ns1.test, ns2.test answer',
    'right alias-forbidden: none',
    'right alias-forbidden: none',
    'right mx-foreign: none yet',
    'right spf-foreign: none yet',
  ]

  it('is ready for records', async () => {
    assert.deepEqual(said(await find('')), ready)
  })

  it('may have ours, be signed, and be part of another', async () => {
    const delegation: DnsAnswer = { ...(await zone(good).ask('example.org', 'NS')), authenticated: true }
    const lines =
      'example.org MX 10 smtp.example.org\nexample.org MX 20 SMTP2.example.org.\nexample.org TXT v=spf1 ip4:198.51.100.11 -all'
    assert.deepEqual(said(await find(lines, { delegation, authority: { ...authority, zone: 'org.test.' } })), [
      'right zone-missing: delegated, as part of org.test; signed, as the resolver has validated',
      ...ready.slice(1, 4),
      'right mx-foreign: leads to us',
      'right spf-foreign: lets the host send',
    ])
  })

  const cases: readonly [it: string, lines: string, position: number, said: string, remedy?: RegExp][] = [
    [
      'has an alias in the place of the domain',
      'example.org CNAME www.test',
      2,
      'wrong alias-forbidden: an alias of www.test.',
      /^delete example\.org\. CNAME www\.test\.$/,
    ],
    [
      'has an alias in the place of the host',
      'smtp.example.org CNAME a.test',
      3,
      'wrong alias-forbidden: an alias of a.test.',
      /^delete smtp\.example\.org\. CNAME a\.test\.$/,
    ],
    [
      'has mail elsewhere',
      'example.org MX 10 smtp.example.org\nexample.org MX 20 mx.test',
      4,
      'wrong mx-foreign: mail goes to mx.test',
      /in its place: example\.org\. MX 10 smtp\.example\.org\.$/,
    ],
    ['has mail nowhere', 'example.org MX 0 .', 4, 'wrong mx-foreign: mail goes to nowhere (a null MX)', /MX 10/],
    ['hides its mail', 'example.org MX SERVFAIL', 4, 'unknown mx-foreign: the zone answers SERVFAIL for example.org.'],
    [
      'has the senders of others',
      'example.org TXT v=spf1 ip4:192.0.2.1 ~all',
      5,
      'wrong spf-foreign: does not let 198.51.100.11 send (softfail)',
      /^add ip4:198\.51\.100\.11 to the record of example\.org/,
    ],
    ['hides its senders', 'example.org TXT SERVFAIL', 5, 'unknown spf-foreign: '],
  ]
  for (const [it_, lines, position, text, remedy] of cases) {
    it(it_, async () => {
      const report = await find(lines)
      const texts = said(report)
      assert.ok(texts[position]?.startsWith(text), texts[position])
      assert.deepEqual(texts.with(position, ''), ready.with(position, ''))
      if (remedy) assert.match(report.findings?.[position]?.remedy ?? '', remedy)
      assert.equal(
        report.findings?.some(({ importance }) => importance === 'required'),
        false,
      )
    })
  }

  it('is not there', async () => {
    const nobody = { zone: undefined, servers: [], problems: ['example.org is not delegated'] }
    const report = await find('', { authority: nobody })
    assert.deepEqual(said(report).slice(0, 2), ['wrong zone-missing: example.org is not delegated', ready[2]])
    assert.match(report.findings?.[0]?.remedy ?? '', /^register example\.org/)
  })

  it('is unknown where the resolver fails, or nobody had the time', async () => {
    const delegation = await zone('example.org SERVFAIL').ask('example.org', 'NS')
    assert.equal(
      said(await find('', { delegation }))[0],
      'unknown zone-missing: the zone answers SERVFAIL for example.org.',
    )
    assert.equal(
      said(await find('', { authority: undefined }))[0],
      'unknown zone-missing: the name servers took too long to answer',
    )
  })

  it('has name servers that do not serve it', async () => {
    const problems = ['ns2.test is lame: it has no authority for example.org (no AA in its answer)']
    const report = await find('', { authority: { ...authority, problems } })
    assert.deepEqual(said(report).slice(1, 3), [`wrong nameserver-lame: ${problems[0]}`, ready[2]])
    assert.match(report.findings?.[1]?.remedy ?? '', /^let it serve example\.org, or take it from/)
  })

  it('has name servers that no question from here reaches', async () => {
    const problems = ['ns1.test', 'ns2.test'].map(
      (one) => `${one} does not serve example.org: no answer from it within 4 s`,
    )
    assert.deepEqual(
      said(await find('', { authority: { ...authority, problems } })).slice(1, 3),
      problems.map((problem) => `unknown nameserver-lame: ${problem}`),
    )
  })

  it('is looked up with the resolver that is given', async () => {
    const params = {
      domain: 'example.org',
      host: 'smtp.example.org',
      addresses: ['198.51.100.11'],
      resolver: '127.0.0.1#1',
    }
    const { said } = await look('zone', params)
    assert.deepEqual(said, [
      'unknown zone-missing: 127.0.0.1#1 cannot be asked: port 1 is refused',
      ...Array<string>(2).fill('unknown alias-forbidden: 127.0.0.1#1 cannot be asked: port 1 is refused'),
    ])
  })
})
