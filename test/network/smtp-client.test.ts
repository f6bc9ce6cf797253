import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSmtp, parseEhlo } from '../../src/network/smtp-client.ts'
import { makeCertificate } from './certificates.ts'
import { closedPort, serve, serveSmtp } from './servers.ts'

const { signal } = new AbortController()
const patience = { timeout: 2000, signal }
const tls = makeCertificate({ names: ['mx.example.org'] })
const replies = {
  EHLO: '250-mx.example.org hello\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-auth=plain login\r\n250 STARTTLS',
  MAIL: '250 2.1.0 ok',
  RCPT: '550-5.1.1 no such user\r\n550 5.1.1 here',
}

describe('a dialogue', () => {
  it('reads greetings, extensions and replies of several lines', async (test) => {
    const smtp = await openSmtp(
      await serveSmtp(test, { greeting: '220-mx.example.org\r\n220 ESMTP', replies }),
      patience,
    )
    assert.deepEqual(smtp.greeting, { code: 220, lines: ['mx.example.org', 'ESMTP'], text: '220 mx.example.org ESMTP' })
    const { name, extensions } = await smtp.ehlo()
    assert.equal(name, 'mx.example.org')
    assert.deepEqual(
      [...extensions],
      [
        ['PIPELINING', ''],
        ['SIZE', '1000'],
        ['AUTH', 'plain login'],
        ['STARTTLS', ''],
      ],
    )
    const refusal = await smtp.command('RCPT TO:<nobody@example.org>')
    assert.equal(refusal.text, '550 5.1.1 no such user 5.1.1 here')
    smtp.close()
    assert.deepEqual(smtp.transcript.slice(0, 3), ['S: 220-mx.example.org', 'S: 220 ESMTP', 'C: EHLO [127.0.0.1]'])
  })

  it('goes on under TLS after STARTTLS, and from the first byte on where that is wanted', async (test) => {
    const wish = { servername: 'mx.example.org' }
    const secured = { EHLO: '250-mx.example.org\r\n250 AUTH PLAIN' }
    const upgraded = await openSmtp(await serveSmtp(test, { replies, secured, tls }), patience)
    assert.equal(upgraded.tls, undefined)
    assert.equal((await upgraded.startTls(wish)).certificate.serial, tls.serial)
    const implicit = await openSmtp(await serveSmtp(test, { replies, secured, tls, implicit: true }), patience, wish)
    for (const smtp of [upgraded, implicit]) {
      assert.equal(smtp.tls?.protocol, 'TLSv1.3')
      assert.deepEqual([...(await smtp.ehlo()).extensions], [['AUTH', 'PLAIN']])
      smtp.close()
    }
  })

  it('takes nothing from before TLS for said under TLS', async (test) => {
    const place = await serveSmtp(test, { replies: { STARTTLS: '220 go ahead\r\n250 2.0.0 all is well' }, tls })
    const smtp = await openSmtp(place, patience)
    await assert.rejects(smtp.startTls({}), {
      message: 'text follows the answer to STARTTLS in clear: "250 2.0.0 all is well\\r\\n"',
    })
  })

  it('says why TLS does not begin', async (test) => {
    const refusing = await openSmtp(await serveSmtp(test, {}), patience)
    await assert.rejects(refusing.startTls({}), { message: 'STARTTLS is refused: 502 5.5.1 unknown command' })
    refusing.close()
    const answer = '220 go ahead\r\n'
    const bluffing = await serve(test, (socket) => void socket.on('data', () => socket.write(answer)).write(answer))
    await assert.rejects((await openSmtp(bluffing, patience)).startTls({}), {
      message: 'what is there does not speak TLS',
    })
  })

  it('records no credentials', async (test) => {
    const place = await serveSmtp(test, { replies: { AUTH: '334 ', c2VjcmV0: '235 welcome' } })
    const smtp = await openSmtp(place, patience)
    await smtp.command('AUTH PLAIN c2VjcmV0')
    await smtp.command('c2VjcmV0')
    await smtp.command('AUTH LOGIN')
    await smtp.command('*')
    smtp.close()
    assert.deepEqual(
      smtp.transcript.filter((line) => line.startsWith('C:')),
      ['C: AUTH PLAIN ‹secret›', 'C: ‹secret›', 'C: AUTH LOGIN', 'C: *'],
    )
  })

  it('sends no second line with a command', async (test) => {
    const smtp = await openSmtp(await serveSmtp(test, { replies }), patience)
    await assert.rejects(smtp.command('MAIL FROM:<>\r\nDATA'), RangeError)
    smtp.close()
  })
})

describe('a dialogue that fails', () => {
  const cases: readonly [it: string, said: string, ends: boolean, message: RegExp][] = [
    ['at a server that keeps silent', '', false, /^no answer within 0\.1 s$/],
    ['at a line without an end', '220 mx.example', false, /^no answer within 0\.1 s$/],
    ['when it is cut in the middle', '220-mx.example.org\r\n220', true, /^the connection was closed$/],
    ['at something else than SMTP', 'SSH-2.0-OpenSSH_10.0\r\n', false, /^what is there does not speak SMTP: "SSH-2/],
    ['when the codes of one reply differ', '220-mx.example.org\r\n250 ok\r\n', false, /does not speak SMTP: "250 ok"/],
    ['at a line that is too long', 'x'.repeat(5000), false, /^a line has more than 4096 bytes$/],
    ['at a reply that never ends', '220-mx.example.org\r\n'.repeat(150), false, /^a reply has more than 100 lines$/],
  ]
  for (const [name, said, ends, message] of cases) {
    it(name, async (test) => {
      const place = await serve(test, (socket) => void (ends ? socket.end(said) : socket.write(said)))
      await assert.rejects(openSmtp(place, { timeout: 100, signal }), { message })
    })
  }

  it('because nothing listens', async () => {
    await assert.rejects(openSmtp(await closedPort(), patience), {
      message: 'connections are refused',
      tcp: { outcome: 'refused', why: 'connections are refused' },
    })
  })

  it('because nobody wants to know any more', async (test) => {
    const leaving = new AbortController()
    const place = await serve(test, () => leaving.abort())
    await assert.rejects(openSmtp(place, { timeout: 5000, signal: leaving.signal }), {
      message: 'not waited for to the end',
    })
  })
})

it('a refused EHLO offers nothing', () => {
  assert.deepEqual(parseEhlo({ code: 502, lines: ['STARTTLS'], text: '' }).extensions.size, 0)
})
