import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Finding, findingsOf } from '../../src/core/finding.ts'
import type { DnsAnswer } from '../../src/mail/dns-answer.ts'
import { distinctAnswers, judgeSeen, newestAnswer, type SeenRecord, valuesOf } from '../../src/mail/seen-record.ts'
import { seenRecord } from '../resources/seen-records.ts'

const { right, wrong, unknown } = findingsOf({
  'record-old': { importance: 'required', summary: 'Old', remedy: 'Replace' },
})
const subject = 'example.org A'

/** The address .1 is right. */
function judge(answer: DnsAnswer): readonly Finding[] {
  const text = valuesOf(answer).join() || 'nothing'
  if (text === '192.0.2.1') return [right('record-old', { subject, text })]
  return [wrong('record-old', { subject, text, remedy: 'A 192.0.2.1' })]
}

const good = 'example.org A 192.0.2.1'
const old = 'example.org A 192.0.2.9'
const dead = 'example.org SERVFAIL'
const said = (seen: SeenRecord) =>
  judgeSeen(seen, judge, (text) => unknown('record-old', { subject, text })).map(
    ({ verdict, text, remedy }) => `${verdict}: ${text}${remedy ? ` → ${remedy}` : ''}`,
  )

describe('what is said of a record that several servers were asked for', () => {
  const cases: readonly [what: string, ns1: string, others: { ns2?: string; resolver?: string }, said: string][] = [
    ['all agree', good, {}, 'right: 192.0.2.1'],
    ['all are wrong', old, {}, 'wrong: 192.0.2.9 → A 192.0.2.1'],
    ['it is missing everywhere', 'www.example.org A 192.0.2.1', {}, 'wrong: nothing → A 192.0.2.1'],
    [
      'one server is behind',
      good,
      { ns2: old },
      'wrong: 192.0.2.9 at ns2.test; the others have it right → A 192.0.2.1',
    ],
    [
      'the resolver alone is right',
      old,
      { resolver: good },
      'wrong: 192.0.2.9 at ns1.test, ns2.test; the others have it right → A 192.0.2.1',
    ],
    [
      'the resolver remembers',
      good,
      { resolver: old },
      'unknown: 192.0.2.9 at 192.0.2.53; its own servers have it right',
    ],
    ['one server is dead', good, { ns2: dead }, 'right: 192.0.2.1'],
    ['the resolver is dead', old, { resolver: dead }, 'wrong: 192.0.2.9 → A 192.0.2.1'],
    ['no server can be asked', dead, { resolver: good }, 'right: 192.0.2.1'],
    ['nobody can be asked', dead, {}, 'unknown: the zone answers SERVFAIL for example.org.'],
  ]
  for (const [what, ns1, others, text] of cases) {
    it(`${what}: ${text.split(':')[0]}`, async () => {
      assert.deepEqual(said(await seenRecord('example.org', 'A', ns1, others)), [text])
    })
  }
})

describe('answers of several servers', () => {
  it('count once for each set of values, in whatever order', async () => {
    const two = 'example.org A 192.0.2.1\nexample.org A 192.0.2.2'
    const swapped = 'example.org A 192.0.2.2\nexample.org A 192.0.2.1'
    const seen = await seenRecord('example.org', 'A', two, { ns2: swapped, resolver: old })
    assert.deepEqual(distinctAnswers(seen).map(valuesOf), [['192.0.2.1', '192.0.2.2'], ['192.0.2.9']])
  })

  it('are newest at the servers of the zone', async () => {
    assert.deepEqual(valuesOf(newestAnswer(await seenRecord('example.org', 'A', good, { resolver: old }))), [
      '192.0.2.1',
    ])
    assert.deepEqual(valuesOf(newestAnswer(await seenRecord('example.org', 'A', dead, { resolver: old }))), [
      '192.0.2.9',
    ])
  })
})
