import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { isFault } from '../../src/core/finding.ts'
import { askOutbound } from '../../src/resources/outbound-script.ts'
import { closedPort, serve, silentPort } from '../network/servers.ts'
import { look } from './looking.ts'

const targets = ['a.test', 'b.test']
const noIpv6 = ['unknown ipv6-missing: no global address yet: it is still to be configured']
const address = 'ipv6 20010db8006400000000000000000011 00 eth0\n'
const route = 'ipv6 route eth0\n'

const find = async (attempts: string, params = {}) =>
  look('outbound', { targets, ipv6_planned: true, ...params }, { attempts })

/** What each target says: the same words for both. */
const both = (family: 4 | 6, ...words: readonly string[]): string =>
  targets.flatMap((target) => words.map((word) => `${target} ${family} ${word}\n`)).join('')

describe('the way out', () => {
  const v4 = (...words: readonly string[]) => both(4, 'address 192.0.2.25', ...words)
  const greeted = v4('connected', 'greeting 220 mx ESMTP')
  const cases: readonly [it: string, answer: string, said: string][] = [
    ['is open', greeted, 'right outbound-filtered: a.test greets'],
    [
      'is open where one of several greets',
      `a.test 4 address 192.0.2.1\nb.test 4 address 192.0.2.2\nb.test 4 connected\nb.test 4 greeting 220-mx\n`,
      'right outbound-filtered: b.test greets',
    ],
    ['is filtered', v4(), 'wrong outbound-filtered: other mail servers do not answer'],
    [
      'times out in the kernel',
      v4('error Connection timed out'),
      'wrong outbound-filtered: other mail servers do not answer',
    ],
    [
      'is refused',
      v4('error Connection refused'),
      'wrong outbound-refused: connections to other mail servers are refused',
    ],
    [
      'is forbidden',
      v4('error No route to host'),
      'wrong outbound-refused: connections to other mail servers are refused',
    ],
    [
      'leads to somebody else',
      v4('connected', 'greeting 554 no'),
      'wrong outbound-greeting: connections are opened, but no mail server greets',
    ],
    ['leads to silence', v4('connected'), 'wrong outbound-greeting: connections are opened, but no mail server greets'],
    [
      'leads to a closed door',
      v4('connected', 'greeting '),
      'wrong outbound-greeting: connections are opened, but no mail server greets',
    ],
  ]
  for (const [it_, answer, text] of cases) {
    it(it_, async () => {
      const { said, report } = await find(answer)
      assert.deepEqual(said, ['right resolver-broken: finds other mail servers', text, ...noIpv6])
      assert.equal(report.findings?.some(isFault), text.startsWith('wrong'))
    })
  }

  it('says of each target why', async () => {
    const answer = 'a.test 4 address 192.0.2.1\na.test 4 error Connection refused\nb.test 4 address 192.0.2.2\n'
    const { report } = await find(answer, { targets: ['a.test', 'b.test', 'c.test'], timeout: 3 })
    assert.equal(
      report.findings?.[1]?.seen,
      'a.test: connection refused; b.test: no answer within 3 s; c.test: the resolver gave no answer within 3 s',
    )
  })

  it('cannot be tried without names', async () => {
    const { said, report } = await find(both(4, 'nowhere Temporary failure in name resolution'))
    assert.deepEqual(said, [
      'wrong resolver-broken: finds no other mail server',
      'unknown outbound-filtered: cannot be tried: no mail server is found',
      ...noIpv6,
    ])
    assert.equal(report.findings?.[0]?.seen, 'a.test, b.test: Temporary failure in name resolution')
  })

  it('cannot be tried without perl', async () => {
    const { said } = await find('no perl\n')
    assert.deepEqual(said, ['unknown outbound-filtered: cannot be tried: the host has no perl (package perl-base)'])
  })

  describe('over IPv6', () => {
    const has = 'right ipv6-missing: the host has 2001:db8:64::11'
    const found = 'right ipv6-route-missing: packets find their way'
    const v6 = (...words: readonly string[]) => greeted + address + both(6, 'address 2001:db8::25', ...words)
    const cases: readonly [it: string, answer: string, said: readonly string[]][] = [
      ['is open', v6('connected', 'greeting 220 mx'), [has, found, 'right outbound-filtered: a.test greets']],
      ['needs an address', greeted, ['wrong ipv6-missing: no global address']],
      [
        'needs one that the world can answer',
        `${greeted}ipv6 fd000000000000000000000000000001 00 eth0\nipv6 fe800000000000000000000000000001 20 eth0\n`,
        ['wrong ipv6-missing: no global address'],
      ],
      ['needs a route', v6('error Network is unreachable'), [has, 'wrong ipv6-route-missing: no default route']],
      [
        'is rejected',
        v6('error Network is unreachable') + route,
        [has, found, 'wrong outbound-refused: connections to other mail servers are refused'],
      ],
      ['is filtered', v6() + route, [has, found, 'wrong outbound-filtered: other mail servers do not answer']],
      [
        'needs mail servers that have it',
        greeted + address + both(6, 'nowhere No address associated with hostname'),
        [has, 'unknown outbound-filtered: cannot be tried: no IPv6 address is found for a.test, b.test'],
      ],
    ]
    for (const [it_, answer, texts] of cases) {
      it(`${it_}, and is advice only`, async () => {
        const { said, report } = await find(answer, { ipv6_planned: false })
        assert.deepEqual(said.slice(2), texts)
        assert.equal(report.findings?.some(isFault), false)
      })
    }

    it('may still have to be configured', async () => {
      const { said } = await find(v6('error Network is unreachable'))
      assert.deepEqual(said.slice(3), [
        'unknown ipv6-route-missing: no default route yet: it is still to be configured',
      ])
    })
  })
})

describe('the script that finds the way out', () => {
  it('tells how far it comes, with all at once', async (test) => {
    const greeter = await serve(test, (socket) => socket.end('220-mx.test \u0007ESMTP\r\n220 go\r\n'))
    const silent = await serve(test, () => undefined)
    const [closed, filtered] = [await closedPort(), await silentPort(test)]
    const places = [greeter, silent, closed, filtered].map(({ port }) => `127.0.0.1#${port}`)
    const started = performance.now()
    const script = askOutbound([...places, 'nothing.invalid'], 2).reveal()
    const environment = { ...process.env, LC_ALL: 'C' }
    const { stdout: answer } = await promisify(execFile)('sh', ['-c', script], { env: environment })
    assert.ok(performance.now() - started < 3900, 'all wait together')
    const said = (place: string | undefined) =>
      answer.split('\n').flatMap((line) => (line.startsWith(`${place} 4 `) ? [line.slice(`${place} 4 `.length)] : []))
    assert.deepEqual(places.map(said), [
      ['address 127.0.0.1', 'connected', 'greeting 220-mx.test ?ESMTP'],
      ['address 127.0.0.1', 'connected'],
      ['address 127.0.0.1', 'error Connection refused'],
      ['address 127.0.0.1'],
    ])
    assert.match(said('nothing.invalid')[0] ?? 'nowhere', /^nowhere/)
  })
})
