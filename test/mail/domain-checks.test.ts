import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { domainChecks, parkedChecks } from '../../src/mail/domain-checks.ts'
import { parkedRecords } from '../../src/mail/host-records.ts'
import { mailRecords } from '../../src/mail/mail-records.ts'
import { mailDomain, publication, servingHost } from './mail-hosts.ts'

const account = { ca: 'letsencrypt.org', url: 'https://acme.test/acct/1' }

describe('what the checks of a domain compare with', () => {
  it('is what its records are made of', () => {
    const mail = mailDomain([servingHost(1, { account }), servingHost(2, { ipv6: null, mx_preference: 20 })], {
      publication: publication({ tls_rpt: 'tls@example.org', srv: true, caa: true, mta_sts: 'testing', tlsa: true }),
      reporters: ['example.net'],
    })
    const { others, ...checks } = domainChecks(mail, mailRecords(mail))
    assert.deepEqual(checks, {
      addresses: ['198.51.100.1', '2001:db8::1', '198.51.100.2'],
      mx: ['10 smtp1.example.org.', '20 smtp2.example.org.'],
      spf: 'v=spf1 mx ip4:198.51.100.1 ip6:2001:db8::1 ip4:198.51.100.2 ~all',
      dmarc: 'v=DMARC1; p=none',
      tls_rpt: 'v=TLSRPTv1; rua=mailto:tls@example.org',
      mta_sts: 'testing',
      caa: { authority: 'letsencrypt.org', accounts: ['https://acme.test/acct/1'], wanted: true },
      srv: {
        submissions: ['0 1 465 smtp1.example.org.', '0 1 465 smtp2.example.org.'],
        submission: ['0 1 587 smtp1.example.org.', '0 1 587 smtp2.example.org.'],
      },
    })
    assert.deepEqual(others, [], 'a record that no check looks at')
  })

  it('leaves out what the domain does without', () => {
    const mail = mailDomain([servingHost(1)], { publication: publication({ receives: false }) })
    const { mx, tls_rpt, caa, srv } = domainChecks(mail, mailRecords(mail))
    assert.deepEqual([mx, tls_rpt, caa, srv], [[], null, null, { submissions: [], submission: [] }])
  })

  it('is of a parked domain its records alone', () => {
    const records = parkedRecords('example.com')
    const { others, addresses, spf } = parkedChecks(records)
    assert.deepEqual([others, addresses, spf], [records, [], null])
  })
})
