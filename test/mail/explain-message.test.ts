import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { describeMessage, summarize } from '../../src/mail/describe-message.ts'
import { type Explanation, explainMessage } from '../../src/mail/explain-message.ts'
import { judgeMessage } from '../../src/mail/judge-message.ts'

/** What one file of `messages` comes to. */
interface Expected {
  /** EHLO name, address and name by PTR of the server that handed it in; protocol and TLS version. */
  readonly arrival: string
  /** MAIL FROM. */
  readonly sender: string
  /** Who judged it, and how: SPF, DKIM, DMARC. */
  readonly verdicts: string
  /** From the first server to the last, and the seconds between them. */
  readonly way: string
  readonly summary: string
}

const cases: Readonly<Record<string, Expected>> = {
  'gmail-ipv6.eml': {
    arrival: 'smtp.example.org 2001:db8:64::11 smtp.example.org ESMTPS TLS 1.3',
    sender: 'i@example.org',
    verdicts: 'mx.google.com spf=pass dkim=pass dmarc=pass',
    way: 'smtp.example.org mx.google.com+1 2002:a05:6a10:f3c8:b0:4d2:9a6e:b1c7+1',
    summary: '✔ TLS 1.3  ✔ IPv6  ✔ PTR  ✔ SPF  ✔ DKIM  ✔ DMARC  2 s on the way',
  },
  'gmail-nothing-right.eml': {
    arrival: 'localhost.localdomain 198.51.100.11 - ESMTP -',
    sender: 'i@example.org',
    verdicts: 'mx.google.com spf=softfail dmarc=fail',
    way: 'mx.google.com 2002:a05:6a10:f3c8:b0:4d2:9a6e:b1c7+1',
    summary: '✖ TLS  ! IPv4  ✖ PTR  ✖ SPF  ✖ DKIM  ✖ DMARC  1 s on the way',
  },
  'gmail-page.txt': {
    arrival: 'smtp.example.org 198.51.100.11 smtp.example.org ESMTPS TLS 1.3',
    sender: 'i@example.org',
    verdicts: '- spf=pass dkim=pass dmarc=pass',
    way: 'mx.google.com',
    summary: '✔ TLS 1.3  ! IPv4  ✔ PTR  ✔ SPF  ✔ DKIM  ✔ DMARC  0 s on the way',
  },
  'gmail-page-chinese.txt': {
    arrival: 'smtp.example.org 2001:db8:64::11 smtp.example.org ESMTPS TLS 1.2',
    sender: 'i@example.org',
    verdicts: '- spf=pass dkim=fail dmarc=pass',
    way: 'mx.google.com',
    summary: '✔ TLS 1.2  ✔ IPv6  ✔ PTR  ✔ SPF  ✖ DKIM  ✔ DMARC  0 s on the way',
  },
  // Three hops among Microsoft's own servers follow, with public addresses.
  'outlook.eml': {
    arrival: 'smtp.example.org 198.51.100.11 - Microsoft SMTP Server TLS 1.3',
    sender: 'i@example.org',
    verdicts: '- spf=pass dkim=fail dmarc=pass',
    way: 'BN3PEPF0000B06D.mail.protection.outlook.com BN9PR03CA0123.outlook.office365.com+1 SA1PR12MB7777.namprd12.prod.outlook.com+1 DM4PR12MB5555.namprd12.prod.outlook.com+1',
    summary: '✔ TLS 1.3  ! IPv4  ? PTR  ✔ SPF  ✖ DKIM  ✔ DMARC  3 s on the way',
  },
  'yahoo.eml': {
    arrival: 'smtp.example.org 198.51.100.11 - SMTPs TLS 1.3',
    sender: 'i@example.org',
    verdicts: 'atlas-production.v2-mail-prod1-gq1.omega.yahoo.com spf=none dkim=pass dmarc=pass',
    way: '10.217.151.75',
    summary: '✔ TLS 1.3  ! IPv4  ? PTR  ✖ SPF  ✔ DKIM  ✔ DMARC  0 s on the way',
  },
  // Forwarded with SRS: what the forwarder wrote counts no more.
  'chasquid-srs.eml': {
    arrival: 'smtp.beta.test 2001:db8:64::12 - ESMTPS TLS 1.3',
    sender: 'any123+fwd_from=i=alpha.test@beta.test',
    verdicts: 'smtp.gamma.test spf=pass dkim=pass',
    way: 'smtp.beta.test smtp.gamma.test+1',
    summary: '✔ TLS 1.3  ✔ IPv6  ? PTR  ✔ SPF  ✔ DKIM  ✔ DMARC  1 s on the way',
  },
  // One field for each method, behind the line of an mbox.
  'postfix-milters.eml': {
    arrival: 'smtp.example.org 198.51.100.11 host-11.provider.example ESMTPS TLS 1.3',
    sender: 'i@example.org',
    verdicts: 'mx.example.net spf=pass dkim=pass dmarc=pass',
    way: 'mx.example.net',
    summary: '✔ TLS 1.3  ! IPv4  ! PTR  ✔ SPF  ✔ DKIM  ✔ DMARC  0 s on the way',
  },
  'exim-old-tls.eml': {
    arrival: 'smtp.example.org 198.51.100.11 - esmtps TLS 1',
    sender: '',
    verdicts: '-',
    way: 'mx.example.net',
    summary: '! TLS 1  ! IPv4  ? PTR  ? SPF  ✖ DKIM  ? DMARC  0 s on the way',
  },
  // The forger brought a second verdict along, in Google's name.
  'forged.eml': {
    arrival: 'mail.example.net 198.51.100.66 mail.example.net ESMTPS TLS 1.3',
    sender: 'bank@example.com',
    verdicts: 'mx.google.com spf=fail dkim=pass dmarc=fail',
    way: 'mail.example.net mx.google.com+1',
    summary: '✔ TLS 1.3  ! IPv4  ✔ PTR  ✖ SPF  ✔ DKIM  ✖ DMARC  1 s on the way',
  },
}

