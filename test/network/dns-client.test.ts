import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, AUTHENTIC_DATA, AUTHORITATIVE_ANSWER as authoritative, TRUNCATED_RESPONSE } from 'dns-packet'
import { dnsClient } from '../../src/network/dns-client.ts'
import { parseServerPlace } from '../../src/network/dns-transport.ts'
import { address, fails, found, serve, valuesOf } from './asking.ts'
import { NameServer } from './name-server.ts'

describe('a question', () => {
  it('asks an authoritative server for what it knows itself, with EDNS, AD and DO', async () => {
    const { server, client } = await serve(() => found)
    await client.ask('Example.ORG', 'A')
    const { packet } = server.asked[0]!
    assert.deepEqual(packet.questions, [{ name: 'example.org', type: 'A', class: 'IN' }])
    assert.equal(packet.flag_rd, false)
    assert.equal(packet.flag_ad, true)
    const [edns] = packet.additionals ?? []
    assert.ok(edns?.type === 'OPT')
    assert.deepEqual([edns.udpPayloadSize, edns.flag_do, edns.ednsVersion], [1232, true, 0])
  })

  it('lets a resolver ask others', async () => {
    const { server, client } = await serve(() => found, { recursion: true })
    await client.ask('example.org', 'A')
    assert.equal(server.asked[0]!.packet.flag_rd, true)
  })

  it('has another id each time', async () => {
    const { server, client } = await serve(() => found)
    for (let times = 0; times < 20; times++) await client.ask('example.org', 'A')
    assert.ok(new Set(server.asked.map(({ packet }) => packet.id)).size > 15)
  })

  it('is asked once at a time, and again when it has been answered', async () => {
    const { server, client } = await serve(() => found)
    const ask = () => client.ask('example.org', 'A')
    const [one, other] = await Promise.all([ask(), client.ask('EXAMPLE.org.', 'A'), client.ask('example.org', 'AAAA')])
    assert.deepEqual(one, other)
    assert.deepEqual(server.asked.map(({ question }) => question).toSorted(), ['example.org A', 'example.org AAAA'])
    await ask()
    assert.equal(server.asked.length, 3)
  })

  it('finds its own answer among a hundred at once', async () => {
    const { client } = await serve(({ question }) => ({
      answers: [{ type: 'TXT', name: question.split(' ')[0]!, ttl: 1, data: `text of ${question}` }],
    }))
    const names = Array.from({ length: 100 }, (_, number) => `n${number}.example.org`)
    const answers = await Promise.all(names.map((name) => client.ask(name, 'TXT')))
    assert.deepEqual(
      answers.map(({ records }) => records[0]?.value),
      names.map((name) => `text of ${name} TXT`),
    )
  })

  it('leaves nothing open behind it', async () => {
    const { client } = await serve(({ over }) => (over === 'udp' ? { flags: TRUNCATED_RESPONSE } : 'close'))
    const open = () => process.getActiveResourcesInfo().filter((kind) => /^(UDP|Timeout)/.test(kind)).length
    const before = open()
    await client.ask('example.org', 'A')
    await new Promise(setImmediate)
    // Sockets of the tests before this one may be closed meanwhile.
    assert.ok(open() <= before, `${open()} are open, ${before} were before`)
  })

  it('is not sent for what is no domain name', async () => {
    const { server, client } = await serve(() => found)
    for (const name of ['', 'a..b', `${'a'.repeat(64)}.org`, 'a b.org', 'müller.example', `${'a.'.repeat(130)}org`]) {
      const answer = await client.ask(name, 'A')
      assert.deepEqual([answer.status, answer.error], ['failed', `"${name}" is no domain name`])
    }
    assert.equal(server.asked.length, 0)
  })

  it('goes over IPv6, too', async () => {
    const server = await NameServer.start(() => found, '::1')
    const answer = await dnsClient(server.place)
      .ask('example.org', 'A')
      .finally(() => server.close())
    assert.deepEqual(answer.status, 'found')
  })
})

