import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { HostError } from '../../src/core/error.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Submission, submit } from '../../src/network/submit.ts'
import { type Certified, makeCertificate } from './certificates.ts'
import { closedPort, serve, silentPort } from './servers.ts'

const own = makeCertificate({ names: ['smtp.example.org'] })
const other = makeCertificate({ names: ['mx.example.net', 'mail.example.net'] })
const expired = makeCertificate({ names: ['smtp.example.org'], days: [-60, -1] })

interface Manners {
  readonly certificate?: Certified
  readonly implicit?: boolean
  /** In place of what a friendly server says: by the first word of a command; `.` is the end of the message. */
  readonly says?: { readonly [word: string]: string }
}

const friendly = {
  EHLO: '250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN',
  AUTH: '235 2.7.0 ok',
  MAIL: '250 ok',
  RCPT: '250 ok',
}

/** A server that takes messages, and what it heard. */
async function server(test: TestContext, { certificate = own, implicit = false, says = {} }: Manners = {}) {
  const heard: string[] = []
  const said: { readonly [word: string]: string } = { ...friendly, DATA: '354 go on', '.': '250 2.0.0 taken', ...says }
  const converse = (socket: Socket): void => {
    let isData = false
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
        heard.push(line)
        if (isData && line !== '.') continue
        isData = line === 'DATA'
        if (line === 'STARTTLS' && !says.STARTTLS) {
          socket.removeAllListeners('data').write('220 go ahead\r\n')
          converse(
            new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(certificate) }).on(
              'error',
              () => undefined,
            ),
          )
          return
        }
        socket.write(`${said[line.split(' ')[0]!] ?? '502 unknown'}\r\n`)
      }
    })
  }
  const place = await serve(
    test,
    (socket) => {
      socket.write('220 smtp.example.org\r\n')
      converse(socket)
    },
    implicit ? certificate : undefined,
  )
  return { place, heard }
}

function submission(
  place: { readonly address: string; readonly port: number },
  rest: Partial<Submission> = {},
): Submission {
  return {
    server: 'smtp.example.org',
    ...place,
    implicit: false,
    from: 'i@example.org',
    password: new Secret('correct horse'),
    to: 'you@example.net',
    subject: 'A test',
    messageId: '<1@example.org>',
    text: 'Hello.',
    html: '<p>Hello.</p>',
    ca: `${own.cert}${other.cert}${expired.cert}`,
    timeout: 2000,
    signal: new AbortController().signal,
    ...rest,
  }
}

/** The error that a submission ends with: message and hint. */
async function refusal(wanted: Submission): Promise<readonly [message: string, hint: string]> {
  try {
    await submit(wanted)
  } catch (error) {
    if (error instanceof HostError) return [error.message, error.hint ?? '']
    throw error
  }
  assert.fail('the message was taken')
}

describe('a submission', () => {
  it('hands a message with text and HTML in, over STARTTLS and over TLS from the start', async (test) => {
    for (const implicit of [false, true]) {
      const { place, heard } = await server(test, { implicit })
      const taken = await submit(submission(place, { implicit, unsubscribe: 'https://example.org/leave' }))
      assert.equal(taken.response, '250 2.0.0 taken')
      assert.deepEqual([taken.tls, taken.address], ['TLS 1.3', '127.0.0.1'])
      assert.match(taken.cipher, /^TLS_/)
      assert.ok(taken.localPort > 0)
      assert.ok(heard.includes(`AUTH PLAIN ${Buffer.from('\0i@example.org\0correct horse').toString('base64')}`))
      for (const line of [
        'From: i@example.org',
        'To: you@example.net',
        'Message-ID: <1@example.org>',
        'List-Unsubscribe: <https://example.org/leave>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'Hello.',
        '<p>Hello.</p>',
      ]) {
        assert.ok(heard.includes(line), line)
      }
      assert.ok(heard.some((line) => /^Date: \w{3}, /.test(line)))
      assert.ok(heard.some((line) => /^Content-Type: multipart\/alternative/.test(line)))
    }
  })

  it('sends the password only under TLS', async (test) => {
    const { place, heard } = await server(test, { says: { STARTTLS: '454 4.7.0 not now' } })
    const [message] = await refusal(submission(place))
    assert.equal(message, `smtp.example.org (127.0.0.1) port ${place.port} does not offer STARTTLS: 454 4.7.0 not now`)
    assert.equal(
      heard.some((line) => line.startsWith('AUTH')),
      false,
    )
  })

  const cases: readonly [what: string, manners: Manners, message: RegExp, hint: RegExp][] = [
    [
      'a refused login',
      { says: { AUTH: '535 5.7.8 Incorrect user or password' } },
      /refuses the login of i@example\.org: 535 5\.7\.8 Incorrect user or password$/,
      /senders of its domain/,
    ],
    [
      'a refused sender',
      { says: { MAIL: '550 5.7.1 not you' } },
      /refuses mail from i@example\.org: 550 5\.7\.1 not you$/,
      /rules of the server/,
    ],
    [
      'a refused recipient',
      { says: { RCPT: '550 5.1.1 no such user' } },
      /refuses mail to you@example\.net: 550 5\.1\.1 no such user$/,
      /no such mailbox/,
    ],
    [
      'a refused message',
      { says: { '.': '451 4.3.0 Failed to queue message: Queue size too big, try again later' } },
      /refuses the message: 451 4\.3\.0 Failed to queue/,
      /queue_items/,
    ],
    [
      'the certificate of another host',
      { certificate: other },
      /^the certificate of smtp\.example\.org .* is for mx\.example\.net, mail\.example\.net, not for smtp\.example\.org$/,
      /mail_host/,
    ],
    ['an expired certificate', { certificate: expired }, /is not trusted: certificate has expired$/, /tags acme/],
  ]
  for (const [what, manners, message, hint] of cases) {
    for (const implicit of [false, true]) {
      it(`says in words what is wrong: ${what}, ${implicit ? 'TLS from the start' : 'STARTTLS'}`, async (test) => {
        const { place } = await server(test, { ...manners, implicit })
        const said = await refusal(submission(place, { implicit }))
        assert.match(said[0], message)
        assert.match(said[1], hint)
      })
    }
  }

  it('says whom it does not trust', async (test) => {
    const { place } = await server(test)
    const [message, hint] = await refusal(submission(place, { ca: other.cert }))
    assert.match(hint, /ca_bundle/)
    assert.match(message, /^the certificate of smtp\.example\.org .* is not trusted: self-signed certificate$/)
  })

  it('tells a refused connection from a silent one, and neither takes long', async (test) => {
    const [refused, hint] = await refusal(submission(await closedPort()))
    assert.match(refused, /^smtp\.example\.org \(127\.0\.0\.1\) port \d+ refuses connections$/)
    assert.match(hint, /systemctl status chasquid/)
    const started = performance.now()
    const [silent] = await refusal(submission(await silentPort(test), { timeout: 300 }))
    assert.match(silent, /: no answer within 0\.3 s, trying to connect$/)
    assert.ok(performance.now() - started < 5000)
  })

  it('ends when the user wants to', async (test) => {
    const ending = new AbortController()
    const { place } = await server(test, { says: { EHLO: '' } })
    const ended = refusal(submission(place, { signal: ending.signal }))
    ending.abort()
    assert.match((await ended)[0], /ended before the message was handed over$/)
  })
})
