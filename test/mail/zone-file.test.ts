import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseTxt } from '../../src/mail/txt.ts'
import { formatOneString, formatZone, type ZoneRecord } from '../../src/mail/zone-file.ts'
import { fc } from '../properties.ts'

const key = `v=DKIM1; k=rsa; p=${'A'.repeat(300)}`

const records: readonly ZoneRecord[] = [
  { name: 'example.org.', type: 'MX', value: '10 smtp.example.org.', comment: 'Mail comes to this host.' },
  { name: 'smtp.example.org.', type: 'AAAA', value: '2001:db8::25', ttl: 60 },
  { name: 'mail._domainkey.example.org.', type: 'TXT', value: key, comment: 'Line one\nline two\r\n' },
  { name: '*.example.org.', type: 'CNAME', value: 'smtp.example.org.' },
  { name: 'example.org.', type: 'CAA', value: '0 issue "ca.example; validationmethods=dns-01"', ttl: 300 },
]

describe('a zone file', () => {
  it('has relative names, aligned columns, comments, and strings of 255 bytes', () => {
    assert.equal(
      formatZone('Example.org', records, 300),
      `; Records to add to the zone example.org: a fragment without SOA and NS, not a whole zone.
; A name has only one SPF and one DMARC record: these take the place of what is there.
$ORIGIN example.org.
$TTL 300
; Mail comes to this host.
@                  IN MX    10 smtp.example.org.
smtp            60 IN AAAA  2001:db8::25
; Line one
; line two
mail._domainkey    IN TXT   "${key.slice(0, 255)}" "${key.slice(255)}"
*                  IN CNAME smtp.example.org.
@                  IN CAA   0 issue "ca.example; validationmethods=dns-01"
`,
    )
  })

  it('leaves the column of lifetimes out where there is one for all', () => {
    const [line] = formatZone('example.org.', [records[0]!], 300).split('\n').slice(-2)
    assert.equal(line, '@ IN MX 10 smtp.example.org.')
  })

  it('keeps any text in one line and gives it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (value) => {
        const lines = formatZone('example.org', [{ name: 'example.org.', type: 'TXT', value }], 300).split('\n')
        assert.equal(lines.length, 6)
        assert.equal(parseTxt(lines[4]!.replace('@ IN TXT ', '')), value)
      }),
    )
  })

  it('keeps comments from becoming records', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (comment) => {
        const text = formatZone('example.org', [{ ...records[0]!, comment }], 300)
        const bare = text.split(/[\r\n]/).filter((line) => line !== '' && !line.startsWith(';'))
        assert.deepEqual(bare, ['$ORIGIN example.org.', '$TTL 300', '@ IN MX 10 smtp.example.org.'])
      }),
    )
  })

  it('refuses what it cannot hold', () => {
    const mistakes: readonly [ZoneRecord, string][] = [
      [
        { name: 'smtp.example.net.', type: 'A', value: '192.0.2.1' },
        'smtp.example.net. is not in the zone example.org.',
      ],
      [{ name: 'notexample.org.', type: 'A', value: '192.0.2.1' }, 'notexample.org. is not in the zone example.org.'],
      [
        { name: 'a;b.example.org.', type: 'A', value: '192.0.2.1' },
        '"a;b.example.org." is no name that a zone file takes as it is',
      ],
      [
        { name: 'example.org.', type: 'MX', value: '10 a;b.example.org.' },
        '"10 a;b.example.org." is no value that a zone file takes as it is: record MX of example.org.',
      ],
    ]
    for (const [record, message] of mistakes) {
      assert.throws(() => formatZone('example.org', [record], 300), { name: 'RangeError', message })
    }
  })
})

describe('the one-string form', () => {
  it('has the value as a web form takes it', () => {
    assert.deepEqual(records.map(formatOneString), [
      'example.org MX 10 smtp.example.org.',
      'smtp.example.org AAAA 2001:db8::25',
      `mail._domainkey.example.org TXT ${key}`,
      '*.example.org CNAME smtp.example.org.',
      'example.org CAA 0 issue "ca.example; validationmethods=dns-01"',
    ])
  })
})
