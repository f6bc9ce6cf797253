import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type DmarcTags,
  externalReportName,
  formatDmarc,
  isDmarcRecord,
  parseDmarc,
} from '../../src/mail/dmarc-record.ts'
import { fc } from '../properties.ts'

describe('DMARC records', () => {
  it('are told from other texts by their version', () => {
    for (const text of ['v=DMARC1', 'v=DMARC1; p=none', 'V = DMARC1;']) assert.equal(isDmarcRecord(text), true, text)
    for (const text of [
      'v=dmarc1; p=none',
      'v=DMARC10',
      'p=none; v=DMARC1',
      'DMARC1',
      ' v=DMARC1',
      'v=DMARC1 p=none',
    ]) {
      assert.equal(isDmarcRecord(text), false, text)
    }
  })

  it('are read tag by tag', () => {
    const text =
      'v=DMARC1 ;p = Quarantine; sp=none; pct=25; adkim=s; aspf=r; fo=1:d:s; ri=3600; rf=afrf; ' +
      'rua=mailto:a@example.org!10m , mailto:b@Example.NET.; ruf=mailto:c%21d@example.org; x_new=1;'
    assert.deepEqual(parseDmarc(text), {
      p: 'quarantine',
      sp: 'none',
      pct: 25,
      adkim: 'strict',
      aspf: 'relaxed',
      fo: ['1', 'd', 's'],
      ri: 3600,
      rua: [
        { uri: 'mailto:a@example.org', limit: 10 * 2 ** 20, domain: 'example.org' },
        { uri: 'mailto:b@Example.NET.', domain: 'example.net' },
      ],
      ruf: [{ uri: 'mailto:c%21d@example.org', domain: 'example.org' }],
      others: [
        { name: 'rf', value: 'afrf' },
        { name: 'x_new', value: '1' },
      ],
      problems: [],
      wrong: [],
    })
  })

  const wrong: [text: string, problem: RegExp, left: Partial<DmarcTags>][] = [
    ['v=DMARC1', /"p" is missing/, {}],
    ['v=DMARC1; p=quarantin', /"p=quarantin": did you mean "quarantine"/, {}],
    ['v=DMARC1; p=monitor', /"p=monitor": write one of none, quarantine, reject/, {}],
    ['v=DMARC1; sp=none; p=none', /"p" is not the tag behind "v"/, { p: 'none', sp: 'none' }],
    ['v=DMARC1; p=none; pct=101', /"pct=101": write a number from 0 to 100/, { p: 'none' }],
    ['v=DMARC1; p=none; pct=ten', /"pct=ten"/, { p: 'none' }],
    ['v=DMARC1; p=none; fo=1:x', /"fo=1:x": write 0, 1, d or s/, { p: 'none' }],
    ['v=DMARC1; p=none; adkim=relaxed', /"adkim=relaxed": write one of r, s/, { p: 'none' }],
    ['v=DMARC1; p=none; p=reject', /"p" is there twice/, { p: 'none' }],
    ['v=DMARC1; p=none; rua', /"rua" is no tag: write NAME=VALUE/, { p: 'none' }],
    ['v=DMARC1; p=none; rua=a@example.org', /"rua": "a@example\.org" is no URI: write mailto:ADDRESS/, { p: 'none' }],
    ['v=DMARC1; p=none; rua=mailto:example.org', /is no mailbox/, { p: 'none' }],
    ['v=DMARC1; p=none; ruf=mailto:a@b.test!10x', /has a wrong size limit/, { p: 'none' }],
    ['v=DMARC1; p=none; rua=', /is an empty address/, { p: 'none' }],
    [
      'v=DMARC1; p=none; rua=https://a.test/',
      /need to send to mailto: only/,
      { p: 'none', rua: [{ uri: 'https://a.test/' }] },
    ],
    ['v=DMARC2; p=none', /does not begin with "v=DMARC1;"/, {}],
  ]
  for (const [text, problem, left] of wrong) {
    it(`are reported: ${text}`, () => {
      const { problems, wrong, ...tags } = parseDmarc(text)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0]!, problem)
      assert.deepEqual(tags, left)
    })
  }

  it('come out as they are read', () => {
    const policy = fc.constantFrom('none', 'quarantine', 'reject')
    const mode = fc.constantFrom('relaxed', 'strict')
    const uri = fc.record(
      {
        uri: fc.constantFrom('mailto:a@example.org', 'mailto:b%2Cc@example.org', 'mailto:d@example.org?subject=e'),
        limit: fc.oneof(fc.nat(), fc.constantFrom(2 ** 20, 5 * 2 ** 30, 2 ** 40)),
        domain: fc.constant('example.org'),
      },
      { requiredKeys: ['uri', 'domain'], noNullPrototype: true },
    )
    const uris = fc.array(uri, { minLength: 1, maxLength: 3 })
    const tags = fc.record(
      {
        p: policy,
        sp: policy,
        adkim: mode,
        aspf: mode,
        pct: fc.nat(100),
        fo: fc.subarray(['0', '1', 'd', 's'], { minLength: 1 }),
        rua: uris,
        ruf: uris,
        ri: fc.nat(),
        others: fc.constant([{ name: 'x', value: 'a=b' }]),
      },
      { requiredKeys: ['p'], noNullPrototype: true },
    )
    fc.assert(
      fc.property(tags, (some) => {
        const expected = { ...some, problems: [], wrong: [] }
        assert.deepEqual(parseDmarc(formatDmarc(some as DmarcTags)), expected)
      }),
    )
    assert.equal(
      formatDmarc({ p: 'none', rua: [{ uri: 'mailto:a,b!c@example.org', limit: 10 * 2 ** 20 }] }),
      'v=DMARC1; p=none; rua=mailto:a%2Cb%21c@example.org!10m',
    )
  })

  it('of others say that reports are welcome', () => {
    assert.equal(
      externalReportName('Example.org', 'reports.example.net.'),
      'example.org._report._dmarc.reports.example.net',
    )
  })
})
