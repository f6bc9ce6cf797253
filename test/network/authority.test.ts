import assert from 'node:assert/strict'
import { getServers } from 'node:dns'
import { describe, it } from 'node:test'
import { type Answer, AUTHORITATIVE_ANSWER } from 'dns-packet'
import type { DnsClient } from '../../src/mail/dns-answer.ts'
import { askAll, findAuthority } from '../../src/network/authority.ts'
import { resolverClient } from '../../src/network/system-resolver.ts'
import { zone } from '../mail/zone.ts'
import { serve } from './asking.ts'
import type { Asked, Said } from './name-server.ts'

// Nothing listens at these addresses of this machine.
const resolver = zone(`
  org                NS    a.registry.test
  example.org        NS    ns1.example.net
  example.org        NS    ns2.example.net
  example.org        NS    ns3.example.net
  www.example.org    CNAME example.net
  example.net        NS    ns9.example.net
  ns1.example.net    A     127.66.0.1
  ns1.example.net    AAAA  ::1
  ns3.example.net    SERVFAIL
  broken.org         NS    SERVFAIL
  198.in-addr.arpa   NS    ns1.example.net
  in-addr.arpa       NS    a.registry.test
`)

describe('the authority for a name', () => {
  it('is the nearest zone above it, with the servers that have addresses', async () => {
    for (const name of ['Example.org', 'smtp.example.org.', 'mail._domainkey.example.org', 'www.example.org']) {
      const { zone, servers } = await findAuthority(name, resolver)
      assert.equal(zone, 'example.org.', name)
      assert.deepEqual(
        servers.map(({ name, addresses }) => [name, ...addresses]),
        [['ns1.example.net', '127.66.0.1', '::1']],
      )
    }
    assert.equal((await findAuthority('1.2.0.198.in-addr.arpa', resolver)).zone, '198.in-addr.arpa.')
  })

  it('has problems: servers without addresses, servers that do not answer', async () => {
    const { servers, problems } = await findAuthority('example.org', resolver)
    assert.equal(problems.length, 3)
    assert.equal(problems[0], 'the name server ns2.example.net has no address: there is no A and no AAAA record')
    assert.match(problems[1]!, /^the name server ns3.example.net has no address: the zone answers SERVFAIL for /)
    assert.match(problems[2]!, /^ns1.example.net does not serve example.org: 127.66.0.1 .+; ::1 /)
    // It is not waited for again.
    const [server] = servers
    assert.equal(await server!.client.ask('x.example.org', 'A'), await server!.client.ask('example.org', 'MX'))
  })

  it('is missing where nothing below a registry is delegated', async () => {
    for (const name of ['nothing.org', 'smtp.nothing.org', '1.100.51.203.in-addr.arpa', 'org']) {
      assert.deepEqual(await findAuthority(name, resolver), {
        zone: undefined,
        servers: [],
        problems: [`${name} is not delegated: no zone below its registry has it`],
      })
    }
  })

  it('is unknown where the resolver fails: what is above may not have the name', async () => {
    const { zone, problems } = await findAuthority('smtp.broken.org', resolver)
    assert.equal(zone, undefined)
    assert.match(problems.join(), /^no zone was found for smtp.broken.org: the zone answers SERVFAIL for broken.org/)
  })
})

describe('servers that are given', () => {
  const ns: Answer = { type: 'NS', name: 'example.org', ttl: 60, data: 'ns1.example.net' }
  const right: Said = { flags: AUTHORITATIVE_ANSWER, answers: [ns] }
  const primary = ({ question }: Asked): Said =>
    question === 'example.org NS' ? right : { flags: AUTHORITATIVE_ANSWER }

  it('take the place of the delegation', async () => {
    const { server } = await serve(primary)
    const { zone, servers, problems } = await findAuthority('smtp.example.org', noResolver, [server.place])
    assert.deepEqual([zone, problems], ['example.org.', []])
    assert.deepEqual(
      servers.map(({ name, addresses }) => [name, ...addresses]),
      [[server.place, server.place]],
    )
  })

  it('are looked up where they are names', async () => {
    const { zone, problems } = await findAuthority('example.org', resolver, ['ns2.example.net'])
    assert.equal(zone, undefined)
    assert.deepEqual(problems, [
      'the name server ns2.example.net has no address: there is no A and no AAAA record',
      'no zone was found for example.org: there is no server to ask',
    ])
  })

  it('are told to be lame, by a wrong answer or by none', async () => {
    const [good, cached, refusing, parent] = await Promise.all([
      serve(primary),
      serve(() => ({ answers: [ns] })),
      serve(() => ({ rcode: 5 })),
      serve(() => ({ flags: AUTHORITATIVE_ANSWER, rcode: 3 })),
    ])
    const places = [good, cached, refusing, parent].map(({ server }) => server.place)
    const authority = await findAuthority('example.org', noResolver, places)
    assert.deepEqual(authority.problems, [
      `${places[1]} is lame: it has no authority for example.org (no AA in its answer)`,
      `${places[2]} does not serve example.org: ${places[2]} answers REFUSED`,
      `${places[3]} is lame: it has no authority for example.org (no AA in its answer)`,
    ])
    const answers = await askAll(authority, 'x.example.org', 'A')
    assert.deepEqual(
      answers.map(({ server, answer }) => [server, answer.status]),
      [
        [places[0], 'no data'],
        [places[1], 'failed'],
        [places[2], 'failed'],
        [places[3], 'no name'],
      ],
    )
  })

  it('are asked in turn, beginning with the one that answered before', async () => {
    const [refusing, good] = [await serve(() => ({ rcode: 5 })), await serve(primary)]
    const places = [refusing, good].map(({ server }) => server.place)
    assert.equal((await findAuthority('smtp.example.org', noResolver, places)).zone, 'example.org.')
    assert.deepEqual(
      refusing.server.asked.map(({ question }) => question),
      ['smtp.example.org NS', 'example.org NS'],
    )
    assert.equal(good.server.asked.length, 3)
  })

  it('are refused where they are neither a name nor an address', async () => {
    await assert.rejects(findAuthority('example.org', resolver, ['192.0.2.1#x']), { name: 'RangeError' })
  })
})

describe('the resolver', () => {
  it('is the one that is named, or the first of this machine', () => {
    assert.equal(resolverClient('192.0.2.53#5353').server, '192.0.2.53#5353')
    assert.equal(resolverClient(undefined).server, getServers()[0])
  })

  it('is asked to ask others', async () => {
    const { server } = await serve(() => ({}))
    await resolverClient(server.place).ask('example.org', 'A')
    assert.equal(server.asked[0]!.packet.flag_rd, true)
  })
})

const noResolver: DnsClient = {
  server: 'nobody',
  ask: () => assert.fail('the resolver has nothing to say'),
}
