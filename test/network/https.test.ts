import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { DnsClient } from '../../src/mail/dns-answer.ts'
import { getHttps, type HttpsOptions, type HttpsOutcome } from '../../src/network/https.ts'
import { makeCertificate } from './certificates.ts'
import { closedPort, serve } from './servers.ts'

const { signal } = new AbortController()
const names = ['www.example.org']
const tls = makeCertificate({ names })

/** A resolver that knows www.example.org, and fails for one other name. */
const resolver: DnsClient = {
  server: '192.0.2.53',
  ask: async (name, type) => {
    const empty = { records: [], aliases: [], authoritative: false, authenticated: false }
    if (name === 'broken.example.org') return { ...empty, status: 'failed', error: '192.0.2.53 answers SERVFAIL' }
    if (name !== names[0] || type !== 'A') return { ...empty, status: 'no name' }
    return { ...empty, status: 'found', records: [{ name: `${name}.`, type, ttl: 60, value: '127.0.0.1' }] }
  },
}
const options: HttpsOptions = { timeout: 2000, signal, resolver, ca: tls.cert }

/** A server that gives these answers to requests for a path, whole. */
async function serveHttp(test: TestContext, answers: { readonly [path: string]: string }, certificate = tls) {
  const place = await serve(
    test,
    (socket) => {
      socket.on('data', (chunk) => {
        const path = /^GET (\S+) HTTP\/1\.1\r\nhost: \S+:\d+\r\n/.exec(String(chunk))?.[1] ?? ''
        socket.end(answers[path] ?? 'HTTP/1.1 404 Not Found\r\n\r\n')
      })
    },
    certificate,
  )
  return (path: string, host = names[0]) => new URL(`https://${host}:${place.port}${path}`)
}

const why = (outcome: HttpsOutcome) => {
  assert.ok(outcome.outcome === 'failed')
  return outcome.why.replace(/:\d+/g, '')
}

describe('a page', () => {
  it('has a status, a type and a body', async (test) => {
    const page = 'HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nhello\n'
    const at = await serveHttp(test, { '/page?a=1': page })
    const url = at('/page?a=1')
    assert.deepEqual(await getHttps(url, options), {
      ...{ outcome: 'answered', url: url.href, status: 200, type: 'text/plain', location: undefined, body: 'hello\n' },
    })
    const none = await getHttps(at('/none'), options)
    assert.ok(none.outcome === 'answered' && none.status === 404)
  })

  it('may be elsewhere, which is followed as often as asked for', async (test) => {
    const at = await serveHttp(test, {
      '/old': 'HTTP/1.1 301 Moved\r\nLocation: /older\r\n\r\n',
      '/older': 'HTTP/1.1 302 Found\r\nLocation: /new\r\n\r\n',
      '/new': 'HTTP/1.1 200 OK\r\n\r\nnew',
      '/plain': 'HTTP/1.1 301 Moved\r\nLocation: http://www.example.org/\r\n\r\n',
    })
    const statuses = [0, 1, 2].map(async (redirects) => {
      const outcome = await getHttps(at('/old'), { ...options, redirects })
      return outcome.outcome === 'answered' ? outcome.status : outcome.why
    })
    assert.deepEqual(await Promise.all(statuses), [301, 302, 200])
    const plain = await getHttps(at('/plain'), { ...options, redirects: 1 })
    assert.equal(why(plain), 'www.example.org sends to http://www.example.org/, which is not https')
  })

  it('is asked for at another address where one is given', async (test) => {
    const certificate = makeCertificate({ names: ['elsewhere.example.org'] })
    const at = await serveHttp(test, { '/': 'HTTP/1.1 200 OK\r\n\r\nhere' }, certificate)
    const url = at('/', 'elsewhere.example.org')
    const there = await getHttps(url, { ...options, ca: certificate.cert, address: '127.0.0.1' })
    assert.ok(there.outcome === 'answered' && there.body === 'here')
    assert.equal(why(await getHttps(url, options)), 'elsewhere.example.org has no address in DNS')
  })
})

describe('a page that does not come', () => {
  it('because its certificate is not trusted, or for somebody else', async (test) => {
    const at = await serveHttp(test, { '/': 'HTTP/1.1 200 OK\r\n\r\nhere' })
    const { ca: _, ...others } = options
    assert.equal(
      why(await getHttps(at('/'), others)),
      'the certificate of www.example.org is not trusted: it is signed by itself',
    )
    assert.equal(
      why(await getHttps(at('/', 'mx.example.org'), { ...options, address: '127.0.0.1' })),
      'the certificate of mx.example.org is for www.example.org',
    )
  })

  it('because it is too long, cut or no HTTP', async (test) => {
    const at = await serveHttp(test, {
      '/long': `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2000)}`,
      '/cut': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello',
      '/smtp': '220 www.example.org\r\n',
    })
    assert.equal(why(await getHttps(at('/long'), { ...options, limit: 1000 })), 'the answer has more than 1000 bytes')
    assert.match(why(await getHttps(at('/cut'), options)), /^the answer ends early: /)
    assert.match(why(await getHttps(at('/smtp'), options)), /^www\.example\.org answers with no HTTP: /)
  })

  it('because nothing listens, or is slow', async (test) => {
    const { port } = await closedPort()
    const closed = await getHttps(new URL(`https://www.example.org:${port}/`), options)
    assert.equal(why(closed), `127.0.0.1 port ${port}: connections are refused`)
    const slow = await serve(test, (socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\nhe'), tls)
    const url = new URL(`https://www.example.org:${slow.port}/`)
    assert.equal(why(await getHttps(url, { ...options, timeout: 200 })), 'www.example.org: no answer within 0.2 s')
  })

  it('because nobody could say where it is, which says nothing about it', async () => {
    assert.deepEqual(await getHttps(new URL('https://broken.example.org/'), options), {
      outcome: 'failed',
      why: '192.0.2.53 answers SERVFAIL',
      isOurs: true,
    })
  })
})
