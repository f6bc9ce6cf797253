import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Json } from '../../src/core/json.ts'
import type { RecordType } from '../../src/mail/dns-record.ts'
import { judgeDns } from '../../src/resources/dns.ts'
import { NameServer } from '../network/name-server.ts'
import { resourceOf } from './case.ts'
import { look, said } from './looking.ts'
import { seenRecord, silent } from './seen-records.ts'

type Wanted = Parameters<typeof judgeDns>[0]

describe('what is said about records', () => {
  const judge = async (type: RecordType, params: Partial<Wanted>, lines: string, isSigned = false) => {
    const { resolver, ...record } = await seenRecord('example.org', type, lines)
    const seen = { ...record, resolver: { ...resolver, answer: { ...resolver.answer, authenticated: isSigned } } }
    const standard = { name: 'example.org', type, state: 'present', secure: false, importance: 'required' } as const
    return judgeDns({ ...standard, value: undefined, exact: undefined, ...params }, seen)
  }
  const a = 'example.org A 192.0.2.1'
  const both = `${a}\nexample.org A 192.0.2.2`
  const text = 'example.org TXT one'
  const cases: readonly [type: RecordType, params: Partial<Wanted>, lines: string, said: string, remedy?: string][] = [
    ['A', {}, a, 'right dns-missing: is 192.0.2.1'],
    ['A', { value: ['192.0.2.1'] }, a, 'right dns-missing: is 192.0.2.1'],
    ['TXT', { value: ['one'] }, `${text}\nexample.org TXT two`, 'right dns-missing: is one, two'],
    ['A', { value: ['192.0.2.1'], exact: false }, both, 'right dns-missing: is 192.0.2.1, 192.0.2.2'],
    ['MX', {}, a, 'wrong dns-missing: is not there', 'a record example.org. MX'],
    [
      'MX',
      { value: ['10 smtp.example.org'] },
      a,
      'wrong dns-missing: is not there',
      'example.org. MX 10 smtp.example.org.',
    ],
    ['TXT', { value: ['one', 'two'] }, text, 'wrong dns-missing: is one, without two', 'example.org. TXT "two"'],
    [
      'A',
      { value: ['192.0.2.2', '192.0.2.1'] },
      a,
      'wrong dns-missing: is 192.0.2.1, without 192.0.2.2',
      'example.org. A 192.0.2.2',
    ],
    [
      'A',
      { value: ['192.0.2.1'] },
      both,
      'wrong dns-different: is 192.0.2.1, 192.0.2.2, not 192.0.2.1',
      'example.org. A 192.0.2.1',
    ],
    ['TXT', { value: ['two'], exact: true }, text, 'wrong dns-different: is one, not two', 'example.org. TXT "two"'],
    ['MX', { state: 'absent' }, a, 'right dns-unexpected: is not there'],
    [
      'A',
      { state: 'absent' },
      both,
      'wrong dns-unexpected: there is 2',
      'remove\nexample.org. A 192.0.2.1\nexample.org. A 192.0.2.2',
    ],
    ['A', {}, silent, 'unknown dns-missing: the zone answers SERVFAIL for example.org.'],
  ]
  for (const [type, params, lines, expected, remedy] of cases) {
    it(`${type} ${JSON.stringify(params)}: ${expected}`, async () => {
      const report = await judge(type, params, lines)
      assert.deepEqual(said(report), [expected])
      assert.equal(report.findings![0]!.remedy, remedy)
    })
  }

  it('counts whether they are signed where that is wanted', async () => {
    assert.deepEqual(said(await judge('A', { secure: true }, a, true)).at(-1), 'right dns-unsigned: is signed')
    const report = await judge('A', { secure: true, importance: 'optional' }, a)
    assert.equal(said(report).at(-1), 'wrong dns-unsigned: the zone is not signed, or 192.0.2.53 does not validate')
    assert.equal(report.findings!.at(-1)!.importance, 'optional')
    assert.deepEqual(report.result, { values: ['192.0.2.1'], secure: false })
  })
})

describe('looking at records', () => {
  it('asks the servers of the zone and the resolver', async (test) => {
    const start = async (data: string) => {
      const server = await NameServer.start(({ question }) => {
        const [name = '', type] = question.split(' ')
        if (type === 'NS') return { flags: 1024, answers: [{ type, name, ttl: 5, data: 'ns.test' }] }
        return { flags: 1024, answers: [{ type: 'A', name, ttl: 5, data }] }
      })
      test.after(() => server.close())
      return server.place
    }
    const [authority, behind, resolver] = [await start('192.0.2.1'), await start('192.0.2.7'), await start('192.0.2.9')]
    const params = { name: 'example.org', type: 'A', value: '192.0.2.1', resolver }
    const { said, report } = await look('dns', { ...params, servers: [authority] })
    assert.match(
      said.join(),
      /^unknown dns-different: is 192\.0\.2\.9, not 192\.0\.2\.1 at .*; its own servers have it right$/,
    )
    assert.deepEqual(report.result, { values: ['192.0.2.9'], secure: false })
    const { said: several } = await look('dns', { ...params, servers: [authority, behind] })
    assert.match(several.join(), /^wrong dns-different: is 192\.0\.2\.7, not 192\.0\.2\.1 at /)
  })
})

describe('parameters of dns', () => {
  const cases: readonly [params: Json, problem: RegExp][] = [
    [{ name: 'example.org', type: 'A', state: 'absent', value: '192.0.2.1' }, /what is absent has no value/],
    [{ name: 'example.org', type: 'A', value: 'nowhere' }, /"nowhere" is no value of a record of type A/],
    [{ name: 'example.org', type: 'A', servers: 'a b' }, /must be a host name, or an address/],
  ]
  for (const [params, problem] of cases) {
    it(problem.source, () => {
      const { error } = resourceOf('dns').params.safeParse(params)
      assert.match(JSON.stringify(error?.issues), new RegExp(problem.source.replaceAll('"', '\\\\"')))
    })
  }
})
