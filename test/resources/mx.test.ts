import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { distinctAnswers, valuesOf } from '../../src/mail/seen-record.ts'
import { judgeMx } from '../../src/resources/mx.ts'
import { zone } from '../mail/zone.ts'
import { said } from './looking.ts'
import { seenRecord, silent } from './seen-records.ts'

const hosts = `
smtp.example.org A 198.51.100.11
smtp.example.org AAAA 2001:db8::11
smtp2.example.org A 198.51.100.12
mail.example.org A 198.51.100.11
moved.example.org A 203.0.113.9
alias.example.org CNAME smtp.example.org
mx.other.test A 203.0.113.1
mx.other.test AAAA 2001:db8:9::1
dead.test SERVFAIL
`
type Wanted = Parameters<typeof judgeMx>[0]
const standard: Wanted = {
  domain: 'example.org',
  records: ['10 smtp.example.org.'],
  addresses: ['198.51.100.11', '2001:db8::11'],
  left_out: [],
}

async function judge(lines: string, more: Partial<Wanted> = {}) {
  const record = await seenRecord('example.org', 'MX', lines)
  const names = distinctAnswers(record)
    .flatMap(valuesOf)
    .map((value) => value.replace(/^\d+ /, ''))
  const ask = (name: string) => Promise.all((['A', 'AAAA'] as const).map((type) => zone(hosts).ask(name, type)))
  const targets = await Promise.all([...new Set(names)].map(async (name) => ({ name, answers: await ask(name) })))
  return judgeMx({ ...standard, ...more }, { record, targets })
}

describe('what is said about MX records', () => {
  const two = {
    records: ['10 smtp.example.org.', '20 smtp2.example.org.'],
    addresses: [...standard.addresses, '198.51.100.12'],
  }
  const cases: readonly [
    what: string,
    lines: string,
    said: readonly string[],
    importance?: string,
    remedy?: RegExp,
    more?: Partial<Wanted>,
  ][] = [
    ['right', 'example.org MX 10 smtp.example.org', []],
    ['another preference', 'example.org MX 5 smtp.example.org', []],
    ['another name of the same host', 'example.org MX 10 smtp.example.org\nexample.org MX 20 mail.example.org', []],
    [
      'none',
      'example.org A 192.0.2.1',
      ['wrong mx-missing: there is no MX record'],
      'required',
      /^example\.org\. MX 10 smtp\.example\.org\.$/,
    ],
    [
      'one of two',
      'example.org MX 10 smtp.example.org',
      ['wrong mx-missing: does not lead to smtp2.example.org'],
      'recommended',
      /^example\.org\. MX 20 smtp2\.example\.org\.$/,
      two,
    ],
    [
      'null',
      'example.org MX 0 .',
      ['wrong mx-null: a null MX: the domain refuses all mail'],
      'required',
      /^example\.org\. MX 10 /,
    ],
    [
      'that of others',
      'example.org MX 10 mx.other.test',
      [
        'wrong mx-missing: does not lead to smtp.example.org',
        'wrong mx-elsewhere: leads to mx.other.test, at 203.0.113.1, 2001:db8:9::1, which is none of ours',
      ],
      'required',
    ],
    [
      'that of others, too',
      'example.org MX 10 smtp.example.org\nexample.org MX 20 mx.other.test',
      ['wrong mx-elsewhere: leads to mx.other.test, at 203.0.113.1, 2001:db8:9::1, which is none of ours'],
      'recommended',
      /^remove example\.org\. MX 20 mx\.other\.test\.\n.*receives: false/,
    ],
    [
      'that of others while not all hosts are known',
      'example.org MX 10 smtp.example.org\nexample.org MX 20 mx.other.test',
      [
        'unknown mx-elsewhere: leads to mx.other.test, at 203.0.113.1, 2001:db8:9::1, which is none of ours, unless it is one of mx2',
      ],
      'required',
      /^$/,
      { left_out: ['mx2'] },
    ],
    [
      'a name without an address',
      'example.org MX 10 smtp.example.org\nexample.org MX 20 gone.example.org',
      ['wrong mx-elsewhere: leads to gone.example.org, which has no address'],
      'recommended',
    ],
    [
      'a name that nobody can be asked about',
      'example.org MX 10 smtp.example.org\nexample.org MX 20 dead.test',
      ['unknown mx-elsewhere: dead.test: the zone answers SERVFAIL for dead.test.'],
    ],
    [
      'an own name that has moved away',
      'example.org MX 10 moved.example.org',
      ['wrong mx-elsewhere: leads to moved.example.org, at 203.0.113.9, which is none of ours'],
      'recommended',
      /./,
      { records: ['10 moved.example.org.'] },
    ],
    [
      'an alias',
      'example.org MX 10 smtp.example.org\nexample.org MX 20 alias.example.org',
      ['wrong mx-alias: alias.example.org is an alias of smtp.example.org'],
      'required',
      /^example\.org\. MX 10 smtp\.example\.org\.$/,
    ],
    [
      'an own name that is an alias',
      'example.org MX 10 alias.example.org',
      ['wrong mx-alias: alias.example.org is an alias of smtp.example.org'],
      'required',
      /^A and AAAA records of alias\.example\.org/,
      { records: ['10 alias.example.org.'] },
    ],
    ['unknown', silent, ['unknown mx-missing: the zone answers SERVFAIL for example.org.']],
  ]
  for (const [what, lines, texts, importance = 'required', remedy = /^/, more] of cases) {
    it(what, async () => {
      const found = (await judge(lines, more)).findings!.filter(({ verdict }) => verdict !== 'right')
      assert.deepEqual(said({ findings: found }), texts)
      if (found.length > 0) assert.equal(found[0]!.importance, importance)
      assert.match(found[0]?.remedy ?? '', remedy)
    })
  }
})
