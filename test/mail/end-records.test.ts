import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endRecords } from '../../src/mail/end-records.ts'
import type { MailRecord } from '../../src/mail/mail-domain.ts'

const records = (
  [
    ['smtp.example.org.', 'A', '198.51.100.11', 'only'],
    ['smtp.example.org.', 'TXT', 'v=spf1 a -all', 'spf'],
    ['_25._tcp.smtp.example.org.', 'TLSA', `3 1 1 ${'a'.repeat(64)}`, 'only'],
    ['example.org.', 'MX', '10 smtp.example.org.', 'yield'],
    ['example.org.', 'MX', '20 smtp2.example.org.', 'yield'],
    ['example.org.', 'TXT', 'v=spf1 mx ip4:198.51.100.11 ~all', 'spf'],
    ['mail._domainkey.example.org.', 'TXT', 'v=DKIM1; k=rsa; p=KEY', 'kind'],
    ['_dmarc.example.org.', 'TXT', 'v=DMARC1; p=none; rua=mailto:d@example.org', 'kind'],
    ['other.net._report._dmarc.example.org.', 'TXT', 'v=DMARC1', 'kind'],
    ['example.org.', 'CAA', '0 issue "ca.example"', 'beside'],
    ['_mta-sts.example.org.', 'TXT', 'v=STSv1; id=1', 'kind'],
    ['mta-sts.example.org.', 'AAAA', '2001:db8::11', 'only'],
    ['_submissions._tcp.example.org.', 'SRV', '0 1 465 smtp.example.org.', 'only'],
  ] as const
).map(([name, type, value, merge]): MailRecord => ({ name, type, value, merge, importance: 'required', reason: 'r' }))

const end = endRecords('example.org', records)
const said = (list: readonly { name: string; type: string; value: string | readonly string[] }[]) =>
  list.map(({ name, type, value }) => `${name} ${type} ${value}`)

describe('a domain that is given up', () => {
  test('neither sends nor receives, and its keys are revoked', () => {
    assert.deepEqual(said(end.records), [
      'example.org. MX 0 .',
      'example.org. TXT v=spf1 -all',
      '_dmarc.example.org. TXT v=DMARC1; p=reject',
      'mail._domainkey.example.org. TXT v=DKIM1; p=',
      'smtp.example.org. TXT v=spf1 -all',
    ])
    assert.deepEqual([...new Set(end.records.map(({ importance }) => importance))], ['required'])
  })

  test('has a null MX in the place of our servers, and not beside those of others', () => {
    assert.deepEqual(end.mx, [
      {
        name: 'example.org.',
        type: 'MX',
        value: ['0 .'],
        exact: false,
        yields: true,
        stale: ['10 smtp.example.org.', '20 smtp2.example.org.'],
      },
    ])
    assert.deepEqual(said(end.null_mx), ['example.org. MX 0 .'])
    assert.deepEqual(said(end.updates), said(end.records.slice(1)))
  })

  test('lets go what tells others how to reach its servers, and keeps addresses and CAA', () => {
    assert.deepEqual(said(end.removals), [
      `_25._tcp.smtp.example.org. TLSA 3 1 1 ${'a'.repeat(64)}`,
      '_mta-sts.example.org. TXT v=STSv1; id=1',
      'mta-sts.example.org. AAAA 2001:db8::11',
      '_submissions._tcp.example.org. SRV 0 1 465 smtp.example.org.',
    ])
  })
})
