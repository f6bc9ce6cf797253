import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateDmarc } from '../../src/mail/dmarc.ts'
import { judgeDmarc, type SeenConsent } from '../../src/resources/dmarc-judge.ts'
import { zone } from '../mail/zone.ts'
import { said } from './looking.ts'
import { seenRecord, silent } from './seen-records.ts'

const domain = 'example.org'
const strong = 'v=DMARC1; p=reject; rua=mailto:dmarc@example.org'

async function judge(lines: string, record?: string, consents: readonly SeenConsent[] = []) {
  const seen = await seenRecord(`_dmarc.${domain}`, 'TXT', lines)
  const passed = { result: 'pass', domain }
  const policy = await evaluateDmarc({ fromDomain: domain, spf: passed, dkim: [passed], client: zone(lines) })
  return judgeDmarc({ domain, record }, { record: seen, policy, consents })
}

const line = (value: string) => `_dmarc.example.org TXT ${value}`

describe('what is said about DMARC', () => {
  it('is right in every way', async () => {
    assert.deepEqual(said(await judge(line(strong), 'v=DMARC1;p=reject;rua=mailto:dmarc@example.org')), [
      `right dmarc-missing: ${strong}`,
      'right dmarc-monitoring: the policy is reject',
      'right dmarc-reports-missing: reports are sent',
    ])
  })

  const cases: readonly [
    lines: string,
    wrong: readonly string[],
    remedy: RegExp,
    importance?: string,
    record?: string,
  ][] = [
    [
      'www.example.org A 192.0.2.1',
      ['wrong dmarc-missing: there is no DMARC record'],
      /^_dmarc\.example\.org\. TXT "v=DMARC1; p=none"$/,
    ],
    [
      '_dmarc.example.org TXT v=spf1 -all',
      ['wrong dmarc-missing: there is no DMARC record'],
      /p=reject/,
      'required',
      strong,
    ],
    [
      `${line(strong)}\n${line('v=DMARC1; p=none')}`,
      ['wrong dmarc-several: there are 2 records: none counts'],
      /"v=DMARC1; p=reject; /,
    ],
    [
      line('v=DMARC; p=reject'),
      ['wrong dmarc-syntax: the record does not begin with v=DMARC1; and counts for nothing'],
      /TXT "v=DMARC1;/,
    ],
    [line('v=DMARC1; p=rejct'), ['wrong dmarc-syntax: "p=rejct": did you mean "reject"?'], /TXT "v=DMARC1; p=none"$/],
    [
      line(`${strong}; fo=l`),
      ['wrong dmarc-syntax: "fo=l": write 0, 1, d or s, several with a colon between'],
      /"v=DMARC1; p=reject; rua=mailto:dmarc@example\.org"$/,
      'recommended',
    ],
    [
      line(`${strong}; pct=50`),
      ['wrong dmarc-different: says something else than wanted'],
      /"v=DMARC1; p=reject; rua=mailto:dmarc@example\.org"$/,
      'recommended',
      strong,
    ],
    [
      line('v=DMARC1; p=none; rua=mailto:dmarc@example.org'),
      ['wrong dmarc-monitoring: the policy is none: forged mail is only reported'],
      /policy: quarantine/,
      'optional',
    ],
    [
      line('v=DMARC1; p=reject'),
      ['wrong dmarc-reports-missing: nobody gets reports'],
      /rua: dmarc@example\.org/,
      'optional',
    ],
    [silent, ['unknown dmarc-missing: the zone answers SERVFAIL for _dmarc.example.org.'], /^$/],
  ]
  for (const [lines, texts, remedy, importance = 'required', record] of cases) {
    it(texts.join(), async () => {
      const report = await judge(lines, record)
      const found = report.findings!.filter(({ verdict }) => verdict !== 'right')
      assert.deepEqual(said({ findings: found }), texts)
      assert.equal(found[0]!.importance, importance)
      assert.match(found[0]!.remedy ?? '', remedy)
    })
  }

  it('takes the record of the domain above', async () => {
    const passed = { result: 'pass', domain: 'sub.example.org' }
    const question = { fromDomain: 'sub.example.org', spf: passed, dkim: [], client: zone(line(strong)) }
    const record = await seenRecord('_dmarc.sub.example.org', 'TXT', line(strong))
    const report = judgeDmarc(
      { domain: 'sub.example.org' },
      { record, policy: await evaluateDmarc(question), consents: [] },
    )
    assert.deepEqual(said(report), ['right dmarc-missing: the record of example.org counts: p=reject'])
  })

  it('asks others whether they want the reports', async () => {
    const name = 'example.org._report._dmarc.other.test'
    const said = async (lines: string) => {
      const consents = [{ target: 'other.test', name, answer: await zone(lines).ask(name, 'TXT') }]
      return (await judge(line(strong), undefined, consents)).findings!.at(-1)!
    }
    const [given, refused, unasked] = [
      await said(`${name} TXT v=DMARC1;`),
      await said('other.test A 192.0.2.1'),
      await said(`${name} SERVFAIL`),
    ]
    assert.deepEqual([given.verdict, refused.verdict, unasked.verdict], ['right', 'wrong', 'unknown'])
    assert.deepEqual([refused.id, refused.importance], ['dmarc-reports-refused', 'recommended'])
    assert.equal(refused.remedy, `${name}. TXT "v=DMARC1"`)
  })
})
