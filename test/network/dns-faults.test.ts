import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TRUNCATED_RESPONSE } from 'dns-packet'
import { type DnsClientOptions, dnsClient } from '../../src/network/dns-client.ts'
import { fc } from '../properties.ts'
import { address, fails, found, serve, valuesOf } from './asking.ts'
import { type Asked, NameServer, type Reaction, response, type Said } from './name-server.ts'

const forged: Said = { answers: [{ type: 'A', name: 'example.org', ttl: 300, data: '192.0.2.66' }] }

describe('a fault', () => {
  const impatient: DnsClientOptions = { timeout: 150 }
  const overTcp = (reaction: (asked: Asked) => Reaction) => (asked: Asked) =>
    asked.over === 'tcp' ? found : reaction(asked)

  const overcome: readonly [what: string, react: (asked: Asked) => Reaction, ways: readonly Asked['over'][]][] = [
    ['a lost datagram', ({ count }) => (count === 0 ? undefined : found), ['udp', 'udp']],
    [
      'an answer with a wrong id, ahead of the right one',
      ({ packet }) => [{ ...forged, id: packet.id! ^ 1 }, found],
      ['udp'],
    ],
    ['noise ahead of the right one', () => [Buffer.from('noise'), Buffer.alloc(200), found], ['udp']],
    ['its own question, come back', ({ packet, ...asked }) => [query({ packet, ...asked }), found], ['udp']],
    ['damage behind the answers', (asked) => withMore(response(asked, found)), ['udp']],
    ['a truncated answer', overTcp(() => ({ flags: TRUNCATED_RESPONSE, answers: [address] })), ['udp', 'tcp']],
    [
      'the answer to another name',
      overTcp(() => ({ ...forged, questions: [{ type: 'A', name: 'x.test' }] })),
      ['udp', 'tcp'],
    ],
    [
      'the answer to another type',
      overTcp(() => ({ ...forged, questions: [{ type: 'MX', name: 'example.org' }] })),
      ['udp', 'tcp'],
    ],
    ['an answer without a question', overTcp(() => ({ ...forged, questions: [] })), ['udp', 'tcp']],
    ['an answer that breaks off', overTcp((asked) => response(asked, found).subarray(0, -6)), ['udp', 'tcp']],
    ['an address that breaks off', overTcp((asked) => response(asked, found).subarray(0, -1)), ['udp', 'tcp']],
  ]
  for (const [what, react, ways] of overcome) {
    it(`is overcome: ${what}`, async () => {
      const { server, client } = await serve(react, impatient)
      const answer = await client.ask('example.org', 'A')
      assert.deepEqual(valuesOf(answer), ['192.0.2.1'])
      assert.deepEqual(
        server.asked.map(({ over }) => over),
        ways,
      )
    })
  }

  const told: readonly [what: string, react: (asked: Asked) => Reaction, error: string][] = [
    ['silence', () => undefined, 'no answer from SERVER within 0.3 s'],
    ['SERVFAIL', () => ({ rcode: 2 }), 'SERVER answers SERVFAIL'],
    ['FORMERR without the question', () => ({ rcode: 1, questions: [] }), 'SERVER answers FORMERR'],
    ['a code of its own', () => ({ rcode: 9 }), 'SERVER answers RCODE 9'],
    [
      'silence over TCP',
      ({ over }) => (over === 'udp' ? { flags: TRUNCATED_RESPONSE } : undefined),
      'SERVER gives no whole answer over UDP, and TCP fails: no answer within 0.15 s',
    ],
    [
      'a connection that closes',
      ({ over }) => (over === 'udp' ? { flags: TRUNCATED_RESPONSE } : 'close'),
      'SERVER gives no whole answer over UDP, and TCP fails: the connection was closed without an answer',
    ],
    [
      'a wrong id over TCP',
      ({ over, packet }) => (over === 'udp' ? { flags: TRUNCATED_RESPONSE } : { ...forged, id: packet.id! ^ 1 }),
      'SERVER gives no whole answer over UDP, and TCP fails: what came is no answer to the question',
    ],
    [
      'truncation over TCP',
      () => ({ flags: TRUNCATED_RESPONSE }),
      'SERVER gives no whole answer over UDP, and TCP fails: it was cut',
    ],
  ]
  for (const [what, react, error] of told) {
    it(`is told: ${what}`, async () => {
      const { server, client } = await serve(react, impatient)
      await fails(client.ask('example.org', 'A'), error.replace('SERVER', server.place))
    })
  }

  it('is told: ports that are refused', async () => {
    const server = await NameServer.start(() => ({ flags: TRUNCATED_RESPONSE }))
    await server.refuseTcp()
    const client = dnsClient(server.place)
    const start = `${server.place} gives no whole answer over UDP, and TCP fails`
    await fails(client.ask('example.org', 'A'), `${start}: port ${server.port} is refused`)
    const { place, port } = server
    await server.close()
    await fails(client.ask('example.org', 'A'), `${place} cannot be asked: port ${port} is refused`)
  })

  it('of any kind is an answer, too', async () => {
    let bytes = Buffer.alloc(0)
    const { client } = await serve(({ packet }) => {
      bytes.writeUInt16BE(packet.id!)
      return bytes
    })
    const text = response({ packet: { id: 0, questions: [{ type: 'TXT', name: 'example.org' }] } } as Asked, {
      answers: [{ ...address, type: 'TXT', data: ['one', 'two'] }],
    })
    const damage = fc.array(fc.tuple(fc.nat(text.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 13, max: text.length }), async (changes, length) => {
        bytes = Buffer.from(text)
        for (const [at, byte] of changes) bytes[at] = byte
        bytes = bytes.subarray(0, length)
        bytes[2]! |= 0x80
        const { status, error } = await client.ask('example.org', 'TXT')
        assert.equal(status === 'failed', error !== undefined)
      }),
      { numRuns: 200 },
    )
  })
})

function query(asked: Asked): Buffer {
  const bytes = response(asked, forged)
  bytes[2]! &= 0x7f
  return bytes
}

/** With one more record, in the authority section, that breaks off. */
function withMore(message: Buffer): Buffer {
  message.writeUInt16BE(1, 8)
  return Buffer.concat([message, Buffer.from([0, 0])])
}
