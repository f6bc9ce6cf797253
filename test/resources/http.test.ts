import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HttpsOutcome } from '../../src/network/https.ts'
import { judgeHttp } from '../../src/resources/http.ts'
import { makeCertificate } from '../network/certificates.ts'
import { serve } from '../network/servers.ts'
import { look, said } from './looking.ts'

const url = 'https://www.example.org/page'
const page = {
  outcome: 'answered',
  url,
  status: 200,
  type: 'text/plain',
  location: undefined,
  body: 'one\ntwo\n',
} as const

describe('what is said about a page', () => {
  const wanted = { url, status: 200, body: undefined }
  const cases: readonly [wanted: Parameters<typeof judgeHttp>[0], seen: HttpsOutcome, said: readonly string[]][] = [
    [wanted, page, ['right http-unreachable: answers', 'right http-different: is as wanted']],
    [{ ...wanted, body: 'two' }, page, ['right http-unreachable: answers', 'right http-different: is as wanted']],
    [
      { ...wanted, status: 404, body: '/^two/' },
      page,
      [
        'right http-unreachable: answers',
        'wrong http-different: the status is 200 instead of 404, and the page does not contain /^two/',
      ],
    ],
    [
      wanted,
      { outcome: 'failed', why: 'connections are refused', isOurs: false },
      ['wrong http-unreachable: connections are refused'],
    ],
    [
      wanted,
      { outcome: 'failed', why: '192.0.2.53 answers SERVFAIL', isOurs: true },
      ['unknown http-unreachable: 192.0.2.53 answers SERVFAIL'],
    ],
  ]
  for (const [wanted, seen, texts] of cases) {
    it(texts.at(-1)!, () => assert.deepEqual(said(judgeHttp(wanted, seen)), texts))
  }

  it('shows where it sends to', () => {
    const moved = { ...page, status: 301, location: 'https://example.org/' }
    const [, finding] = judgeHttp(wanted, moved).findings ?? []
    assert.equal(finding?.seen, 'sends to https://example.org/')
    assert.equal(finding?.remedy, `curl -i ${url}`)
  })
})

it('a page is looked at with its certificate', async (test) => {
  const tls = makeCertificate({ names: ['www.example.org'] })
  const answer = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello'
  const { port } = await serve(test, (socket) => void socket.on('data', () => socket.end(answer)), tls)
  const params = { url: `https://www.example.org:${port}/`, address: '127.0.0.1', body: 'hello' }
  const { report } = await look('http', { ...params, ca_bundle: tls.cert })
  assert.deepEqual(said(report), ['right http-unreachable: answers', 'right http-different: is as wanted'])
  assert.deepEqual(report.result, { status: 200, type: 'text/plain', body: 'hello' })
  assert.deepEqual((await look('http', params)).said, [
    'wrong http-unreachable: the certificate of www.example.org:PORT is not trusted: it is signed by itself',
  ])
})
