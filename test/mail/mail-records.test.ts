import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parkedRecords, reverseRecords } from '../../src/mail/host-records.ts'
import { type MailRecord, updatesOf } from '../../src/mail/mail-domain.ts'
import { mailRecords } from '../../src/mail/mail-records.ts'
import { parseTxt } from '../../src/mail/txt.ts'
import { formatZone } from '../../src/mail/zone-file.ts'
import { fc } from '../properties.ts'
import { mailDomain, publication, servingHost } from './mail-hosts.ts'

const lines = (records: readonly MailRecord[]): readonly string[] =>
  records.map(({ name, type, value, importance, merge }) => `${name} ${type} ${value} · ${importance}, ${merge}`)

describe('the records of a mail domain', () => {
  it('are seven where one host serves it and nothing else is asked for', () => {
    const host = servingHost(1, { mail_host: 'smtp.example.org', dkim: [{ selector: 'mail', public_key: 'KEY' }] })
    assert.deepEqual(lines(mailRecords(mailDomain([host]))), [
      'smtp.example.org. A 198.51.100.1 · required, only',
      'smtp.example.org. AAAA 2001:db8::1 · required, only',
      'smtp.example.org. TXT v=spf1 a -all · recommended, spf',
      'example.org. MX 10 smtp.example.org. · required, yield',
      'example.org. TXT v=spf1 mx ip4:198.51.100.1 ip6:2001:db8::1 ~all · required, spf',
      'mail._domainkey.example.org. TXT v=DKIM1; k=rsa; p=KEY · required, kind',
      '_dmarc.example.org. TXT v=DMARC1; p=none · required, kind',
    ])
  })

  it('are those of all hosts where several serve it, and all that may be asked for', () => {
    const account = { ca: 'ca.example', url: 'https://ca.example/acct/1' }
    const first = servingHost(1, { account })
    const second = servingHost(2, {
      account: { ...account, url: 'https://ca.example/acct/2' },
      mx_preference: 20,
      ipv6: null,
    })
    const said: Parameters<typeof publication>[0] = {
      dmarc: {
        policy: 'reject',
        subdomain_policy: 'none',
        rua: ['dmarc@example.org', 'x@example.net'],
        ruf: 'f@example.org',
        fo: ['1', 'd'],
        adkim: 'strict',
        aspf: 'relaxed',
      },
      mta_sts: 'enforce',
      tls_rpt: 'tls@example.org',
      srv: true,
      caa: true,
      tlsa: true,
    }
    const mail = mailDomain([first, second], { publication: publication(said), reporters: ['example.net'] })
    const named = mail.named.map((host) => ({ ...host, tls_key: 'ab'.repeat(32) }))
    const key = 'ab'.repeat(32)
    assert.deepEqual(lines(mailRecords({ ...mail, named })), [
      'smtp1.example.org. A 198.51.100.1 · required, only',
      'smtp1.example.org. AAAA 2001:db8::1 · required, only',
      'smtp1.example.org. TXT v=spf1 a -all · recommended, spf',
      `_25._tcp.smtp1.example.org. TLSA 3 1 1 ${key} · optional, only`,
      'smtp2.example.org. A 198.51.100.2 · required, only',
      'smtp2.example.org. TXT v=spf1 a -all · recommended, spf',
      `_25._tcp.smtp2.example.org. TLSA 3 1 1 ${key} · optional, only`,
      'example.org. MX 10 smtp1.example.org. · required, yield',
      'example.org. MX 20 smtp2.example.org. · required, yield',
      'example.org. TXT v=spf1 mx ip4:198.51.100.1 ip6:2001:db8::1 ip4:198.51.100.2 ~all · required, spf',
      'mail-mx1._domainkey.example.org. TXT v=DKIM1; k=rsa; p=KEY1 · required, kind',
      'mail-mx2._domainkey.example.org. TXT v=DKIM1; k=rsa; p=KEY2 · required, kind',
      '_dmarc.example.org. TXT v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.org,mailto:x@example.net; ruf=mailto:f@example.org; adkim=s; aspf=r; fo=1:d · required, kind',
      'example.net._report._dmarc.example.org. TXT v=DMARC1 · recommended, kind',
      'example.org. CAA 0 issue "ca.example; accounturi=https://ca.example/acct/1" · recommended, beside',
      'example.org. CAA 0 issuewild "ca.example; accounturi=https://ca.example/acct/1" · recommended, beside',
      'example.org. CAA 0 issue "ca.example; accounturi=https://ca.example/acct/2" · recommended, beside',
      'example.org. CAA 0 issuewild "ca.example; accounturi=https://ca.example/acct/2" · recommended, beside',
      '_smtp._tls.example.org. TXT v=TLSRPTv1; rua=mailto:tls@example.org · optional, kind',
      '_mta-sts.example.org. TXT v=STSv1; id=981f8c1191493c56333f · optional, kind',
      'mta-sts.example.org. A 198.51.100.1 · optional, only',
      'mta-sts.example.org. A 198.51.100.2 · optional, only',
      'mta-sts.example.org. AAAA 2001:db8::1 · optional, only',
      '_submissions._tcp.example.org. SRV 0 1 465 smtp1.example.org. · optional, only',
      '_submissions._tcp.example.org. SRV 0 1 465 smtp2.example.org. · optional, only',
      '_submission._tcp.example.org. SRV 0 1 587 smtp1.example.org. · optional, only',
      '_submission._tcp.example.org. SRV 0 1 587 smtp2.example.org. · optional, only',
    ])
  })

  it('have one key record where hosts share a key', () => {
    const dkim = [{ selector: 'mail', public_key: 'KEY' }]
    const records = mailRecords(mailDomain([servingHost(1, { dkim }), servingHost(2, { dkim })]))
    assert.equal(records.filter(({ name }) => name.includes('_domainkey')).length, 1)
  })

  it('have no MX where mail is received elsewhere', () => {
    const records = mailRecords(
      mailDomain([servingHost(1)], { publication: publication({ receives: false, mta_sts: 'testing' }) }),
    )
    assert.deepEqual(
      records.filter(({ type, name }) => type === 'MX' || name.includes('mta-sts')),
      [],
    )
    assert.ok(records.some(({ value }) => value === 'v=spf1 ip4:198.51.100.1 ip6:2001:db8::1 ~all'))
  })

  it('leave alone what is shared with hosts that are not known', () => {
    const said = publication({ mta_sts: 'testing', srv: true })
    const records = mailRecords(mailDomain([servingHost(1)], { publication: said, complete: false }))
    assert.deepEqual(
      records.filter(({ name }) => name.includes('mta-sts')),
      [],
    )
    assert.deepEqual([...new Set(records.filter(({ type }) => type === 'SRV').map(({ merge }) => merge))], ['beside'])
  })

  it('have the addresses of hosts elsewhere as what an SPF record is to lose', () => {
    const mail = mailDomain([servingHost(1)], { strangers: ['198.51.100.9', '2001:db8::9', '198.51.100.1'] })
    const spf = mailRecords(mail).find(({ name, merge }) => name === 'example.org.' && merge === 'spf')
    assert.deepEqual(spf?.stale, ['ip4:198.51.100.9', 'ip6:2001:db8::9'])
  })

  it('have one SPF record for a host that is named like its domain', () => {
    const records = mailRecords(mailDomain([servingHost(1, { mail_host: 'example.org' })]))
    assert.deepEqual(
      records.filter(({ merge }) => merge === 'spf').map(({ name, value }) => `${name} ${value}`),
      ['example.org. v=spf1 mx ip4:198.51.100.1 ip6:2001:db8::1 ~all'],
    )
  })

  const hosts = fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 12 })

  it('let every address of every host send, and name every host as MX', () => {
    fc.assert(
      fc.property(hosts, (numbers) => {
        const serving = numbers.map((number) => servingHost(number))
        const records = mailRecords(mailDomain(serving))
        const spf = records.find(({ name, merge }) => name === 'example.org.' && merge === 'spf')!.value.split(' ')
        for (const { ipv4, ipv6, mail_host } of serving) {
          assert.ok(spf.includes(`ip4:${ipv4}`) && spf.includes(`ip6:${ipv6}`))
          assert.ok(records.some(({ type, value }) => type === 'MX' && value === `10 ${mail_host}.`))
        }
      }),
    )
  })

  it('come back from a zone file, and from the updates, as they went', () => {
    fc.assert(
      fc.property(hosts, fc.boolean(), (numbers, all) => {
        const said = publication(all ? { mta_sts: 'testing', srv: true, tls_rpt: 'tls@example.org' } : {})
        const serving = numbers.map((number) => servingHost(number))
        const records = mailRecords(mailDomain(serving, { publication: said }))
        const written = records.map(({ name, type, value }) => `${name} ${type} ${value}`)
        const read = formatZone('example.org', records, 300)
          .split('\n')
          .flatMap((line) => {
            const [, name = '', type, value = ''] = /^([^;$]\S*) +IN (\S+) +(.*)$/.exec(line) ?? []
            if (type === undefined) return []
            const full = name === '@' ? 'example.org.' : `${name}.example.org.`
            return [`${full} ${type} ${type === 'TXT' ? parseTxt(value) : value}`]
          })
        assert.deepEqual(read, written)
        const updates = updatesOf(records).flatMap(({ name, type, value }) =>
          value.map((one) => `${name} ${type} ${one}`),
        )
        assert.deepEqual(updates.toSorted(), written.toSorted())
      }),
    )
  })
})