describe('aliases', () => {
  const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 60, data })
  const target: Answer = { ...address, name: 'c.example.net' }

  it('are followed within an answer, in whichever order', async () => {
    const { server, client } = await serve(() => ({
      flags: authoritative,
      answers: [target, cname('b.example.org', 'c.example.net'), cname('example.org', 'B.example.org')],
    }))
    const answer = await client.ask('example.org', 'A')
    assert.deepEqual(answer.records, [{ name: 'c.example.net.', type: 'A', ttl: 300, value: '192.0.2.1' }])
    assert.deepEqual(answer.aliases, ['b.example.org.', 'c.example.net.'])
    assert.equal(server.asked.length, 1)
  })

  it('are asked for where the answer ends; AA is about the first name, AD about all', async () => {
    const { server, client } = await serve(({ question }) =>
      question === 'example.org A'
        ? { flags: authoritative | AUTHENTIC_DATA, answers: [cname('example.org', 'c.example.net')] }
        : { answers: [target] },
    )
    const answer = await client.ask('example.org', 'A')
    assert.deepEqual(valuesOf(answer), ['192.0.2.1'])
    assert.deepEqual([answer.authoritative, answer.authenticated], [true, false])
    assert.deepEqual(
      server.asked.map(({ question }) => question),
      ['example.org A', 'c.example.net A'],
    )
  })

  it('may lead to no name and to no data', async () => {
    for (const [rcode, status] of [
      [3, 'no name'],
      [0, 'no data'],
    ] as const) {
      const { client } = await serve(({ question }) => ({
        flags: authoritative,
        rcode,
        answers: question === 'example.org A' ? [cname('example.org', 'c.example.net')] : [],
      }))
      const answer = await client.ask('example.org', 'A')
      assert.deepEqual([answer.status, answer.aliases], [status, ['c.example.net.']])
    }
  })

  it('are an answer themselves where one is asked for', async () => {
    const { client } = await serve(() => ({ answers: [cname('example.org', 'c.example.net')] }))
    const answer = await client.ask('example.org', 'CNAME')
    assert.deepEqual([valuesOf(answer), answer.aliases], [['c.example.net.'], []])
  })

  it('that lead nowhere say which way they went', async () => {
    const { server, client } = await serve(({ question }) =>
      question === 'example.org A' ? { answers: [cname('example.org', 'c.example.net')] } : { rcode: 5 },
    )
    const answer = await fails(
      client.ask('example.org', 'A'),
      `${server.place} answers REFUSED (example.org → c.example.net)`,
    )
    assert.deepEqual(answer.aliases, ['c.example.net.'])
  })

  it('in a circle, and without an end, fail', async () => {
    const circle = await serve(() => ({ answers: [cname('example.org', 'b.test'), cname('b.test', 'example.org')] }))
    await fails(
      circle.client.ask('example.org', 'A'),
      'the CNAME records lead in a circle to example.org. (example.org → b.test)',
    )
    const endless = await serve(({ question }) => {
      const name = question.split(' ')[0]!
      return { answers: [cname(name, `n${name}`)] }
    })
    const answer = await endless.client.ask('example.org', 'A')
    assert.match(answer.error ?? '', /^there are more than 8 CNAME records in a row /)
    assert.equal(endless.server.asked.length, 9)
  })
})

describe('the place of a server', () => {
  it('is an address with or without a port', () => {
    const places: readonly [text: string, address: string, port: number][] = [
      ['192.0.2.1', '192.0.2.1', 53],
      ['192.0.2.1#5353', '192.0.2.1', 5353],
      ['192.0.2.1:5353', '192.0.2.1', 5353],
      ['2001:db8::1', '2001:db8::1', 53],
      ['2001:db8::1#5353', '2001:db8::1', 5353],
      ['[2001:db8::1]:5353', '2001:db8::1', 5353],
      ['[2001:db8::1]', '2001:db8::1', 53],
      ['fe80::1%eth0', 'fe80::1%eth0', 53],
    ]
    for (const [text, address, port] of places) assert.deepEqual(parseServerPlace(text), { address, port }, text)
  })

  it('is nothing else', () => {
    for (const text of [
      '',
      'ns1.example.org',
      '192.0.2.1#',
      '192.0.2.1#0',
      '192.0.2.1#65536',
      '[192.0.2',
      '192.0.2.1#x',
    ]) {
      assert.throws(() => dnsClient(text), {
        name: 'RangeError',
        message: `"${text}" is no address of a name server: write it as 192.0.2.1, 192.0.2.1#5353 or [2001:db8::1]:5353`,
      })
    }
  })
})
