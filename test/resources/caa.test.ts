import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeCaa } from '../../src/resources/caa.ts'
import { zone } from '../mail/zone.ts'
import { said } from './looking.ts'
import { seenRecord, silent } from './seen-records.ts'

type Wanted = Parameters<typeof judgeCaa>[0]
const account = 'https://acme.test/acct/1'
const standard: Wanted = { domain: 'example.org', authority: 'ca.test', accounts: [account], wanted: false }
const line = (value: string) => `example.org CAA ${value}`
const own = `${line(`0 issue "ca.test; accounturi=${account}"`)}\n${line(`0 issuewild "ca.test; accounturi=${account}"`)}`

async function judge(lines: string, more: Partial<Wanted> = {}, above?: string) {
  const answer = await zone(above ?? '').ask('org', 'CAA')
  const record = await seenRecord('example.org', 'CAA', lines)
  return judgeCaa(
    { ...standard, ...more },
    { record, above: above === undefined ? undefined : { name: 'org', answer } },
  )
}

describe('what is said about CAA records', () => {
  it('is right where they let us issue, or where there are none', async () => {
    assert.deepEqual(said(await judge(own, { wanted: true })), [
      'right caa-refuses: lets ca.test issue',
      'right caa-missing: only named CAs may issue',
    ])
    assert.deepEqual(said(await judge('example.org A 192.0.2.1')), ['right caa-refuses: none: every CA may issue'])
  })

  const plain = ['example.org. CAA 0 issue "ca.test"', 'example.org. CAA 0 issuewild "ca.test"']
  const ours = [
    `example.org. CAA 0 issue "ca.test; accounturi=${account}"`,
    `example.org. CAA 0 issuewild "ca.test; accounturi=${account}"`,
  ]
  const cases: readonly [
    what: string,
    lines: string,
    wrong: string,
    importance: string,
    remedy: readonly string[],
    more?: Partial<Wanted>,
    above?: string,
  ][] = [
    [
      'wanted and missing',
      'example.org A 192.0.2.1',
      'wrong caa-missing: there are no CAA records',
      'recommended',
      ours,
      { wanted: true },
    ],
    [
      'of another CA',
      line('0 issue "other.test"'),
      'wrong caa-refuses: ca.test may not issue for names and wildcards',
      'required',
      ours,
    ],
    [
      'without wildcards',
      `${line('0 issue "ca.test"')}\n${line('0 issuewild ";"')}`,
      'wrong caa-refuses: ca.test may not issue for wildcards',
      'required',
      plain,
      { accounts: [] },
    ],
    [
      'of another account',
      line('0 issue "ca.test; accounturi=https://acme.test/acct/2"'),
      'wrong caa-refuses: ca.test may not issue for names and wildcards with our account',
      'required',
      ours,
    ],
    [
      'of a domain above',
      'example.org A 192.0.2.1',
      'wrong caa-refuses: ca.test may not issue for names and wildcards',
      'required',
      ours,
      {},
      'org CAA 0 issue "other.test"',
    ],
    [
      'with a mistake',
      `${own}\n${line('0 issue "https://ca.test"')}`,
      'wrong caa-syntax: "0 issue "https://ca.test"": write issue "CA" or issue "CA; NAME=VALUE"',
      'recommended',
      ['correct or remove it at example.org'],
    ],
    ['unknown', silent, 'unknown caa-refuses: the zone answers SERVFAIL for example.org.', 'required', ['']],
  ]
  for (const [what, lines, text, importance, remedy, more, above] of cases) {
    it(what, async () => {
      const found = (await judge(lines, more, above)).findings!.filter(({ verdict }) => verdict !== 'right')
      assert.deepEqual(said({ findings: found }), [text])
      assert.equal(found[0]!.importance, importance)
      assert.equal(found[0]!.remedy ?? '', remedy.join('\n'))
    })
  }
})