describe('what others publish', () => {
  it('are the names of addresses', () => {
    assert.deepEqual(
      reverseRecords([servingHost(1, { ipv6: null })]).map(({ subject, name, type, value }) => [
        subject,
        name,
        type,
        value,
      ]),
      [['198.51.100.1', '1.100.51.198.in-addr.arpa.', 'PTR', 'smtp1.example.org.']],
    )
  })
})

describe('a parked domain', () => {
  it('says that it neither sends nor receives', () => {
    assert.deepEqual(lines(parkedRecords('example.com')), [
      'example.com. MX 0 . · optional, yield',
      'example.com. TXT v=spf1 -all · optional, kind',
      '_dmarc.example.com. TXT v=DMARC1; p=reject · optional, kind',
    ])
  })
})

describe('updates', () => {
  it('say what becomes of others', () => {
    const mail = mailDomain([servingHost(1)], { strangers: ['198.51.100.9'] })
    const updates = updatesOf(mailRecords(mail))
    assert.deepEqual(
      updates
        .filter(({ exact, yields, stale }) => exact || yields || stale.length > 0)
        .map(({ type, exact, yields, stale }) => ({ type, exact, yields, stale })),
      [
        { type: 'A', exact: true, yields: false, stale: [] },
        { type: 'AAAA', exact: true, yields: false, stale: [] },
        { type: 'MX', exact: false, yields: true, stale: [] },
        { type: 'TXT', exact: false, yields: false, stale: ['ip4:198.51.100.9'] },
      ],
    )
  })
})
