import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Finding } from '../../src/core/finding.ts'
import { distinctAnswers } from '../../src/mail/seen-record.ts'
import { spfView } from '../../src/resources/spf.ts'
import { judgeSpf } from '../../src/resources/spf-judge.ts'
import { zone } from '../mail/zone.ts'
import { said } from './looking.ts'
import { seenRecord, silent } from './seen-records.ts'

const addresses = ['198.51.100.11', '2001:db8::11']
const own = 'ip4:198.51.100.11 ip6:2001:db8::11'
const rest = `
smtp.example.org A 198.51.100.11
smtp.example.org AAAA 2001:db8::11
example.org MX 10 smtp.example.org
other.test TXT v=spf1 ip4:192.0.2.1 -all`

type Wanted = Parameters<typeof judgeSpf>[0]

async function judge(lines: string, more: Partial<Wanted> = {}, others: Parameters<typeof seenRecord>[3] = {}) {
  const wanted: Wanted = { domain: 'example.org', addresses, identity: 'mail_from', ...more }
  const record = await seenRecord(wanted.domain, 'TXT', lines, others)
  const views = distinctAnswers(record).map((answer) => spfView(wanted, answer, zone(`${rest}\n${lines}`)))
  return judgeSpf(wanted, { record, views: await Promise.all(views) })
}

const wrong = (report: { findings?: readonly Finding[] }) =>
  report.findings?.filter(({ verdict }) => verdict !== 'right')

