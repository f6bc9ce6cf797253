import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateSpf, type SpfResult } from '../../src/mail/spf-evaluate.ts'
import { zone } from './zone.ts'

const evaluate = (lines: string, ip: string, more: { sender?: string; helo?: string; domain?: string } = {}) =>
  evaluateSpf({ ip, sender: 'user@example.com', helo: 'mail-a.example.com', client: zone(lines), ...more })

describe('an SPF evaluation', () => {
  const own = (record: string, more = '') => `example.com TXT ${record}\n${more}`
  const words = ({ result, mechanism, lookups, voids, reason }: SpfResult) => [
    result,
    mechanism,
    lookups,
    voids,
    reason,
  ]

  it('says which term matched, at which cost', async () => {
    const net = 'example.net TXT v=spf1 a:gone.example.net IP4:198.51.100.0/24 ?all'
    const record = 'v=spf1 mx include:example.net ~all'
    const found = await evaluate(own(record, `example.com MX 10 smtp.example.com\n${net}`), '198.51.100.7')
    assert.deepEqual(words(found), [
      'pass',
      'include:example.net',
      3,
      2,
      '"include:example.net" in the SPF record of example.com matches: ' +
        '"IP4:198.51.100.0/24" in the SPF record of example.net matches',
    ])
    assert.equal(found.record, record)
  })

  const rows: [what: string, lines: string, result: string, lookups: number, reason: RegExp][] = [
    ['nothing matches', own('v=spf1 a'), 'neutral', 1, /^nothing in the SPF record of example\.com matches$/],
    ['there is no record', own('hello'), 'none', 0, /^example\.com has no SPF record$/],
    ['there are two', own('v=spf1 +all', own('V=SPF1')), 'permerror', 0, /^example\.com has 2 SPF records; one is/],
    ['DNS fails', 'example.com SERVFAIL', 'temperror', 0, /^example\.com: the zone answers SERVFAIL/],
    [
      'a term cannot be asked',
      own('v=spf1 a:x.test +all', 'x.test SERVFAIL'),
      'temperror',
      1,
      /^"a:x\.test" in .*: the zone/,
    ],
    [
      'the syntax is wrong',
      own('v=spf1 +all a:x'),
      'permerror',
      0,
      /^"a:x" in the SPF record of example\.com: "x" does not/,
    ],
    [
      'an included domain has none',
      own('v=spf1 include:x.test'),
      'permerror',
      1,
      /^"include:x\.test" in .*: x\.test has no SPF/,
    ],
    [
      'a redirect leads nowhere',
      own('v=spf1 redirect=x.test'),
      'permerror',
      1,
      /^"redirect=x\.test" in .*: x\.test has no/,
    ],
    ['it includes itself', own('v=spf1 include:example.com'), 'permerror', 11, /is look-up 11; 10 are allowed$/],
    [
      'three answers are empty',
      own('v=spf1 a:x.test a:y.test a:z.test'),
      'permerror',
      3,
      /^"a:z\.test" .* answer 3 without/,
    ],
    ['all is in front of a redirect', own('v=spf1 redirect=example.com ~all'), 'softfail', 0, /^"~all" in/],
    ['a name is impossible', own(`v=spf1 a:x..test a:${'x'.repeat(64)}.test -all`), 'fail', 2, /^"-all" in/],
  ]
  for (const [what, lines, result, lookups, reason] of rows) {
    it(`ends with ${result} where ${what}`, async () => {
      const found = await evaluate(lines, '198.51.100.7')
      assert.deepEqual([found.result, found.lookups], [result, lookups])
      assert.match(found.reason, reason)
    })
  }

  it('allows ten terms that ask, and no eleventh', async () => {
    const hosts = 'h.test A 198.51.100.1'
    const ten = 'a:h.test '.repeat(10)
    const at = await evaluate(own(`v=spf1 ${ten}ip4:198.51.100.7 -all`, hosts), '198.51.100.7')
    assert.deepEqual([at.result, at.lookups], ['pass', 10])
    const over = await evaluate(own(`v=spf1 ${ten}mx ip4:198.51.100.7 -all`, hosts), '198.51.100.7')
    assert.deepEqual(words(over).slice(0, 3), ['permerror', undefined, 11])
    assert.equal(over.reason, '"mx" in the SPF record of example.com is look-up 11; 10 are allowed')
    const early = await evaluate(own(`v=spf1 ip4:198.51.100.7 ${ten}mx -all`, hosts), '198.51.100.7')
    assert.deepEqual([early.result, early.lookups], ['pass', 0])
  })

  it('looks at ten MX hosts, and at ten names of an address', async () => {
    const hosts = (count: number) =>
      Array.from({ length: count }, (_, n) => `example.com MX ${n + 10} h${n}.test\nh${n}.test A 198.51.100.${n + 1}`)
    const mx = (count: number, ip: string) => evaluate(own('v=spf1 mx -all', hosts(count).join('\n')), ip)
    assert.equal((await mx(10, '198.51.100.10')).result, 'pass')
    assert.equal((await mx(11, '198.51.100.11')).result, 'permerror')
    assert.match((await mx(11, '198.51.100.11')).reason, /example\.com has more than 10 MX hosts/)
    const first = await evaluate(
      own('v=spf1 mx -all', `${hosts(11).join('\n')}\nexample.com MX 5 h10.test`),
      '198.51.100.11',
    )
    assert.equal(first.result, 'pass', 'the order is that of preference')

    const names = (count: number) =>
      Array.from({ length: count }, (_, n) => `7.100.51.198.in-addr.arpa PTR h${n}.test`).join('\n')
    const ptr = (count: number) =>
      evaluate(
        own(`v=spf1 ptr:h${count - 1}.test -all`, `${names(count)}\nh${count - 1}.test A 198.51.100.7`),
        '198.51.100.7',
      )
    assert.equal((await ptr(10)).result, 'pass')
    assert.equal((await ptr(11)).result, 'fail')
  })

  it('takes an IPv4 address within IPv6 for IPv4', async () => {
    const record = own('v=spf1 ip4:198.51.100.7 ip6:::/0 -all')
    assert.equal((await evaluate(record, '::ffff:198.51.100.7')).mechanism, 'ip4:198.51.100.7')
    assert.equal((await evaluate(record, '::ffff:198.51.100.8')).result, 'fail')
    assert.equal((await evaluate(record, '2001:db8::1')).mechanism, 'ip6:::/0')
  })

  it('is about the HELO name where there is no sender', async () => {
    const helo =
      'mx1.example.net TXT v=spf1 exists:%{l}.%{o}.ok.test -all\npostmaster.mx1.example.net.ok.test A 127.0.0.2'
    assert.equal((await evaluate(helo, '198.51.100.7', { sender: '', helo: 'mx1.example.net' })).result, 'pass')
    assert.equal((await evaluate(helo, '198.51.100.7', { sender: '', helo: 'localhost' })).result, 'none')
    assert.equal((await evaluate(helo, '198.51.100.7', { sender: '@MX1.example.net' })).result, 'pass')
    const domain = 'mx1.example.net.'
    assert.equal(
      (await evaluate(helo, '198.51.100.7', { sender: 'postmaster@mx1.example.net', domain })).result,
      'pass',
    )
  })

  it('passes over names that DNS cannot have, whoever makes them up', async () => {
    const record = own('v=spf1 exists:%{l}.users.test -all', 'users.test A 198.51.100.1')
    for (const localPart of ['j\u00f6rg', 'a..b', 'x'.repeat(64)]) {
      const { result, voids } = await evaluate(record, '198.51.100.7', { sender: `${localPart}@example.com` })
      assert.deepEqual([result, voids], ['fail', 0], localPart)
    }
    assert.equal((await evaluate(record, '198.51.100.7', { sender: 'user@ex\u00e4mple.com' })).result, 'none')
  })

  it('explains a failure in the words of the domain that decided', async () => {
    const lines = (last: string) => `
example.com TXT v=spf1 include:b.test redirect=c.test exp=wrong.test
b.test TXT v=spf1 -all exp=wrong.test
c.test TXT v=spf1 -all exp=%{l}.why.%{d}
wrong.test TXT wrong
user.why.c.test TXT ${last}
7.100.51.198.in-addr.arpa PTR h.c.test
h.c.test A 198.51.100.7`
    const explanation = async (last: string) => (await evaluate(lines(last), '198.51.100.7')).explanation
    assert.equal(
      await explanation('%{i} (%{p}) may not send for %{o}: see https://%{d}/?s=%{S} at %{r}.'),
      '198.51.100.7 (h.c.test) may not send for example.com: see https://c.test/?s=user%40example.com at unknown.',
    )
    assert.match((await explanation('%{t}')) ?? '', /^1\d{9}$/)
    assert.equal(await explanation('100%'), undefined)
    assert.equal(await explanation('n\u00e4h'), undefined)
    assert.equal(await explanation('one\nuser.why.c.test TXT two'), undefined)
    assert.equal(await explanation('SERVFAIL'), undefined)
  })

  it('asks for every name again', async () => {
    const asked: string[] = []
    const { server, ask } = zone(
      own('v=spf1 a:h.test mx:h.test a:h.test -all', 'h.test A 198.51.100.1\nh.test MX 1 h.test'),
    )
    const client = {
      server,
      ask: (...question: Parameters<typeof ask>) => {
        asked.push(question.join(' '))
        return ask(...question)
      },
    }
    await evaluateSpf({ ip: '198.51.100.7', sender: 'user@example.com', helo: 'x.test', client })
    assert.deepEqual(asked, ['example.com TXT', 'h.test A', 'h.test MX', 'h.test A', 'h.test A'])
  })

  it('refuses an address that is none', async () => {
    await assert.rejects(evaluate('', '198.51.100'), { name: 'RangeError', message: '"198.51.100" is no IP address' })
  })
})