describe('a message', () => {
  for (const [file, expected] of Object.entries(cases)) {
    it(`is explained: ${file}`, () => {
      const message = load(file)
      const { arrival, sender, verdicts, hops } = message
      const { helo, address, ptr, protocol, tls } = arrival ?? {}
      const results = [verdicts.spf, verdicts.dkim[0], verdicts.dmarc].map((one, index) =>
        one === undefined ? [] : [`${['spf', 'dkim', 'dmarc'][index]}=${one.result}`],
      )
      assert.deepEqual(
        {
          arrival: [helo, address, ptr, protocol, tls?.version].map((text) => text ?? '-').join(' '),
          sender,
          verdicts: [verdicts.server ?? '-', ...results.flat()].join(' '),
          way: hops.map(({ by, seconds }) => `${by}${seconds === undefined ? '' : `+${seconds}`}`).join(' '),
          summary: summarize(judgeMessage(message), message),
        },
        expected,
      )
    })
  }

  it('has lines that end with LF or CRLF, and may begin with a byte order mark', () => {
    const text = read('gmail-page.txt')
    const other = explainMessage(`\uFEFF${text.replaceAll('\n', '\r\n')}`)
    assert.deepEqual(other, explainMessage(text))
  })

  it('is none where there is no header of one', () => {
    for (const text of ['', 'Hello.\n', 'From: i@example.org\nSubject: a letter\n\nHello.\n', '{"from": "x"}\n']) {
      assert.equal(explainMessage(text), undefined)
    }
  })

  it('is described by who wrote it, and a line for each server', () => {
    assert.equal(
      describeMessage(load('gmail-ipv6.eml')),
      `From i@example.org
Subject Hello
          smtp.example.org                     from [127.0.0.1], ESMTPSA, TLS 1.3
→    1 s  mx.google.com                        from smtp.example.org [2001:db8:64::11], ESMTPS, TLS 1.3
     1 s  2002:a05:6a10:f3c8:b0:4d2:9a6e:b1c7  SMTP
ARC: 1 server on the way vouched for what was seen there
List-Unsubscribe with one click (RFC 8058)`,
    )
  })

  it('that never left its server has no way to be judged', () => {
    const message = explainMessage(
      'Received: from [127.0.0.1] by smtp.example.org (chasquid) with ESMTPSA\nMessage-ID: <1@example.org>\n\n',
    )
    assert.equal(message?.arrival, undefined)
    const [tls] = judgeMessage(message!)
    assert.deepEqual([tls?.verdict, tls?.text], ['unknown', 'no server handed the message to another one'])
  })
})

function load(file: string): Explanation {
  const message = explainMessage(read(file))
  assert.ok(message, file)
  return message
}

function read(file: string): string {
  return readFileSync(new URL(`messages/${file}`, import.meta.url), 'utf8')
}
