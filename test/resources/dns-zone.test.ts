import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dnsZone, judgeZone } from '../../src/resources/dns-zone.ts'
import { serve } from '../network/asking.ts'
import { look, said } from './looking.ts'
import { judged, params, records, right, seenAt, without } from './zone-seen.ts'

/** AA (RFC 1035 section 4.1.1). */
const AUTHORITATIVE = 0x400

describe('the records of a zone', () => {
  const cases: readonly [it: string, text: string, said: readonly string[], remedy: string][] = [
    [
      'a record is missing',
      without('smtp.example.org +AAAA'),
      ['wrong record-missing: missing: mail leaves over IPv6'],
      'smtp.example.org AAAA 2001:db8::11',
    ],
    [
      'a record is different',
      `${without('smtp.example.org +A ')}\nsmtp.example.org A 198.51.100.99`,
      ['wrong record-different: is 198.51.100.99: servers connect to it'],
      'smtp.example.org A 198.51.100.11',
    ],
    [
      'there are two SPF records',
      `${right}\nexample.org TXT v=spf1 a -all`,
      ['wrong spf-second: 2 SPF records: mail is refused without it'],
      'example.org TXT v=spf1 mx ip4:198.51.100.11 a ~all',
    ],
    [
      'others receive the mail, too',
      `${right}\nexample.org MX 5 mx.other.test`,
      ['wrong mx-of-others: others receive mail of example.org: MX 5 mx.other.test.'],
      'Write "receives: false" for the domain where that is meant, or remove their MX records.',
    ],
    [
      'others receive the mail alone: ours is not wanted beside theirs',
      `${without('example.org +MX')}\nexample.org MX 5 mx.other.test`,
      ['wrong mx-of-others: others receive mail of example.org: MX 5 mx.other.test.'],
      'Write "receives: false" for the domain where that is meant, or remove their MX records.',
    ],
    [
      'the host is an alias',
      `${without('smtp.example.org')}\nsmtp.example.org CNAME www.example.org\nwww.example.org A 198.51.100.11`,
      [
        'wrong cname-in-the-way: is a CNAME of www.example.org: servers connect to it',
        'wrong cname-in-the-way: is a CNAME of www.example.org: mail leaves over IPv6',
        'wrong cname-in-the-way: is a CNAME of www.example.org: bounces are judged by it',
      ],
      'smtp.example.org A 198.51.100.11',
    ],
    [
      'a text is found through an alias, and is another one',
      `${without('_dmarc')}\n_dmarc.example.org CNAME d.example.net\nd.example.net TXT v=DMARC1; p=reject`,
      ['wrong cname-in-the-way: is a CNAME of d.example.net: mail is refused without it'],
      '_dmarc.example.org TXT v=DMARC1; p=none',
    ],
  ]
  for (const [what, text, found, remedy] of cases) {
    it(`is found: ${what}`, async () => {
      const report = await judged(text)
      const wrong = report.findings?.filter(({ verdict }) => verdict !== 'right') ?? []
      assert.deepEqual(said({ findings: wrong }), found)
      assert.equal(wrong[0]?.remedy, remedy)
    })
  }

  it('are right where a text is found through an alias', async () => {
    const text = `${without('_dmarc')}\n_dmarc.example.org CNAME d.example.net\nd.example.net TXT v=DMARC1; p=none`
    assert.deepEqual(
      (await judged(text)).findings?.filter(({ verdict }) => verdict !== 'right'),
      [],
    )
  })

  it('are not known where no server could be asked', async () => {
    const broken = right.replace(/^( *smtp\S* +A +).*$/m, '$1SERVFAIL')
    const { findings, message } = await judged(broken)
    const unknown = findings?.filter(({ verdict }) => verdict === 'unknown') ?? []
    assert.deepEqual(said({ findings: unknown }), [
      'unknown record-missing: the zone answers SERVFAIL for smtp.example.org.',
    ])
    assert.match(message ?? '', /^example\.org — 1 of 6 records could not be looked at/)
  })

  it('are judged by the servers that answer', async () => {
    const silent = right.replace(/^( *\S+ +\S+ +).*$/gm, '$1SERVFAIL')
    const report = judgeZone(params(), await seenAt(silent, right))
    assert.ok(report.findings?.every(({ verdict }) => verdict === 'right'))
  })

  it('tell of servers that disagree, as advice', async () => {
    const seen = await seenAt(right, without('smtp.example.org +AAAA'))
    const wrong = judgeZone(params(), seen).findings?.filter(({ verdict }) => verdict === 'wrong') ?? []
    assert.deepEqual(
      wrong.map(({ id, importance, seen }) => ({ id, importance, seen })),
      [{ id: 'servers-disagree', importance: 'recommended', seen: 'ns1.example.net: right; ns2.example.net: missing' }],
    )
  })

  it('matter as much as each of them does', async () => {
    const { findings } = await judged(without('smtp.example.org +TXT'))
    assert.equal(findings?.find(({ verdict }) => verdict === 'wrong')?.importance, 'recommended')
  })

  it('leave open whose servers others are while hosts are not known', async () => {
    const report = await judged(`${without('example.org +MX')}\nexample.org MX 20 smtp2.example.org`, {
      left_out: ['mx2'],
    })
    assert.deepEqual(
      report.findings?.filter(({ verdict }) => verdict === 'wrong'),
      [],
    )
    assert.match(
      report.message ?? '',
      /\n {2}nothing is known of mx2: not in this run, or not set up yet\. What DNS has of it stays\.$/,
    )
  })
})

