import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgePort } from '../../src/resources/port.ts'
import { closedPort, serve, silentPort } from '../network/servers.ts'
import { look, said } from './looking.ts'

const address = '192.0.2.1'

describe('what is said about a port', () => {
  const wanted = { port: 25, family: 'any', expect: 'open', banner: undefined } as const
  const closed = { ...wanted, expect: 'closed' } as const
  const ipv6 = { ...wanted, family: 'ipv6' } as const
  const refused = { address, failure: { outcome: 'refused', why: 'connections are refused' } } as const
  const filtered = { address, failure: { outcome: 'filtered', why: 'no answer within 5 s' } } as const
  const unreachable = {
    address,
    failure: { outcome: 'unreachable', why: 'no way leads there (EHOSTUNREACH)' },
  } as const
  const failed = { address, failure: { outcome: 'failed', why: 'this machine has no IPv4 route to it' } } as const
  const nameless = { host: 'mx.test', missing: { why: 'mx.test has no AAAA record', isOurs: false } }
  const unasked = { host: 'mx.test', missing: { why: '192.0.2.53 answers SERVFAIL', isOurs: true } }
  type Wanted = Parameters<typeof judgePort>[0]
  type Seen = Parameters<typeof judgePort>[1]['places'][number]
  const cases: readonly [wanted: Wanted, seen: Seen, said: string, remedy?: RegExp][] = [
    [wanted, { address }, 'right port-closed: is open'],
    [wanted, refused, 'wrong port-closed: connections are refused', /^on the host: ss -ltnp 'sport = :25'$/],
    [wanted, filtered, 'wrong port-filtered: no answer within 5 s', /^let TCP port 25 in: nft .* `references` tells$/],
    [wanted, unreachable, 'wrong port-unreachable: no way leads there (EHOSTUNREACH)', /^on the host: ip -4 address/],
    [wanted, failed, 'unknown port-closed: this machine has no IPv4 route to it'],
    [ipv6, nameless, 'wrong port-unreachable: mx.test has no AAAA record', /^add the AAAA record of mx\.test$/],
    [wanted, unasked, 'unknown port-unreachable: 192.0.2.53 answers SERVFAIL'],
    [closed, { address }, 'wrong port-open: is open', /127\.0\.0\.1/],
    [closed, refused, 'right port-open: connections are refused'],
    [closed, filtered, 'right port-open: no answer within 5 s'],
    [closed, unreachable, 'right port-open: no way leads there (EHOSTUNREACH)'],
    [closed, failed, 'unknown port-open: this machine has no IPv4 route to it'],
  ]
  for (const [wanted, seen, text, remedy] of cases) {
    it(`${wanted.expect}: ${text}`, () => {
      const report = judgePort(wanted, { places: [seen], isBlockedHere: false })
      assert.deepEqual(said(report), [text])
      if (remedy) assert.match(report.findings?.[0]?.remedy ?? '', remedy)
    })
  }

  it('is nothing where the references do not answer either', () => {
    const report = judgePort(wanted, { places: [filtered, refused], isBlockedHere: true })
    assert.deepEqual(said(report), [
      'unknown port-filtered: no answer, and the references do not answer either: the network of this machine may block the port',
      'wrong port-closed: connections are refused',
    ])
  })

  const banners: readonly [banner: string, seen: { line?: string; silence?: string }, said: string][] = [
    ['220 mx.test', { line: '220 mx.test ESMTP' }, 'right banner-wrong: says "220 mx.test ESMTP"'],
    ['/^220[ -]mx[.]test /', { line: '220 mx.test ESMTP' }, 'right banner-wrong: says "220 mx.test ESMTP"'],
    ['220 mx.test', { line: '220 localhost' }, 'wrong banner-wrong: greets as localhost, not with 220 mx.test'],
    ['220 mx.test', { line: '220 mxxtest' }, 'wrong banner-wrong: greets as mxxtest, not with 220 mx.test'],
    ['220 mx.test', { line: 'SSH-2.0-x' }, 'wrong banner-wrong: does not say 220 mx.test'],
    ['220', { silence: 'no answer within 5 s' }, 'wrong banner-wrong: says nothing: no answer within 5 s'],
  ]
  for (const [banner, seen, text] of banners) {
    it(`who answers: ${text}`, () => {
      const report = judgePort({ ...wanted, banner }, { places: [{ address, ...seen }], isBlockedHere: false })
      assert.deepEqual(said(report), ['right port-closed: is open', text])
    })
  }
})

describe('looking at a port', () => {
  it('finds out what is there', async (test) => {
    const greeting = await serve(test, (socket) => void socket.write('220 mx.test ESMTP\r\n'))
    const silent = await serve(test, () => undefined)
    const closing = await serve(test, (socket) => void socket.end())
    const { report } = await look('port', { host: ['127.0.0.1', '', null], port: greeting.port, banner: '220 mx.test' })
    assert.deepEqual(said(report), ['right port-closed: is open', 'right banner-wrong: says "220 mx.test ESMTP"'])
    assert.deepEqual(report.result, { ports: [{ address: '127.0.0.1', state: 'open', banner: '220 mx.test ESMTP' }] })
    const cases: readonly [port: number, last: string][] = [
      [silent.port, 'wrong banner-wrong: says nothing: no answer within 0.1 s'],
      [closing.port, 'wrong banner-wrong: says nothing: the connection was closed'],
      [(await closedPort()).port, 'wrong port-closed: connections are refused'],
      [(await silentPort(test)).port, 'wrong port-filtered: no answer within 0.1 s'],
    ]
    for (const [port, last] of cases) {
      const { said } = await look('port', { host: '127.0.0.1', port, banner: '220', timeout: 0.1 })
      assert.equal(said.at(-1), last)
    }
  })

  it('asks the references only where nothing answers', async (test) => {
    const { port } = await silentPort(test)
    const { said } = await look('port', { host: '127.0.0.1', port, references: '127.0.0.1', timeout: 0.1 })
    assert.match(said.join(), /^unknown port-filtered: no answer, and the references do not answer either/)
  })

  it('looks at addresses of the wanted family only', async () => {
    const { said } = await look('port', { host: ['127.0.0.1', '::1'], port: (await closedPort()).port, family: 'ipv6' })
    assert.equal(said.length, 1)
  })

  it('gives up when the user does', async (test) => {
    const { port } = await silentPort(test)
    const { said } = await look('port', { host: '127.0.0.1', port }, {}, AbortSignal.timeout(50))
    assert.deepEqual(said, ['unknown port-closed: not waited for to the end'])
  })
})
