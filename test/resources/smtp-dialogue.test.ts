import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { judgeDialogues } from '../../src/resources/smtp-dialogue.ts'
import { lookAtServer } from '../../src/resources/smtp-dialogue-look.ts'
import { makeCertificate } from '../network/certificates.ts'
import { closedPort, type SmtpScript, serveSmtp } from '../network/servers.ts'
import { said } from './looking.ts'

const tls = makeCertificate({ names: ['smtp.test'] })
const { signal } = new AbortController()
const wanted = { mail_host: 'smtp.own.test', domains: ['own.test'] }

// As chasquid answers.
const needsTls = '503 5.7.10 You must use TLS'
const strict = {
  greeting: '220 smtp.own.test ESMTP chasquid',
  tls,
  patience: 2,
  replies: {
    EHLO: '250-smtp.own.test - Your hour of destiny has come.\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 HELP',
    AUTH: needsTls,
    RSET: '250 2.0.0 Alas poor Yorick',
    MAIL: '250 2.1.5 You feel like you are being watched',
    RCPT: '503 5.7.1 Relay not allowed',
    'RCPT TO:<postmaster@own.test>': '250 2.1.5 You have an eerie feeling',
    'RCPT TO:<abuse@own.test>': '250 2.1.5 You have an eerie feeling',
  },
}
const submission = {
  ...strict,
  replies: { ...strict.replies, MAIL: '550 5.7.9 Mail to port 587 without AUTH is not allowed' },
  secured: { EHLO: '250-smtp.own.test\r\n250 AUTH PLAIN' },
}
const servers: Readonly<Record<'smtp' | 'submission' | 'submissions', SmtpScript>> = {
  smtp: strict,
  submission,
  submissions: { ...submission, implicit: true },
}

/** What is said about a server that differs from chasquid in this. */
async function judge(test: TestContext, different: Partial<typeof servers> = {}, domains = wanted.domains) {
  const [smtp, submission, submissions] = await Promise.all(
    (['smtp', 'submission', 'submissions'] as const).map((port) => serveSmtp(test, different[port] ?? servers[port])),
  )
  const places = { smtp: smtp!, submission: submission!, submissions: submissions! }
  const seen = await lookAtServer(
    places,
    { own: domains, foreign: 'foreign.test', nobody: 'nobody' },
    { timeout: 2000, signal },
  )
  return judgeDialogues({ ...wanted, domains }, [seen])
}

const notRight = (texts: readonly string[]) => texts.filter((text) => !text.startsWith('right'))

const relays = (command: string) => ({ smtp: { ...strict, replies: { ...strict.replies, [command]: '250 ok' } } })