describe('the delegation of a zone', () => {
  const nothing = { zone: undefined, servers: [], asked: [], elsewhere: [] }

  it('is wrong where there is none, and unknown where nobody answers', () => {
    const of = (problem: string) => said(judgeZone(params(), { ...nothing, problems: [problem] }))[0]
    assert.equal(
      of('example.org is not delegated: no zone below its registry has it'),
      'wrong zone-not-delegated: example.org is not delegated: no zone below its registry has it',
    )
    assert.equal(
      of('no zone was found for example.org: no answer'),
      'unknown zone-not-delegated: no zone was found for example.org: no answer',
    )
  })

  it('tells of servers that do not answer for it', async () => {
    const problem = 'ns9.example.net is lame: it has no authority for example.org (no AA in its answer)'
    const report = judgeZone(params(), { ...(await seenAt(right)), problems: [problem] })
    assert.equal(said(report)[0], `wrong server-lame: ${problem}`)
  })
})

describe('looking at a zone', () => {
  it('asks the servers that are named, and looks again until they have everything', async () => {
    let questions = 0
    const { server } = await serve(({ question }) => {
      const [name = '', type] = question.split(' ')
      const ns = [{ type: 'NS' as const, name, ttl: 1, data: 'ns1.example.org' }]
      if (type === 'NS') return { flags: AUTHORITATIVE, answers: ns }
      questions++
      const address = [{ type: 'A' as const, name, ttl: 1, data: '198.51.100.11' }]
      return { flags: AUTHORITATIVE, answers: questions > 1 ? address : [] }
    })
    const wanted = {
      domain: 'example.org',
      records: [{ ...records[0] }],
      servers: server.place,
      resolver: server.place,
    }
    assert.deepEqual((await look('dns_zone', wanted)).said, [
      'right server-lame: all of its name servers answer',
      'wrong record-missing: missing: servers connect to it',
    ])
    questions = 0
    assert.deepEqual((await look('dns_zone', { ...wanted, wait: 10 })).said, [
      'right server-lame: all of its name servers answer',
      'right record-missing: as wanted',
    ])
  })

  it('refuses what is no record and no server', () => {
    const messages = (said: object) => dnsZone.params.safeParse(said).error?.issues.map(({ message }) => message)
    const [a] = records
    assert.deepEqual(messages({ domain: 'example.org', records: [{ ...a, value: 'smtp' }] }), [
      '"smtp" is no value of a record of type A',
    ])
    assert.deepEqual(messages({ domain: 'example.org', records: [a], servers: ['ns 1'] }), [
      'must be a host name, or an address with an optional port',
    ])
  })
})
