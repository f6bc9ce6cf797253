import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeZone } from '../../src/resources/dns-zone.ts'
import { zone } from '../mail/zone.ts'
import { judged, params, right, seenAt, without } from './zone-seen.ts'

describe('the records of a zone', () => {
  it('are told in one line where all are as wanted', async () => {
    const report = await judged(right)
    assert.equal(report.message, 'example.org — all 6 records are as wanted (asked ns1.example.net)')
    assert.ok(report.findings?.every(({ verdict }) => verdict === 'right'))
    assert.equal(report.documents?.text, '# example.org: nothing to add\n')
  })

  it('are counted where some are missing or different, with the whole values to copy', async () => {
    const text = `${without('smtp.example.org +AAAA', 'example.org +TXT', '_dmarc')}
      example.org TXT v=spf1 include:_spf.other.test -all
      _dmarc.example.org TXT v=DMARC1; p=reject; rua=mailto:somebody@a.long.name.example
    `
    const report = await judged(text)
    assert.equal(report.message, 'example.org — 3 of 6 records are missing or different (asked ns1.example.net)')
    assert.deepEqual(
      report.findings?.flatMap(({ verdict, subject, text }) => (verdict === 'wrong' ? [`${subject} ${text}`] : [])),
      [
        'smtp.example.org AAAA missing: mail leaves over IPv6',
        'example.org TXT is "v=spf1 include:_spf.other.test -all": mail is refused without it',
        '_dmarc.example.org TXT is "v=DMARC1; p=reject; rua=mailto:somebody@a.long.name.example": mail is refused without it',
      ],
    )
    assert.equal(
      report.documents?.text,
      `# example.org
smtp.example.org AAAA 2001:db8::11
# in place of v=spf1 include:_spf.other.test -all
example.org TXT v=spf1 include:_spf.other.test mx ip4:198.51.100.11 ~all
# in place of v=DMARC1; p=reject; rua=mailto:somebody@a.long.name.example
_dmarc.example.org TXT v=DMARC1; p=none
`,
    )
    assert.match(
      report.documents?.zone ?? '',
      /^@ +IN TXT +"v=spf1 include:_spf\.other\.test mx ip4:198\.51\.100\.11 ~all"$/m,
    )
    assert.equal(report.result?.zone_file, report.documents?.zone)
    assert.equal(report.result?.wrong, 3)
  })

  it('stand beside what others publish, where that is wrong', async () => {
    const ptr = {
      where: 'the provider of the address',
      subject: '198.51.100.11',
      type: 'PTR',
      reason: 'mail is refused',
    }
    const elsewhere = [{ ...ptr, name: '11.100.51.198.in-addr.arpa.', value: 'smtp.example.org.' }]
    const seen = await seenAt(right)
    const answer = await zone('11.100.51.198.in-addr.arpa PTR vps.provider.example.').ask(
      '11.100.51.198.in-addr.arpa',
      'PTR',
    )
    const report = judgeZone(params({ elsewhere }), { ...seen, elsewhere: [answer] })
    assert.equal(
      report.message,
      `example.org — all 6 records are as wanted (asked ns1.example.net)
  ✖  198.51.100.11  PTR  smtp.example.org.  is vps.provider.example.  at the provider of the address: mail is refused`,
    )
    assert.equal(
      report.documents?.text,
      '# example.org\n# at the provider of the address\n11.100.51.198.in-addr.arpa PTR smtp.example.org.\n',
    )
  })
})
