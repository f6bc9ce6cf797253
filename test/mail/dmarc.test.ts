import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DmarcResult, evaluateDmarc, isAligned } from '../../src/mail/dmarc.ts'
import { zone } from './zone.ts'

describe('alignment', () => {
  it('is equality, or one organization where it is relaxed', () => {
    const organization = (domain: string) => domain.split('.').slice(-2).join('.')
    assert.equal(isAligned('mail.example.org', 'Mail.Example.org.', 'strict', organization), true)
    assert.equal(isAligned('mail.example.org', 'example.org', 'strict', organization), false)
    assert.equal(isAligned('mail.example.org', 'bounce.example.org', 'relaxed', organization), true)
    assert.equal(isAligned('example.org', 'notexample.org', 'relaxed', organization), false)
  })
})

describe('DMARC', () => {
  const none = { result: 'none', domain: 'x.test' }
  const evaluate = (lines: string, fromDomain: string, spf: string | undefined, dkim: readonly string[] = []) =>
    evaluateDmarc({
      fromDomain,
      spf: spf === undefined ? none : { result: 'pass', domain: spf },
      dkim: [{ result: 'fail', domain: fromDomain }, ...dkim.map((domain) => ({ result: 'pass', domain }))],
      client: zone(lines),
    })
  const words = ({ result, policy, domain, aligned }: DmarcResult) => [
    result,
    policy,
    domain,
    aligned.spf,
    ...aligned.dkim,
  ]

  const STRICT = '_dmarc.example.org TXT v=DMARC1; p=reject; adkim=s; aspf=s'
  const SUB = '_dmarc.example.org TXT v=DMARC1; p=reject; sp=quarantine'
  const rows: [what: string, lines: string, from: string, spf: string | undefined, dkim: string[], words: unknown[]][] =
    [
      ['SPF alone is enough', SUB, 'example.org', 'bounce.example.org', [], ['pass', 'reject', 'example.org', true]],
      [
        'DKIM alone is enough',
        SUB,
        'Example.org',
        undefined,
        ['x.test', 'example.org'],
        ['pass', 'reject', 'example.org', false, 'example.org'],
      ],
      ['others pass in vain', SUB, 'example.org', 'x.test', ['org'], ['fail', 'reject', 'example.org', false]],
      [
        'strict is strict',
        STRICT,
        'example.org',
        'bounce.example.org',
        ['a.example.org'],
        ['fail', 'reject', 'example.org', false],
      ],
      [
        'strict allows the same',
        STRICT,
        'example.org',
        'example.org',
        ['example.org'],
        ['pass', 'reject', 'example.org', true, 'example.org'],
      ],
      ['subdomains have sp', SUB, 'a.b.example.org', undefined, [], ['fail', 'quarantine', 'example.org', false]],
      [
        'subdomains have p without sp',
        STRICT,
        'a.example.org',
        'a.example.org',
        [],
        ['pass', 'reject', 'example.org', true],
      ],
      [
        'the own record comes first, and the organization is still the one above',
        `${SUB}\n_dmarc.a.example.org TXT v=DMARC1; p=none`,
        'a.example.org',
        'b.example.org',
        [],
        ['pass', 'none', 'a.example.org', true],
      ],
      [
        'a domain can be an organization of its own',
        `${SUB}\n_dmarc.a.example.org TXT v=DMARC1; p=none; psd=n`,
        'example.org',
        'a.example.org',
        ['b.example.org'],
        ['pass', 'reject', 'example.org', false, 'b.example.org'],
      ],
      [
        'those below a public suffix are strangers',
        '_dmarc.city.test TXT v=DMARC1; p=reject; psd=y',
        'mail.a.city.test',
        'b.city.test',
        ['a.city.test'],
        ['pass', 'reject', 'city.test', false, 'a.city.test'],
      ],
      [
        'public suffixes are strangers too',
        '_dmarc.city.test TXT v=DMARC1; p=reject; psd=y\n_dmarc.town.test TXT v=DMARC1; p=reject; psd=y',
        'city.test',
        'town.test',
        [],
        ['fail', 'reject', 'city.test', false],
      ],
      [
        'np is for names that do not exist',
        '_dmarc.example.org TXT v=DMARC1; p=none; np=reject\nthere.example.org A 198.51.100.1',
        'gone.example.org',
        undefined,
        [],
        ['fail', 'reject', 'example.org', false],
      ],
      [
        'there is no record',
        '_dmarc.test TXT v=DMARC1; p=reject',
        'a.test',
        'a.test',
        [],
        ['none', undefined, undefined, false],
      ],
      [
        'two records are none',
        `${SUB}\n${STRICT}`,
        'example.org',
        'example.org',
        [],
        ['none', undefined, undefined, false],
      ],
      [
        'DNS fails',
        '_dmarc.example.org SERVFAIL',
        'example.org',
        'example.org',
        [],
        ['temperror', undefined, undefined, false],
      ],
      [
        'a wrong policy counts as none where reports are wanted',
        '_dmarc.example.org TXT v=DMARC1; p=block; rua=mailto:a@example.org',
        'example.org',
        undefined,
        [],
        ['fail', 'none', 'example.org', false],
      ],
      [
        'and voids the record where they are not',
        '_dmarc.example.org TXT v=DMARC1; p=reject; sp=block',
        'example.org',
        'example.org',
        [],
        ['permerror', undefined, 'example.org', false],
      ],
    ]
  for (const [what, lines, from, spf, dkim, expected] of rows) {
    it(what, async () => assert.deepEqual(words(await evaluate(lines, from, spf, dkim)), expected))
  }

  it('says why', async () => {
    const reason = async (...question: Parameters<typeof evaluate>) => (await evaluate(...question)).reason
    assert.equal(
      await reason(SUB, 'example.org', 'b.example.org', ['example.org']),
      'aligned with example.org: SPF for b.example.org, DKIM of example.org',
    )
    assert.equal(await reason(SUB, 'example.org', 'x.test'), 'what passed is not aligned with example.org: x.test')
    assert.equal(await reason(SUB, 'example.org', undefined), 'neither SPF nor DKIM passed')
    assert.match(
      await reason('_dmarc.example.org TXT v=DMARC1; p=block', 'example.org', undefined),
      /no usable policy: "p=block"/,
    )
    assert.match(
      await reason('_dmarc.example.org SERVFAIL', 'example.org', undefined),
      /^_dmarc\.example\.org: .*SERVFAIL/,
    )
  })

  it('asks for at most eight levels, and for no top-level domain', async () => {
    const asked: string[] = []
    const { server, ask } = zone('')
    const client = {
      server,
      ask: (...question: Parameters<typeof ask>) => {
        asked.push(question[0])
        return ask(...question)
      },
    }
    await evaluateDmarc({ fromDomain: 'a.b.c.d.e.f.g.h.i.j.mail.example.com', spf: none, dkim: [], client })
    const seven = ['g.h.i.j.mail.', 'h.i.j.mail.', 'i.j.mail.', 'j.mail.', 'mail.', '']
    const names = ['a.b.c.d.e.f.g.h.i.j.mail.', ...seven].map((labels) => `_dmarc.${labels}example.com`)
    assert.deepEqual(asked, names)
  })
})
