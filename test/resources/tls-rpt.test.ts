import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeTlsRpt } from '../../src/resources/tls-rpt.ts'
import { said } from './looking.ts'
import { seenRecord } from './seen-records.ts'

const name = '_smtp._tls.example.org'
const line = (value: string) => `${name} TXT ${value}`
const wanted = 'v=TLSRPTv1; rua=mailto:tls@example.org'
const remedy = `${name}. TXT "${wanted}"`

describe('what is said about reports of TLS', () => {
  const cases: readonly [lines: string, record: string | undefined, said: string, remedy?: string][] = [
    [
      line('v=TLSRPTv1;rua=mailto:tls@example.org;'),
      wanted,
      'right tls-rpt-missing: reports go to mailto:tls@example.org',
    ],
    [line('v=TLSRPTv1; rua=https://x.test/'), undefined, 'right tls-rpt-missing: reports go to https://x.test/'],
    ['example.org A 192.0.2.1', undefined, 'right tls-rpt-missing: none, and none is wanted'],
    ['example.org A 192.0.2.1', wanted, 'wrong tls-rpt-missing: there is none', remedy],
    [
      line('v=TLSRPTv1; rua=tls@example.org'),
      undefined,
      'wrong tls-rpt-wrong: "tls@example.org" is neither mailto:ADDRESS nor https://…',
      remedy,
    ],
    [
      `${line(wanted)}\n${line('v=TLSRPTv1; rua=https://x.test/')}`,
      wanted,
      'wrong tls-rpt-wrong: there are 2 records, so that none counts',
      remedy,
    ],
    [
      line('v=TLSRPTv1; rua=https://x.test/'),
      wanted,
      'wrong tls-rpt-wrong: reports go to https://x.test/, not to mailto:tls@example.org',
      remedy,
    ],
    [`${name} SERVFAIL`, wanted, `unknown tls-rpt-missing: the zone answers SERVFAIL for ${name}.`],
  ]
  for (const [lines, record, text, mend] of cases) {
    it(text, async () => {
      const report = judgeTlsRpt({ domain: 'example.org', record }, await seenRecord(name, 'TXT', lines))
      assert.deepEqual(said(report), [text])
      assert.equal(report.findings![0]!.remedy, mend)
    })
  }
})
