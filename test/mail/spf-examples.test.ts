import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateSpf } from '../../src/mail/spf-evaluate.ts'
import { zone } from './zone.ts'

const evaluate = (lines: string, ip: string, sender = 'user@example.com') =>
  evaluateSpf({ ip, sender, helo: 'mail-a.example.com', client: zone(lines) })

// RFC 7208 appendix A.
const HOSTS = `
example.com MX 10 mail-a.example.com
example.com MX 20 mail-b.example.com
example.com A 192.0.2.10
example.com A 192.0.2.11
amy.example.com A 192.0.2.65
bob.example.com A 192.0.2.66
mail-a.example.com A 192.0.2.129
mail-b.example.com A 192.0.2.130
www.example.com CNAME example.com
example.org MX 10 mail-c.example.org
mail-c.example.org A 192.0.2.140
10.2.0.192.in-addr.arpa PTR example.com
11.2.0.192.in-addr.arpa PTR example.com
65.2.0.192.in-addr.arpa PTR amy.example.com
66.2.0.192.in-addr.arpa PTR bob.example.com
129.2.0.192.in-addr.arpa PTR mail-a.example.com
130.2.0.192.in-addr.arpa PTR mail-b.example.com
140.2.0.192.in-addr.arpa PTR mail-c.example.org
4.0.0.10.in-addr.arpa PTR bob.example.com
`
const CLIENTS = ['10', '11', '65', '66', '128', '129', '130', '131', '132', '140', '143', '144'].map(
  (n) => `192.0.2.${n}`,
)

describe('RFC 7208 appendix A', () => {
  const single: [record: string, pass: readonly string[]][] = [
    ['v=spf1 +all', CLIENTS.map((ip) => ip.slice(8))],
    ['v=spf1 a -all', ['10', '11']],
    ['v=spf1 a:example.org -all', []],
    ['v=spf1 mx -all', ['129', '130']],
    ['v=spf1 mx:example.org -all', ['140']],
    ['v=spf1 mx mx:example.org -all', ['129', '130', '140']],
    ['v=spf1 mx/30 mx:example.org/30 -all', ['128', '129', '130', '131', '140', '143']],
    ['v=spf1 ptr -all', ['10', '11', '65', '66', '129', '130']],
    ['v=spf1 ip4:192.0.2.128/28 -all', ['128', '129', '130', '131', '132', '140', '143']],
  ]
  for (const [record, pass] of single) {
    it(`${record} lets ${pass.length} of ${CLIENTS.length} hosts send`, async () => {
      const verdicts = CLIENTS.map(async (ip) => (await evaluate(`${HOSTS}example.com TXT ${record}`, ip)).result)
      const expected = CLIENTS.map((ip) => (pass.includes(ip.slice(8)) ? 'pass' : 'fail'))
      assert.deepEqual(await Promise.all(verdicts), expected)
    })
  }

  it('takes no reverse name that does not point back', async () => {
    assert.equal((await evaluate(`${HOSTS}example.com TXT v=spf1 ptr -all`, '10.0.0.4')).result, 'fail')
  })

  it('lets several domains share records', async () => {
    const shared = `${HOSTS}
example.org TXT v=spf1 include:example.com include:example.net -all
la.example.org TXT v=spf1 redirect=example.org
example.com TXT v=spf1 mx -all
example.net TXT v=spf1 ip4:203.0.113.7 -all`
    const sender = 'user@la.example.org'
    assert.equal((await evaluate(shared, '192.0.2.129', sender)).result, 'pass')
    assert.equal((await evaluate(shared, '203.0.113.7', sender)).result, 'pass')
    assert.equal((await evaluate(shared, '192.0.2.65', sender)).result, 'fail')
  })

  it('lets single users send from elsewhere', async () => {
    const users = `${HOSTS}
example.com TXT v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all
mobile-users._spf.example.com TXT v=spf1 exists:%{l1r+}.%{d}
mary.mobile-users._spf.example.com A 127.0.0.2
remote-users._spf.example.com TXT v=spf1 exists:%{ir}.%{l1r+}.%{d}
15.15.168.192.joel.remote-users._spf.example.com A 127.0.0.2`
    const result = async (localPart: string) =>
      (await evaluate(users, '192.168.15.15', `${localPart}@example.com`)).result
    assert.equal(await result('mary+lists'), 'pass')
    assert.equal(await result('joel'), 'pass')
    assert.equal(await result('amy'), 'fail')
  })

  it('can require several things at once', async () => {
    const strict = `${HOSTS}
example.com TXT v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all
ip4._spf.example.com TXT v=spf1 -ip4:192.0.2.0/24 +all
ptr._spf.example.com TXT v=spf1 -ptr:example.com +all`
    assert.equal((await evaluate(strict, '192.0.2.65')).result, 'pass')
    assert.equal((await evaluate(strict, '192.0.2.140')).result, 'fail')
    assert.equal((await evaluate(strict, '10.0.0.4')).result, 'fail')
  })
})
