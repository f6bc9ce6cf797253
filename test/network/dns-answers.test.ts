import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, AUTHENTIC_DATA, AUTHORITATIVE_ANSWER as authoritative, RECURSION_AVAILABLE } from 'dns-packet'
import type { DnsAnswer } from '../../src/mail/dns-answer.ts'
import type { RecordType } from '../../src/mail/dns-record.ts'
import type { DnsClientOptions } from '../../src/network/dns-client.ts'
import { address, fails, serve, valuesOf } from './asking.ts'
import type { Said } from './name-server.ts'

describe('an answer', () => {
  const values: readonly [type: RecordType, data: Answer, value: string][] = [
    ['A', address, '192.0.2.1'],
    ['AAAA', { ...address, type: 'AAAA', data: '2001:db8:0:0:0:0:0:25' }, '2001:db8::25'],
    ['CNAME', { ...address, type: 'CNAME', data: 'Smtp.Example.net' }, 'smtp.example.net.'],
    ['NS', { ...address, type: 'NS', data: 'NS1' }, 'ns1.'],
    ['PTR', { ...address, type: 'PTR', data: 'smtp.example.org' }, 'smtp.example.org.'],
    ['MX', { ...address, type: 'MX', data: { preference: 10, exchange: 'smtp.example.org' } }, '10 smtp.example.org.'],
    ['MX', { ...address, type: 'MX', data: { preference: 0, exchange: '.' } }, '0 .'],
    ['MX', { ...address, type: 'MX', data: { preference: 1, exchange: '10 smtp' } }, '1 10\\032smtp.'],
    [
      'SRV',
      { ...address, type: 'SRV', data: { priority: 0, weight: 1, port: 465, target: 'smtp.example.org' } },
      '0 1 465 smtp.example.org.',
    ],
    [
      'CAA',
      { ...address, type: 'CAA', data: { flags: 128, tag: 'issue', value: 'ca.example; policy=ev' } },
      '128 issue "ca.example; policy=ev"',
    ],
    [
      'TLSA',
      {
        ...address,
        type: 'TLSA',
        data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('AABBCC', 'hex') },
      },
      '3 1 1 aabbcc',
    ],
    ['TXT', { ...address, type: 'TXT', data: ['v=DKIM1; ', 'p=AB"'] }, 'v=DKIM1; p=AB"'],
    // The ü is cut in two, as a server may cut it at 255 bytes.
    ['TXT', { ...address, type: 'TXT', data: [Buffer.from([0xc3]), Buffer.from([0xbc])] }, 'ü'],
  ]

  for (const [type, data, value] of values) {
    it(`has the canonical value ${type} ${value}`, async () => {
      const { client } = await serve(() => ({ flags: authoritative, answers: [data] }))
      assert.deepEqual(await client.ask('example.org', type), {
        status: 'found',
        records: [{ name: 'example.org.', type, ttl: 300, value }],
        aliases: [],
        authoritative: true,
        authenticated: false,
      })
    })
  }

  it('has only records of the name and the type that were asked for', async () => {
    const { client } = await serve(() => ({
      flags: authoritative | AUTHENTIC_DATA,
      answers: [
        { ...address, name: 'EXAMPLE.org' },
        { ...address, name: 'example.net' },
        { ...address, class: 'CH' },
        { ...address, type: 'TXT', data: 'text' },
        { ...address, type: 'LOC', data: Buffer.alloc(16) },
      ],
    }))
    const answer = await client.ask('example.org', 'A')
    assert.deepEqual(valuesOf(answer), ['192.0.2.1'])
    assert.deepEqual([answer.authoritative, answer.authenticated], [true, true])
  })

  it('tells a name without such records from no name', async () => {
    const cases: readonly [Said, DnsClientOptions, DnsAnswer['status']][] = [
      [{ flags: authoritative }, {}, 'no data'],
      [{ flags: RECURSION_AVAILABLE }, { recursion: true }, 'no data'],
      [{ flags: authoritative, rcode: 3 }, {}, 'no name'],
      [{ rcode: 3 }, { recursion: true }, 'no name'],
    ]
    for (const [said, options, status] of cases) {
      const { client } = await serve(() => said, options)
      const answer = await client.ask('example.org', 'A')
      assert.deepEqual([answer.status, answer.error], [status, undefined])
    }
  })

  it('is none where a server only refers to others', async () => {
    for (const [flags, options] of [
      [0, {}],
      [RECURSION_AVAILABLE, {}],
      [0, { recursion: true }],
    ] as const) {
      const { server, client } = await serve(() => ({ flags }), options)
      await fails(
        client.ask('example.org', 'A'),
        `${server.place} does not know example.org itself and refers to other servers`,
      )
    }
  })
})
