import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HttpsOutcome } from '../../src/network/https.ts'
import { askRegistry, judgeAge } from '../../src/resources/domain-age.ts'
import { closedPort } from '../network/servers.ts'
import { look, said } from './looking.ts'

const now = Date.parse('2026-03-31T12:00:00Z')
const wanted = { domain: 'mail.example.org', days: 30 }

function answer(body: unknown, status = 200): HttpsOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const url = 'https://rdap.example.net/domain/example.org'
  return { outcome: 'answered', url, status, type: 'application/rdap+json', location: undefined, body: text }
}

const registered = (date: string) => ({
  events: [
    { eventAction: 'last changed', eventDate: '2026-03-30T00:00:00Z' },
    { eventAction: 'registration', eventDate: date },
  ],
})

describe('the age of a domain', () => {
  const cases: readonly [it: string, outcome: HttpsOutcome, said: string][] = [
    [
      'is enough',
      answer(registered('2020-01-01T00:00:00Z')),
      'right domain-new: example.org was registered 2281 days ago',
    ],
    [
      'is just enough',
      answer(registered('2026-03-01T12:00:00Z')),
      'right domain-new: example.org was registered 30 days ago',
    ],
    [
      'is little',
      answer(registered('2026-03-01T13:00:00Z')),
      'wrong domain-new: example.org was registered 29 days ago',
    ],
    [
      'is a day',
      answer(registered('2026-03-30T08:00:00+02:00')),
      'wrong domain-new: example.org was registered yesterday',
    ],
    ['is nothing', answer(registered('2026-03-31T11:59:59Z')), 'wrong domain-new: example.org was registered today'],
    [
      'is not told',
      answer({ events: [] }),
      'unknown domain-new: rdap.example.net does not tell when example.org was registered',
    ],
    [
      'is told as no date',
      answer(registered('long ago')),
      'unknown domain-new: rdap.example.net does not tell when example.org was registered',
    ],
    [
      'is told as no JSON',
      answer('<html>'),
      'unknown domain-new: rdap.example.net does not tell when example.org was registered',
    ],
    ['is not known', answer('', 404), 'unknown domain-new: rdap.example.net does not know example.org'],
    ['is not to be had now', answer('', 429), 'unknown domain-new: rdap.example.net answers 429'],
    ['cannot be asked', { outcome: 'failed', why: 'no way', isOurs: true }, 'unknown domain-new: no way'],
  ]
  for (const [it_, outcome, text] of cases) {
    it(it_, () => {
      const report = judgeAge(wanted, { name: 'example.org', outcome, now })
      assert.deepEqual(said(report), [text])
      assert.equal(report.findings?.[0]?.importance, 'recommended')
    })
  }

  it('is that of the domain above where the registry knows only that', async () => {
    const asked: string[] = []
    const know =
      (...known: readonly string[]) =>
      async (name: string) => {
        asked.push(name)
        return known.includes(name) ? answer(registered('2020-01-01')) : answer('', 404)
      }
    assert.equal((await askRegistry('a.mail.example.org', know('example.org'))).name, 'example.org')
    assert.deepEqual(asked.splice(0), ['a.mail.example.org', 'mail.example.org', 'example.org'])
    assert.equal((await askRegistry('example.org', know('org'))).name, 'example.org')
    assert.deepEqual(asked, ['example.org'])
  })

  it('is asked over HTTPS, where it is said', async () => {
    const { address, port } = await closedPort()
    const { said } = await look('domain_age', { domain: 'example.org', rdap: `https://${address}:${port}/` })
    assert.deepEqual(said, ['unknown domain-new: 127.0.0.1 port PORT: connections are refused'])
    await assert.rejects(
      look('domain_age', { domain: 'example.org', rdap: 'http://rdap.example.net' }),
      /begins with https/,
    )
  })
})
