import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Controller } from '../../src/core/control.ts'
import { mailReceived } from '../../src/resources/mail-received.ts'
import { NameServer } from '../network/name-server.ts'
import { shellcheckWarnings, syntaxErrors } from './shells.ts'

// The question itself, in this machine's sh, about a maildir of the test's own.

const folder = mkdtempSync(join(tmpdir(), 'provision-received-'))
const controller: Controller = { signal: new AbortController().signal, secret: () => undefined }
let dns: NameServer

before(async () => {
  // Nobody knows anything: what the receiver wrote counts.
  dns = await NameServer.start(() => ({ rcode: 3, flags: 0x8400 }))
})
after(async () => {
  await dns.close()
  rmSync(folder, { recursive: true })
})

const sent = (id: string, port = 465) => ({
  message_id: id,
  from: 'i@alpha.test',
  to: 'i@beta.test',
  port,
  local_port: 1,
})

function mail(id: string, spf = 'pass'): string {
  return `Return-Path: <i@alpha.test>
Authentication-Results: smtp.beta.test
	;spf=${spf} (matched mx)
	;dkim=pass  header.d=alpha.test
Received: from smtp.alpha.test ([IPv6:2001:db8::11])
	by smtp.beta.test (chasquid) with ESMTPS
	tls TLS_AES_128_GCM_SHA256
	(over SMTP, TLS 1.3, envelope from "i@alpha.test")
	; Sun, 22 Nov 2026 10:00:02 +0000
DKIM-Signature: v=1; a=rsa-sha256; d=alpha.test; s=mail; h=from; bh=x; b=y
From: i@alpha.test
Message-ID:
 ${id}

Grüße.
`
}

function put(name: string, text: string | Buffer, minutesAgo = 0): void {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  const time = Date.now() / 1000 - minutesAgo * 60
  utimesSync(file, time, time)
}

const question = (params: object) => mailReceived.read(mailReceived.params.parse({ follow: 0.1, ...params }), {}).mails

/** What the host answers to the question for these messages. */
function ask(params: object): string {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', question(params).reveal()], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  return stdout
}

const texts = (answer: string) =>
  answer
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line, 'base64').toString())

describe('the question for received messages', () => {
  it('is shell text that every sh accepts', () => {
    const messages = [sent('<1@alpha.test>'), sent('<2@alpha.test>')]
    const scripts = [question({ messages, directory: '/var/mail/a b' }), question({ messages, command: 'print "$1"' })]
    assert.deepEqual([...syntaxErrors(scripts), ...shellcheckWarnings(scripts)], [])
  })

  it('finds them by their Message-ID, byte for byte, in whatever folder they are', () => {
    const directory = join(folder, 'Mail dir')
    put('Mail dir/new/1.host', mail('<1@alpha.test>'))
    put('Mail dir/.Junk/cur/2.host:2,S', mail('<2@alpha.test>').replaceAll('\n', '\r\n'))
    put('Mail dir/new/3.host', mail('<3@alpha.test>').replace('\n\n', '\nIn-Reply-To: <1@alpha.test>\n\n'))
    const messages = ['<2@alpha.test>', '<1@alpha.test>', '<4@alpha.test>'].map((id) => sent(id))
    const [second, first, missing] = texts(ask({ messages, directory }))
    assert.equal(first, mail('<1@alpha.test>'))
    assert.equal(second, mail('<2@alpha.test>').replaceAll('\n', '\r\n'))
    assert.equal(missing, '')
  })

  it('leaves out what is old, still being written or only quotes the Message-ID', () => {
    put('box/new/old', mail('<5@alpha.test>'), 90)
    put('box/tmp/half', mail('<5@alpha.test>'))
    put('box/new/.half', mail('<5@alpha.test>'))
    put(
      'box/new/answer',
      mail('<6@alpha.test>').replace('\n\n', '\nReferences: <5@alpha.test>\n\nMessage-ID: <5@alpha.test>\n'),
    )
    assert.deepEqual(texts(ask({ messages: [sent('<5@alpha.test>')], directory: join(folder, 'box') })), [''])
  })

  it('is answered by a command as well, and where there is no such directory', () => {
    const messages = [sent('<7@alpha.test>')]
    assert.deepEqual(texts(ask({ messages, command: 'printf "%s\\n" "for $1"' })), ['for <7@alpha.test>\n'])
    assert.deepEqual(texts(ask({ messages, directory: '/nowhere' })), [''])
  })

  it('needs to know where', () => {
    const { error } = mailReceived.params.safeParse({ messages: [] })
    assert.match(error?.message ?? '', /either directory or command is needed/)
  })
})

describe('mail_received', () => {
  const look = async (messages: readonly object[], mails: readonly string[]) =>
    mailReceived.control!(
      mailReceived.params.parse({ messages, directory: '/var/mail', follow: 5, resolver: dns.place }),
      { mails: mails.map((text) => `${Buffer.from(text).toString('base64')}\n`).join('') },
      controller,
    )

  it('says once what is the same about all messages, and by the port what is not', async () => {
    const messages = [sent('<1@alpha.test>'), sent('<2@alpha.test>', 587)]
    const {
      findings = [],
      message,
      result,
    } = await look(messages, [mail('<1@alpha.test>'), mail('<2@alpha.test>', 'softfail')])
    assert.deepEqual(
      findings.map(({ verdict, subject }) => `${verdict} ${subject}`),
      [
        'right TLS',
        'right address',
        'wrong PTR',
        'right SPF alpha.test, port 465',
        'right DKIM alpha.test',
        'wrong DMARC alpha.test',
        'wrong SPF alpha.test, port 587',
      ],
    )
    assert.equal(
      message,
      `i@alpha.test → i@beta.test, port 465: ✔ TLS 1.3  ✔ IPv6  ✖ PTR  ✔ SPF  ✔ DKIM  ! DMARC  0 s on the way
i@alpha.test → i@beta.test, port 587: ✔ TLS 1.3  ✔ IPv6  ✖ PTR  ✖ SPF  ✔ DKIM  ! DMARC  0 s on the way`,
    )
    assert.deepEqual(result, {
      received: [
        { message_id: '<1@alpha.test>', found: true, wrong: ['message-ptr-wrong', 'message-dmarc-failed'] },
        {
          message_id: '<2@alpha.test>',
          found: true,
          wrong: ['message-ptr-wrong', 'message-spf-failed', 'message-dmarc-failed'],
        },
      ],
    })
  })

  it('misses what did not arrive', async () => {
    const { findings = [], message } = await look([sent('<1@alpha.test>')], [''])
    assert.equal(message, undefined)
    assert.deepEqual(
      findings.map(({ id, verdict, text }) => [id, verdict, text]),
      [['mail-not-received', 'wrong', 'is not in the mailbox after 5 s']],
    )
  })
})
