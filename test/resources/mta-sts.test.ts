import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DnsAnswer } from '../../src/mail/dns-answer.ts'
import type { HttpsOutcome } from '../../src/network/https.ts'
import { judgeMtaSts, type SeenMtaSts } from '../../src/resources/mta-sts.ts'
import { said } from './looking.ts'

const empty = { records: [], aliases: [], authoritative: false, authenticated: false }
const none: DnsAnswer = { ...empty, status: 'no name' }
const failed: DnsAnswer = { ...empty, status: 'failed', error: '192.0.2.53 answers SERVFAIL' }

function answer(type: 'TXT' | 'MX', ...values: readonly string[]): DnsAnswer {
  return { ...empty, status: 'found', records: values.map((value) => ({ name: 'own.test.', type, ttl: 60, value })) }
}

function policy(text: string, more: Partial<Extract<HttpsOutcome, { outcome: 'answered' }>> = {}): HttpsOutcome {
  const url = 'https://mta-sts.own.test/.well-known/mta-sts.txt'
  return { outcome: 'answered', url, status: 200, type: 'text/plain', location: undefined, body: text, ...more }
}

const enforce = 'version: STSv1\nmode: enforce\nmx: smtp.own.test\nmx: *.backup.test\nmax_age: 604800\n'
const unreachable: HttpsOutcome = { outcome: 'failed', why: 'mta-sts.own.test has no address in DNS', isOurs: false }
const good: SeenMtaSts = {
  record: answer('TXT', 'v=STSv1; id=1'),
  mx: answer('MX', '10 smtp.own.test.', '20 mx.backup.test.'),
  policy: policy(enforce),
}

describe('what is said about MTA-STS', () => {
  const wanted = { domain: 'own.test', mode: undefined, mx: undefined }

  it('is right in every way', () => {
    const report = judgeMtaSts({ ...wanted, mode: 'enforce' }, good)
    assert.deepEqual(said(report), [
      'right mta-sts-missing: is published',
      'right mta-sts-record-wrong: has the id 1',
      'right mta-sts-policy-unreachable: is served',
      'right mta-sts-policy-wrong: has the mode enforce',
      'right mta-sts-mx-different: agrees with the policy',
    ])
    const mx = ['smtp.own.test', '*.backup.test']
    assert.deepEqual(report.result, { id: '1', mode: 'enforce', mx, max_age: 604800 })
  })

  type Wanted = Parameters<typeof judgeMtaSts>[0]
  const cases: readonly [seen: Partial<SeenMtaSts>, wrong: string, importance?: string, wanted?: Partial<Wanted>][] = [
    [{ record: none, policy: unreachable }, 'wrong mta-sts-missing: is not published', 'optional'],
    [{ record: none, policy: policy('', { status: 404 }) }, 'wrong mta-sts-missing: is not published'],
    [{ record: failed }, 'unknown mta-sts-record-wrong: 192.0.2.53 answers SERVFAIL'],
    [{ record: none }, 'wrong mta-sts-record-wrong: there is no record v=STSv1'],
    [{ record: answer('TXT', 'v=STSv1;') }, 'wrong mta-sts-record-wrong: its id is missing'],
    [
      { policy: unreachable },
      'wrong mta-sts-policy-unreachable: mta-sts.own.test has no address in DNS',
      'recommended',
    ],
    [
      { policy: { ...unreachable, isOurs: true } },
      'unknown mta-sts-policy-unreachable: mta-sts.own.test has no address in DNS',
    ],
    [
      { policy: policy('', { status: 301, location: 'https://own.test/' }) },
      'wrong mta-sts-policy-unreachable: the status is 301 instead of 200, which sends to https://own.test/',
    ],
    [
      { policy: policy(enforce, { type: 'text/html' }) },
      'wrong mta-sts-policy-wrong: it is served as text/html instead of text/plain',
    ],
    [
      { policy: policy(enforce.replace('enforce', 'strict')) },
      'wrong mta-sts-policy-wrong: mode is "strict" instead of enforce, testing, none',
    ],
    [{}, 'wrong mta-sts-policy-wrong: the mode is enforce instead of testing', 'recommended', { mode: 'testing' }],
    [
      { policy: policy(enforce.replace('604800', '3600')) },
      'wrong mta-sts-policy-wrong: max_age is 3600 s: senders forget it within a day',
    ],
    [
      { mx: answer('MX', '10 smtp.own.test.', '20 mx.backup.test.', '30 new.own.test.') },
      'wrong mta-sts-mx-different: the policy does not name new.own.test',
      'required',
    ],
    [
      {
        mx: answer('MX', '30 new.own.test.'),
        policy: policy(enforce.replace('enforce', 'testing').replace(/mx: \*.*\n/, '')),
      },
      'wrong mta-sts-mx-different: the policy does not name new.own.test; the policy names smtp.own.test, which no MX is',
      'recommended',
    ],
    [
      { mx: answer('MX', '10 smtp.own.test.') },
      'wrong mta-sts-mx-different: the policy names *.backup.test, which no MX is',
      'recommended',
    ],
    [{ mx: failed }, 'unknown mta-sts-mx-different: 192.0.2.53 answers SERVFAIL'],
    [
      { mx: failed },
      'wrong mta-sts-mx-different: the policy names *.backup.test, which no MX is',
      'recommended',
      { mx: ['smtp.own.test'] },
    ],
  ]
  for (const [seen, wrong, importance, more] of cases) {
    it(`${wrong}${importance === undefined ? '' : ` (${importance})`}`, () => {
      const { findings = [] } = judgeMtaSts({ ...wanted, ...more }, { ...good, ...seen })
      const faults = findings.filter(({ verdict }) => verdict !== 'right')
      assert.deepEqual(said({ findings: faults }), [wrong])
      if (importance !== undefined) assert.equal(faults[0]?.importance, importance)
    })
  }

  it('asks nothing of the hosts where the mode is none', () => {
    const seen = { ...good, policy: policy('version: STSv1\nmode: none\nmax_age: 0\n'), mx: none }
    assert.deepEqual(
      judgeMtaSts(wanted, seen).findings?.filter(({ verdict }) => verdict !== 'right'),
      [],
    )
  })
})
