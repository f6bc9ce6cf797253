import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeInbound, type SeenPort } from '../../src/resources/inbound.ts'
import { closedPort, serveSmtp } from '../network/servers.ts'
import { look, said } from './looking.ts'

describe('the way in', () => {
  const place = { address: '198.51.100.11', port: 587 }
  const filtered = { failure: { outcome: 'filtered', why: 'no answer within 4 s' } } as const
  const cases: readonly [it: string, seen: SeenPort, said: string, remedy?: RegExp][] = [
    [
      'is open, and nothing listens yet',
      { ...place, failure: { outcome: 'refused', why: 'connections are refused' } },
      'right inbound-filtered: can be reached; nothing listens yet',
    ],
    [
      'leads to chasquid',
      { ...place, greeting: '220 smtp.example.org ESMTP chasquid' },
      'right inbound-foreign: chasquid greets',
    ],
    [
      'is filtered',
      { ...place, ...filtered },
      'wrong inbound-filtered: cannot be reached: no answer within 4 s',
      /^open incoming TCP 587 in the provider’s panel/,
    ],
    [
      'is rejected',
      { ...place, failure: { outcome: 'unreachable', why: 'no way leads there (EHOSTUNREACH)' } },
      'wrong inbound-filtered: cannot be reached: no way leads there (EHOSTUNREACH)',
      /nft list ruleset$/,
    ],
    [
      'cannot be tried',
      { ...place, failure: { outcome: 'failed', why: 'this machine has no IPv6 route to it' } },
      'unknown inbound-filtered: this machine has no IPv6 route to it',
    ],
    [
      'leads to another program',
      { ...place, greeting: '220 mx1 ESMTP Postfix' },
      'wrong inbound-foreign: something else than chasquid answers',
      /ss -Hltnp 'sport = :587'/,
    ],
    [
      'leads to what refuses',
      { ...place, greeting: '554 chasquid is gone' },
      'wrong inbound-foreign: something else than chasquid answers',
    ],
    [
      'leads to what speaks something else',
      { ...place, nonsense: 'what is there does not speak SMTP: "SSH-2.0-x"' },
      'wrong inbound-foreign: something else than chasquid answers',
    ],
  ]
  for (const [it_, seen, text, remedy] of cases) {
    it(it_, () => {
      const report = judgeInbound({ importance: 'recommended' }, { ports: [seen], isPort25Open: false })
      assert.deepEqual(said(report), [text])
      assert.equal(report.findings?.[0]?.importance, 'recommended')
      if (remedy) assert.match(report.findings?.[0]?.remedy ?? '', remedy)
    })
  }

  it('is told from the way out of this machine, for port 25', () => {
    const judge = (isPort25Open: boolean) =>
      said(judgeInbound({ importance: 'required' }, { ports: [{ ...place, port: 25, ...filtered }], isPort25Open }))
    assert.deepEqual(judge(true), ['wrong inbound-filtered: cannot be reached: no answer within 4 s'])
    assert.deepEqual(judge(false), [
      'unknown inbound-filtered: other mail servers do not answer this machine either: its own network may block port 25',
    ])
  })

  it('is tried at each port', async (test) => {
    const ours = await serveSmtp(test, { greeting: '220 smtp.example.org ESMTP chasquid' })
    const theirs = await serveSmtp(test, { greeting: '220 mx ESMTP Postfix' })
    const closed = await closedPort()
    const { report } = await look('inbound', {
      addresses: [ours.address, ''],
      ports: [ours.port, theirs.port, closed.port],
      references: [`${ours.address}#${ours.port}`, `127.0.0.1#${closed.port}`],
      timeout: 2,
    })
    assert.deepEqual(said(report), [
      'right inbound-foreign: chasquid greets',
      'wrong inbound-foreign: something else than chasquid answers',
      'right inbound-filtered: can be reached; nothing listens yet',
    ])
    assert.equal(report.findings?.[1]?.seen, '220 mx ESMTP Postfix')
  })
})
