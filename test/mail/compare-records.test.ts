import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { compareRecord } from '../../src/mail/compare-records.ts'
import type { MailRecord, Merge } from '../../src/mail/mail-domain.ts'

const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 1024 })
    .publicKey.export({ type: 'spki', format: 'der' })
    .toString('base64')
const [key, otherKey] = [newKey(), newKey()]

type Case = readonly [it: string, merge: Merge, wanted: string, present: readonly string[], said: string]

const spf = 'v=spf1 mx ip4:198.51.100.1 ip6:2001:db8::1 ~all'

const cases: readonly Case[] = [
  ['a set of ours', 'only', '198.51.100.1', ['198.51.100.1'], 'right'],
  ['nothing there', 'only', '198.51.100.1', [], 'missing'],
  ['another one', 'only', '198.51.100.1', ['198.51.100.9'], 'different: 198.51.100.9'],
  ['one too many', 'only', '198.51.100.1', ['198.51.100.1', '198.51.100.9'], 'different: 198.51.100.9'],
  ['beside others', 'beside', '0 issue "a"', ['0 issue "b"', '0 issue "a"'], 'right'],
  ['others alone', 'beside', '0 issue "a"', ['0 issue "b"'], 'missing'],
  ['our MX', 'yield', '10 smtp.example.org.', ['10 smtp.example.org.', '20 mx.other.test.'], 'right'],
  [
    'our MX with another preference',
    'yield',
    '10 smtp.example.org.',
    ['5 smtp.example.org.'],
    'different: 5 smtp.example.org.',
  ],
  ['a foreign MX', 'yield', '10 smtp.example.org.', ['5 mx.other.test.'], 'foreign: 5 mx.other.test.'],
  ['no MX', 'yield', '10 smtp.example.org.', [], 'missing'],
  ['another policy', 'kind', 'v=DMARC1; p=none', ['x', 'v=DMARC1; p=reject'], 'different: v=DMARC1; p=reject'],
  ['the same policy', 'kind', 'v=DMARC1; p=none; adkim=s', ['v=DMARC1;p=none ;adkim=s;'], 'right'],
  [
    'two policies',
    'kind',
    'v=DMARC1; p=none',
    ['v=DMARC1; p=none', 'v=DMARC1; p=none;'],
    'different: v=DMARC1; p=none, v=DMARC1; p=none;',
  ],
  ['no policy', 'kind', 'v=DMARC1; p=none', ['x'], 'missing'],
  ['tags in another spacing', 'kind', 'v=STSv1; id=1', ['v=STSv1;id = 1;'], 'right'],
  ['the same key', 'kind', `v=DKIM1; k=rsa; p=${key}`, [`k=rsa;p=${key.slice(0, 50)} ${key.slice(50)}`], 'right'],
  ['another key', 'kind', `v=DKIM1; k=rsa; p=${key}`, [`v=DKIM1; p=${otherKey}`], `different: v=DKIM1; p=${otherKey}`],
  ['a revoked key', 'kind', `v=DKIM1; k=rsa; p=${key}`, ['v=DKIM1; p='], 'different: v=DKIM1; p='],
  [
    'SPF in other words',
    'spf',
    spf,
    ['v=spf1 include:x.test +MX ip6:2001:DB8:0::1 ip4:198.51.100.0/24 -all', 'x'],
    'right',
  ],
  [
    'SPF without an address',
    'spf',
    spf,
    ['v=spf1 mx ip4:198.51.100.1 ~all'],
    'different: v=spf1 mx ip4:198.51.100.1 ~all',
  ],
  ['SPF with an address behind all', 'spf', 'v=spf1 mx ~all', ['v=spf1 -all mx'], 'different: v=spf1 -all mx'],
  ['SPF that refuses the address', 'spf', 'v=spf1 a -all', ['v=spf1 -a -all'], 'different: v=spf1 -a -all'],
  ['SPF for everybody', 'spf', 'v=spf1 a -all', ['v=spf1 a +all'], 'different: v=spf1 a +all'],
  ['SPF without an end', 'spf', 'v=spf1 a -all', ['v=spf1 a'], 'different: v=spf1 a'],
  ['SPF with a mistake', 'spf', 'v=spf1 a -all', ['v=spf1 a ipv4:1 -all'], 'different: v=spf1 a ipv4:1 -all'],
  ['SPF about another host', 'spf', 'v=spf1 a -all', ['v=spf1 a:x.test -all'], 'different: v=spf1 a:x.test -all'],
  ['SPF twice', 'spf', 'v=spf1 a -all', ['v=spf1 a -all', 'v=spf1 mx -all'], 'second: v=spf1 a -all, v=spf1 mx -all'],
  ['no SPF', 'spf', 'v=spf1 a -all', ['x'], 'missing'],
]

function record(merge: Merge, value: string): MailRecord {
  return { name: 'example.org.', type: 'TXT', value, merge, importance: 'required', reason: '' }
}

describe('a record at a server', () => {
  for (const [what, merge, value, present, said] of cases) {
    it(`${what}: ${said.slice(0, 40)}`, () => {
      const wanted = record(merge, value)
      const { state, seen } = compareRecord(wanted, [wanted], present)
      assert.equal(seen.length === 0 ? state : `${state}: ${seen.join(', ')}`, said)
    })
  }

  it('stands beside the others of ours', () => {
    const all = ['198.51.100.1', '198.51.100.2'].map((value) => record('only', value))
    const states = all.map((one) => compareRecord(one, all, ['198.51.100.1']).state)
    assert.deepEqual(states, ['right', 'missing'])
  })

  it('is to say what is there, too', () => {
    const wanted = { ...record('spf', spf), stale: ['ip4:198.51.100.9'] }
    const compared = compareRecord(wanted, [wanted], ['v=spf1 ip4:198.51.100.9 include:x.test -all'])
    assert.deepEqual(compared, {
      state: 'different',
      seen: ['v=spf1 ip4:198.51.100.9 include:x.test -all'],
      value: 'v=spf1 include:x.test mx ip4:198.51.100.1 ip6:2001:db8::1 ~all',
    })
  })

  it('is not right while it says what has become wrong', () => {
    const wanted = { ...record('spf', 'v=spf1 mx ~all'), stale: ['ip4:198.51.100.9'] }
    assert.equal(compareRecord(wanted, [wanted], ['v=spf1 mx IP4:198.51.100.9 ~all']).state, 'different')
  })
})