describe('talking to a mail server', () => {
  it('finds nothing wrong with one that closes after three refusals', async (test) => {
    assert.deepEqual(said(await judge(test)), [
      'right greeting-name-wrong: calls itself smtp.own.test on 25, 587, 465',
      'right auth-in-clear: takes no password before TLS',
      'right auth-in-clear: takes no password before TLS',
      'right open-relay: refuses to relay, tried in 6 ways',
      'right submission-open: takes nothing without a login',
      'right submission-open: takes nothing without a login',
      'right postmaster-refused: is accepted',
      'right postmaster-refused: is accepted',
    ])
  })

  it('never sends DATA, logs in, or leaves without taking leave', async (test) => {
    const heard: string[] = []
    const accepting = { EHLO: '250 x', MAIL: '250 ok', RCPT: '250 ok', RSET: '250 ok', AUTH: '334 ', '*': '501 no' }
    const hear = (line: string) => void heard.push(line)
    const open = { replies: accepting, hear }
    await judge(test, { smtp: open, submission: open, submissions: { ...open, implicit: true, tls } })
    const words = new Set(heard.map((line) => line.split(/[ :]/)[0]!))
    assert.deepEqual([...words].toSorted(), ['*', 'AUTH', 'EHLO', 'MAIL', 'QUIT', 'RCPT', 'RSET'])
    assert.deepEqual(new Set(heard.filter((line) => line.startsWith('AUTH'))), new Set(['AUTH PLAIN']))
  })

  const forms: readonly [form: string, recipient: RegExp][] = [
    ['to anybody', /^<nobody@foreign\.test>$/],
    ['with a source route', /^<@own\.test:nobody@foreign\.test>$/],
    ['with a percent sign', /^<nobody%foreign\.test@own\.test>$/],
    ['with quotes', /^<"nobody@foreign\.test"@own\.test>$/],
  ]
  for (const [form, recipient] of forms) {
    it(`notices an open relay, ${form}`, async (test) => {
      const heard: string[] = []
      await judge(test, { smtp: { ...strict, hear: (line) => void heard.push(line) } })
      const tried = heard.filter((line) => line.startsWith('RCPT TO:')).map((line) => line.slice('RCPT TO:'.length))
      assert.ok(tried.some((path) => recipient.test(path)))
      // It takes this form only.
      const replies: Record<string, string> = new Proxy({ ...strict.replies } as Record<string, string>, {
        get: (known, line: string) => {
          const path = line.startsWith('RCPT TO:') ? line.slice('RCPT TO:'.length) : ''
          return recipient.test(path) ? '250 ok' : known[line]
        },
      })
      const report = await judge(test, { smtp: { ...strict, replies } })
      const [wrong, ...others] = report.findings!.filter(({ verdict }) => verdict !== 'right')
      assert.deepEqual(others, [])
      assert.equal(wrong?.id, 'open-relay')
      assert.match(wrong?.text ?? '', /^takes mail from <\S*> to <.*>, which is none of its own$/)
      assert.match(wrong?.seen ?? '', /^MAIL FROM:<\S*>: 250 .*; RCPT TO:<.*>: 250 ok$/)
    })
  }

  it('counts no form that a catch-all takes', async (test) => {
    const replies: Record<string, string> = new Proxy({ ...strict.replies } as Record<string, string>, {
      get: (known, line: string) =>
        /^RCPT TO:<[^@]+@own\.test>$/.test(line) || /"@own\.test>$/.test(line) ? '250 ok' : known[line],
    })
    const report = await judge(test, { smtp: { ...strict, replies } })
    assert.deepEqual(notRight(said(report)), [])
    assert.ok(said(report).includes('right open-relay: refuses to relay, tried in 4 ways'))
  })

  it('is not sure of a server that puts it off', async (test) => {
    const replies = {
      ...strict.replies,
      RCPT: '450 4.7.1 Greylisted',
      'RCPT TO:<abuse@own.test>': '450 4.7.1 Greylisted',
    }
    const { smtp } = { smtp: { ...strict, replies } }
    const texts = notRight(said(await judge(test, { smtp })))
    assert.match(texts[0] ?? '', /^unknown open-relay: RCPT TO:<.*> is put off: 450 4\.7\.1 Greylisted$/)
    assert.deepEqual(texts.slice(1), [
      'unknown postmaster-refused: RCPT TO:<abuse@own.test> is put off: 450 4.7.1 Greylisted',
    ])
  })

  const cases: readonly [it: string, different: Partial<typeof servers>, wrong: readonly string[]][] = [
    [
      'another name',
      {
        smtp: { ...strict, greeting: '220 localhost ESMTP' },
        submission: { ...submission, greeting: '220 localhost ESMTP' },
      },
      ['wrong greeting-name-wrong: calls itself localhost on 25, 587, not smtp.own.test'],
    ],
    [
      'another name after EHLO',
      {
        smtp: { ...strict, replies: { ...strict.replies, EHLO: '250 mx1' } },
      },
      ['wrong greeting-name-wrong: calls itself mx1 on 25, not smtp.own.test'],
    ],
    [
      'AUTH offered in clear',
      {
        smtp: { ...strict, replies: { ...strict.replies, EHLO: '250-smtp.own.test\r\n250 AUTH PLAIN LOGIN' } },
      },
      ['wrong auth-in-clear: takes passwords before TLS: EHLO offers AUTH PLAIN LOGIN'],
    ],
    [
      'AUTH taken in clear',
      {
        submission: { ...submission, replies: { ...submission.replies, AUTH: '334 ', '*': '501 cancelled' } },
      },
      ['wrong auth-in-clear: takes passwords before TLS: AUTH PLAIN is answered with 334'],
    ],
    [
      'submission without a login',
      {
        submissions: { ...servers.submissions, replies: { ...strict.replies, RCPT: '250 ok' } },
      },
      ['wrong submission-open: takes mail from <postmaster@own.test> to <provision@foreign.test> without a login'],
    ],
    [
      'submission to its own without a login',
      {
        submission: { ...submission, replies: strict.replies },
      },
      ['wrong submission-open: takes mail from <postmaster@own.test> to <postmaster@own.test> without a login'],
    ],
    [
      'submission that is refused at RCPT only',
      {
        submission: {
          ...submission,
          replies: { ...strict.replies, RCPT: '530 5.7.0 log in', 'RCPT TO:<postmaster@own.test>': '530 5.7.0 log in' },
        },
      },
      [],
    ],
    [
      'submission without TLS',
      { submission: { ...submission, replies: { ...submission.replies, STARTTLS: '454 4.7.0 no' } } },
      ['unknown submission-open: STARTTLS is refused: 454 4.7.0 no'],
    ],
    [
      'no postmaster',
      {
        smtp: { ...strict, replies: { ...strict.replies, 'RCPT TO:<postmaster@own.test>': '550 5.1.1 Unknown' } },
      },
      ['wrong postmaster-refused: mail to postmaster@own.test is refused'],
    ],
    [
      'a server that refuses to talk',
      { submission: { greeting: '554 5.7.1 not you' } },
      ['unknown submission-open: the server refuses: 554 5.7.1 not you'],
    ],
  ]
  for (const [name, different, wrong] of cases) {
    it(`notices ${name}`, async (test) => {
      assert.deepEqual(notRight(said(await judge(test, different))), wrong)
    })
  }

  it('asks for the duties of each domain', async (test) => {
    const report = await judge(test, relays('RCPT TO:<abuse@second.test>'), ['own.test', 'second.test'])
    const duties = report.findings!.filter(({ id }) => id === 'postmaster-refused')
    assert.deepEqual(
      duties.map(({ subject, verdict, importance }) => [subject.split(' ')[0], verdict, importance]),
      [
        ['postmaster@own.test', 'right', 'recommended'],
        ['abuse@own.test', 'right', 'recommended'],
        ['postmaster@second.test', 'wrong', 'recommended'],
        ['abuse@second.test', 'right', 'recommended'],
      ],
    )
    assert.equal(duties[2]?.remedy, 'domains: { second.test: { aliases: { postmaster: ADDRESS } } } in the inventory')
  })

  it('says nothing about ports that are closed', async () => {
    const place = await closedPort()
    const places = { smtp: place, submission: place, submissions: place }
    const seen = await lookAtServer(
      places,
      { own: ['own.test'], foreign: 'foreign.test', nobody: 'nobody' },
      { timeout: 2000, signal },
    )
    assert.deepEqual(said(judgeDialogues(wanted, [seen])), ['unknown greeting-name-wrong: connections are refused'])
  })
})