describe('what is said about SPF', () => {
  it('is right in every way', async () => {
    assert.deepEqual(said(await judge(`example.org TXT v=spf1 mx ${own} ~all\nexample.org TXT other text`)), [
      `right spf-missing: v=spf1 mx ${own} ~all`,
      'right spf-too-many-lookups: 1 of 10 look-ups, 0 of 2 empty answers',
      'right spf-address-refused: pass: "mx" in the SPF record of example.org matches',
      'right spf-address-refused: pass: "mx" in the SPF record of example.org matches',
    ])
  })

  const ten = Array.from({ length: 11 }, (_, index) => `exists:a${index}.test`).join(' ')
  const exist = Array.from({ length: 11 }, (_, index) => `a${index}.test A 127.0.0.2`).join('\n')
  const cases: readonly [
    what: string,
    lines: string,
    wrong: readonly [text: RegExp, importance: string, remedy: RegExp][],
  ][] = [
    [
      'none',
      'example.org TXT other text',
      [
        [
          /^wrong spf-missing: there is no SPF record$/,
          'required',
          /^example\.org\. TXT "v=spf1 ip4:198\.51\.100\.11 ip6:2001:db8::11 ~all"$/,
        ],
      ],
    ],
    [
      'two',
      `example.org TXT v=spf1 ${own} -all\nexample.org TXT v=spf1 include:other.test ~all`,
      [
        [
          /^wrong spf-several: there are 2 SPF records: none counts$/,
          'required',
          /^example\.org\. TXT "v=spf1 ip4:198\.51\.100\.11 ip6:2001:db8::11 include:other\.test ~all"$/,
        ],
      ],
    ],
    [
      'a mistake, which is left out of what mends it',
      `example.org TXT v=spf1 ipv4:198.51.100.11 ${own} -all`,
      [
        [
          /^wrong spf-syntax: "ipv4:198\.51\.100\.11" in /,
          'required',
          /^example\.org\. TXT "v=spf1 ip4:198\.51\.100\.11 ip6:2001:db8::11 ~all"$/,
        ],
      ],
    ],
    [
      'an address that is left out',
      'example.org TXT v=spf1 ip4:198.51.100.11 -all',
      [
        [
          /^wrong spf-address-refused: fail: "-all" in /,
          'required',
          /"v=spf1 ip4:198\.51\.100\.11 ip6:2001:db8::11 ~all"$/,
        ],
      ],
    ],
    [
      'an address that nothing is said of',
      'example.org TXT v=spf1 ip6:2001:db8::11',
      [
        [
          /^wrong spf-address-refused: neutral: nothing in the SPF record of example\.org matches$/,
          'required',
          /ip4:198/,
        ],
      ],
    ],
    [
      'eleven look-ups behind the own addresses',
      `example.org TXT v=spf1 ${own} ${ten} -all\n${exist}`,
      [
        [
          /^wrong spf-too-many-lookups: too many look-ups: 11, /,
          'required',
          /write ip4:198\.51\.100\.11 ip6:2001:db8::11 for the own servers/,
        ],
      ],
    ],
    [
      'three empty answers behind the own addresses',
      `example.org TXT v=spf1 ${own} a:x.test a:y.test a:z.test -all`,
      [
        [
          /^wrong spf-too-many-voids: too many answers without a record: 3/,
          'recommended',
          /^take out of the SPF record of example\.org /,
        ],
      ],
    ],
    [
      'three empty answers before them',
      `example.org TXT v=spf1 exists:x.test exists:y.test exists:z.test ${own} -all`,
      [[/^wrong spf-too-many-voids: too many answers without a record: 3/, 'required', /^take out/]],
    ],
    [
      'everybody',
      `example.org TXT v=spf1 ${own} +all`,
      [[/^wrong spf-open: "\+all" in the SPF record of example\.org lets the whole world send$/, 'required', /~all"$/]],
    ],
    [
      'an include without a record, behind the own addresses',
      `example.org TXT v=spf1 ${own} include:none.test -all`,
      [[/^wrong spf-flawed: "include:none\.test" in /, 'recommended', /term/]],
    ],
    [
      'an include without a record, before them',
      `example.org TXT v=spf1 include:none.test ${own} -all`,
      [[/^wrong spf-flawed: "include:none\.test" in /, 'required', /term/]],
    ],
    [
      'an include that cannot be read',
      `example.org TXT v=spf1 ${own} include:dead.test -all\ndead.test SERVFAIL`,
      [[/^unknown spf-flawed: "include:dead\.test" in .*SERVFAIL/, 'recommended', /^$/]],
    ],
  ]
  for (const [what, lines, expected] of cases) {
    it(what, async () => {
      const report = await judge(lines)
      const found = wrong(report)!
      assert.equal(found.length, expected.length, said(report).join('\n'))
      for (const [index, [text, importance, remedy]] of expected.entries()) {
        assert.match(said({ findings: found })[index]!, text)
        assert.equal(found[index]!.importance, importance)
        assert.match(found[index]!.remedy ?? '', remedy)
      }
    })
  }

  it('takes the wanted record to mend what is there', async () => {
    const report = await judge('example.org TXT v=spf1 include:other.test -all', { record: `v=spf1 mx ${own} ~all` })
    assert.equal(wrong(report)![0]!.remedy, `example.org. TXT "v=spf1 include:other.test mx ${own} ~all"`)
  })

  it('tells of the one server that is behind', async () => {
    const good = `example.org TXT v=spf1 ${own} ~all`
    const report = await judge(good, {}, { ns2: 'example.org TXT v=spf1 -all' })
    assert.match(
      said({ findings: wrong(report)! })[0]!,
      /^wrong spf-address-refused: fail: .* at ns2\.test; the others have it right$/,
    )
  })

  it('is unknown where nobody answers', async () => {
    assert.deepEqual(said(await judge(silent)), ['unknown spf-missing: the zone answers SERVFAIL for example.org.'])
  })

  const helo = { domain: 'smtp.example.org', identity: 'helo' } as const
  const heloCases: readonly [lines: string, said: readonly string[], importance?: string][] = [
    ['smtp.example.org TXT v=spf1 a -all', []],
    ['smtp.example.org TXT x', ['wrong spf-helo-missing: there is no SPF record'], 'recommended'],
    [
      'smtp.example.org TXT v=spf1 mx -all',
      Array(2).fill('wrong spf-helo-refused: fail: "-all" in the SPF record of smtp.example.org matches'),
      'required',
    ],
    [
      'smtp.example.org TXT v=spf1 mx ~all',
      Array(2).fill('wrong spf-helo-refused: softfail: "~all" in the SPF record of smtp.example.org matches'),
      'recommended',
    ],
    [
      'smtp.example.org TXT v=spf1 a +all',
      ['wrong spf-open: "+all" in the SPF record of smtp.example.org lets the whole world send'],
      'recommended',
    ],
  ]
  for (const [lines, texts, importance] of heloCases) {
    it(`HELO: ${lines}`, async () => {
      const report = await judge(lines, helo)
      const found = wrong(report)!
      assert.deepEqual(said({ findings: found }), texts)
      for (const finding of found) {
        assert.equal(finding.importance, importance)
        assert.match(finding.remedy ?? '', /^smtp\.example\.org\. TXT "v=spf1 (mx )?a -all"$/)
      }
    })
  }
})
