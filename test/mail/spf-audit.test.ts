import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { auditSpf, type SpfAudit, type SpfFaultKind } from '../../src/mail/spf-audit.ts'
import { zone } from './zone.ts'

const HOSTS = `
h.test A 198.51.100.1
h.test AAAA 2001:db8::1
v4.test A 198.51.100.4
h.test MX 10 h.test
`
const audit = (lines: string) => auditSpf('example.org', zone(`${HOSTS}${lines}`))

const texts = ({ problems }: SpfAudit) => problems.map(({ text }) => text)

describe('an audit of SPF', () => {
  it('finds nothing wrong with a good record', async () => {
    const record = 'v=spf1 mx a:h.test ip6:2001:db8::/32 include:_spf.example.net ~all'
    const found = await audit(`
example.org TXT ${record}
example.org MX 10 h.test
_spf.example.net TXT v=spf1 a:h.test exists:%{i}.%{o}.test include:%{i}.test ?all`)
    assert.deepEqual(found, { record, records: [record], lookups: 6, voids: 0, problems: [] })
  })

  it('counts what a sender that nothing matches would cause', async () => {
    const found = await audit(`
example.org TXT v=spf1 +ip4:198.51.100.1 ${'a:h.test '.repeat(6)}include:b.test redirect=c.test
b.test TXT v=spf1 a:h.test mx:h.test -all
c.test TXT v=spf1 exists:%{p}.h.test -all a:h.test`)
    assert.equal(found.lookups, 12)
    assert.deepEqual(texts(found), [
      '"a:h.test" in the SPF record of c.test is never reached, because of "all"',
      'too many look-ups: 12, where 10 are allowed (RFC 7208 section 4.6.4): ' +
        `${'a:h.test, '.repeat(6)}include:b.test, a:h.test, mx:h.test, redirect=c.test, exists:%{p}.h.test, %{p}`,
    ])
  })

  it('counts empty answers for senders of a family that may send', async () => {
    const ipv4 = await audit(`example.org TXT v=spf1 ${'a:v4.test '.repeat(3)}-all`)
    assert.deepEqual([ipv4.voids, texts(ipv4)], [0, []])
    const ipv6 = await audit(`example.org TXT v=spf1 ${'a:v4.test '.repeat(3)}ip6:2001:db8::1 -all`)
    assert.equal(ipv6.voids, 3)
    assert.deepEqual(texts(ipv6), [
      'too many answers without a record: 3, where 2 are allowed (RFC 7208 section 4.6.4): ' +
        'v4.test AAAA, v4.test AAAA, v4.test AAAA',
    ])
    const dead = await audit('example.org TXT v=spf1 a:x.test mx:y.test exists:z.test -all')
    assert.equal(dead.voids, 3)
    assert.match(texts(dead)[0] ?? '', /: x\.test A, y\.test MX, z\.test A$/)
  })

  const rows: [kind: SpfFaultKind, what: string, lines: string, problem: RegExp][] = [
    ['missing', 'no record', '', /^example\.org has no SPF record$/],
    [
      'failed',
      'DNS that fails',
      'example.org SERVFAIL',
      /^the SPF record of example\.org cannot be read: the zone answers SERVFAIL/,
    ],
    [
      'several',
      'two records',
      'example.org TXT v=spf1 -all\nexample.org TXT v=spf1 mx:h.test -all',
      /^example\.org has 2 SPF records/,
    ],
    [
      'syntax',
      'wrong syntax',
      'example.org TXT v=spf1 ipv4:198.51.100.1 -all',
      /^"ipv4:198\.51\.100\.1" in .*did you mean "ip4"/,
    ],
    [
      'open',
      'a record for everybody',
      'example.org TXT v=spf1 mx:h.test all',
      /^"all" in .* lets the whole world send$/,
    ],
    ['flaw', 'ptr', 'example.org TXT v=spf1 ptr -all', /"ptr" should not be published/],
    ['flaw', 'an "=" for a ":"', 'example.org TXT v=spf1 include=b.test -all', /"include" takes ":", not "="$/],
    [
      'flaw',
      'a redirect behind all',
      'example.org TXT v=spf1 -all redirect=b.test',
      /^"redirect=b\.test" in .* never reached/,
    ],
    [
      'flaw',
      'an include without a record',
      'example.org TXT v=spf1 include:b.test -all',
      /^"include:b\.test" .*b\.test has no SPF record/,
    ],
    [
      'failed',
      'an include that fails',
      'example.org TXT v=spf1 include:b.test -all\nb.test SERVFAIL',
      /^"include:b\.test" .*SERVFAIL/,
    ],
    [
      'flaw',
      'a circle',
      'example.org TXT v=spf1 include:Example.org -all',
      /leads in a circle: example\.org, Example\.org$/,
    ],
    ['flaw', 'an impossible name', 'example.org TXT v=spf1 a:b..test -all', /"b\.\.test" is no domain name$/],
    [
      'flaw',
      'too many MX hosts',
      `example.org TXT v=spf1 mx -all\n${Array.from({ length: 11 }, (_, n) => `example.org MX ${n} h.test`).join('\n')}`,
      /example\.org has 11 MX hosts, where 10 are allowed$/,
    ],
  ]
  for (const [kind, what, lines, problem] of rows) {
    it(`finds ${what}`, async () => {
      const { problems } = await audit(lines)
      assert.equal(problems.length, 1, JSON.stringify(problems))
      assert.match(problems[0]!.text, problem)
      assert.equal(problems[0]!.kind, kind)
    })
  }

  it('finds what is wrong in an included record', async () => {
    const problems = texts(await audit('example.org TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 a:x +all'))
    assert.match(problems[0] ?? '', /^"a:x" in the SPF record of b\.test/)
    assert.match(problems[1] ?? '', /^"\+all" in the SPF record of b\.test lets/)
  })

  it('stops reading after 40 look-ups', async () => {
    const many = Array.from({ length: 9 }, (_, n) => `include:s${n}.test`).join(' ')
    const lines = Array.from({ length: 9 }, (_, n) => `s${n}.test TXT v=spf1 ${'a:h.test '.repeat(9)}-all`).join('\n')
    assert.equal((await audit(`example.org TXT v=spf1 ${many} -all\n${lines}`)).lookups, 40)
  })
})
