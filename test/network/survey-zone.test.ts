import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { surveyZone, type ZoneQuestions } from '../../src/network/survey-zone.ts'
import { serve } from './asking.ts'

/** AA (RFC 1035 section 4.1.1). */
const AUTHORITATIVE = 0x400

const { signal } = new AbortController()
const a = { name: 'smtp.example.org.', type: 'A' } as const

const wanted = (server: string, more: Partial<ZoneQuestions> = {}): ZoneQuestions => ({
  domain: 'example.org',
  questions: [a, a],
  elsewhere: [{ name: '1.2.0.192.in-addr.arpa.', type: 'PTR' }],
  resolver: server,
  servers: [server],
  ...more,
})

/** A server of example.org, which also answers for everybody else. */
function example() {
  return serve(({ question }) => {
    const [name = '', type] = question.split(' ')
    const answers = {
      NS: [{ type: 'NS' as const, name, ttl: 1, data: 'ns1.example.org' }],
      A: [{ type: 'A' as const, name, ttl: 1, data: '192.0.2.1' }],
      PTR: [{ type: 'PTR' as const, name, ttl: 1, data: 'smtp.example.org' }],
    }
    return { flags: AUTHORITATIVE, answers: answers[type as keyof typeof answers] ?? [] }
  })
}

describe('a survey of a zone', () => {
  it('asks each question once of every server, and a resolver about the rest', async () => {
    const { server } = await example()
    const { zone, problems, servers, asked, elsewhere } = await surveyZone(wanted(server.place), signal)
    assert.deepEqual([zone, problems, servers], ['example.org.', [], [server.place]])
    assert.deepEqual(
      asked.map(({ name, type, replies }) => [name, type, ...replies.map(({ answer }) => answer.records[0]?.value)]),
      [['smtp.example.org.', 'A', '192.0.2.1']],
    )
    assert.deepEqual(
      elsewhere.map(({ records }) => records[0]?.value),
      ['smtp.example.org.'],
    )
  })

  it('asks nothing where there is no zone', async () => {
    const { server } = await serve(() => ({ rcode: 3, flags: AUTHORITATIVE }))
    const { zone, problems, asked } = await surveyZone(wanted(server.place), signal)
    assert.deepEqual([zone, asked], [undefined, []])
    assert.deepEqual(problems, ['example.org is not delegated: no zone below its registry has it'])
  })

  it('says what is wrong with a setting', async () => {
    const { problems } = await surveyZone(wanted('127.0.0.1#99999'), signal)
    assert.match(problems[0] ?? '', /^"127\.0\.0\.1#99999" is no address of a name server/)
  })

  it('is given up when nobody wants to know any more', async () => {
    const { server } = await example()
    const leaving = new AbortController()
    const survey = surveyZone(wanted(server.place), leaving.signal)
    leaving.abort()
    assert.deepEqual((await survey).problems, ['not waited for to the end'])
  })
})
