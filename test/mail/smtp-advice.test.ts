import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { smtpAdvice } from '../../src/mail/smtp-advice.ts'

/** What servers and chasquid's log say, and a word of the advice that fits. */
const replies: readonly [reply: string, advice: RegExp][] = [
  // Google
  [
    '550-5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. DKIM = did not pass SPF [example.org] with ip: [198.51.100.11] = did not pass',
    /^neither SPF nor DKIM passes/,
  ],
  ['421-4.7.26 This mail has been rate limited because it is unauthenticated.', /^neither SPF nor DKIM/],
  [
    '550 5.7.26 Unauthenticated email from example.org is not accepted due to domain’s DMARC policy.',
    /DMARC policy forbids/,
  ],
  ['550 5.7.27 Your email has been blocked because SPF did not pass.', /^SPF does not allow/],
  ['421 4.7.30 Your email has been rate limited because DKIM authentication did not pass.', /^DKIM does not pass/],
  [
    '421 4.7.32 The From: header isn’t aligned with either the authenticated SPF or DKIM domain.',
    /^the domain in From/,
  ],
  [
    '550-5.7.1 [2001:db8:64::11] Our system has detected that this message does not meet IPv6 sending guidelines regarding PTR records and authentication.',
    /^Google takes mail over IPv6 only/,
  ],
  [
    '550-5.7.25 [198.51.100.11] The IP address sending this message does not have a PTR record setup',
    /^the sending address has no PTR/,
  ],
  ['421-4.7.23 The IP address sending this message does not have a PTR record', /set the PTR at the provider/],
  ['550 5.7.29 TLS required for this recipient.', /^the server wants TLS/],
  ['421-4.7.28 Gmail has detected an unusual rate of mail originating from your IP address.', /^too much in too short/],
  ['550-5.7.1 [198.51.100.11] Gmail has detected that this message is likely unsolicited mail.', /^taken for spam/],
  ['452-4.2.2 The recipient’s inbox is out of storage space.', /mailbox of the recipient is full/],
  ['550-5.1.1 The email account that you tried to reach does not exist.', /^there is no such mailbox/],
  // Microsoft
  [
    '550 5.7.515 Access denied, sending domain EXAMPLE.ORG does not meet the required authentication level. Spf= Fail , Dkim= Pass , DMARC= Fail',
    /^Microsoft wants SPF, DKIM and DMARC/,
  ],
  ['550 5.7.606 Access denied, banned sending IP [198.51.100.11].', /sender\.office\.com/],
  ['550 5.7.1 Unfortunately, messages from [198.51.100.11] weren’t sent. (S3140).', /olcsupport/],
  ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup', /no such mailbox/],
  // Yahoo
  ['421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints', /^Yahoo slows down/],
  ['553 5.7.1 [BL21] Connections will not be accepted from 198.51.100.11', /^Yahoo slows down/],
  // Blocklists
  [
    '554 5.7.1 Service unavailable; Client host [198.51.100.11] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/198.51.100.11',
    /check\.spamhaus\.org/,
  ],
  ['550 5.7.1 blocked using b.barracudacentral.org', /^the address is on a blocklist/],
  // Postfix, Exim, Exchange
  ['450 4.2.0 <me@example.net>: Recipient address rejected: Greylisted, see http://postgrey', /^greylisting/],
  ['451 4.7.1 Greylisting in action, please come back later', /^greylisting/],
  ['450 4.7.25 Client host rejected: cannot find your reverse hostname, [198.51.100.11]', /PTR/],
  ['554 5.7.1 <me@example.net>: Relay access denied', /^the server is not responsible/],
  ['452 4.5.3 Error: too many recipients', /^too many recipients/],
  ['452 4.3.1 Insufficient system storage', /queue or disk of the server is full/],
  ['552 5.3.4 Message size exceeds fixed limit', /larger than the server takes/],
  [
    '450 4.1.8 <i@example.org>: Sender address rejected: Domain not found',
    /recipient has no mail server in DNS|domain in MAIL FROM/,
  ],
  ['550 5.2.1 mailbox disabled', /switched off/],
  // chasquid, as a server and in its log
  ['mx.example.net.: MAIL/RCPT failed: 550 "5.7.23 SPF check failed: matched all"', /^SPF does not allow/],
  ['MAIL+RCPT 503 5.7.1 Relay not allowed', /^the server is not responsible/],
  ['MAIL+RCPT 550 5.1.1 Destination address is unknown (user does not exist)', /^there is no such mailbox/],
  ['DATA closing 451 4.3.0 Failed to queue message: Queue size too big, try again later', /chasquid\.queue_items/],
  ['535 5.7.8 Incorrect user or password', /^the server does not know this user/],
  ['550 5.7.9 Mail to submission port must be authenticated', /only from users who log in/],
  ['521 5.5.2 Error reading DATA: invalid line ending', /CRLF/],
  ['Could not find mail server: lookup nowhere.test on 198.51.100.10:53: no such host', /has no mail server in DNS/],
  [
    'all MXs returned transient failures (last: Could not dial: dial tcp 198.51.100.12:25: i/o timeout)',
    /provider of the host blocks/,
  ],
  ['Could not dial: dial tcp 198.51.100.12:25: connect: connection refused', /^no connection to port 25/],
  ['Could not dial: dial tcp [2001:db8::1]:25: connect: network is unreachable', /^the host has no route/],
  ['Security level check failed (level:PLAIN)', /domaininfo-remove/],
  ['invalid security level (TLS_INSECURE) for STS policy', /MTA-STS policy/],
  ['Could not find mail server: lookup beta.test on 198.51.100.10:53: server misbehaving', /^DNS did not answer/],
]

describe('advice about a reply', () => {
  for (const [reply, advice] of replies) {
    it(reply.slice(0, 70), () => {
      assert.match(smtpAdvice(reply) ?? 'none', advice)
    })
  }

  it('is none for what is new, and takes no address for a code', () => {
    assert.equal(smtpAdvice('554 the moon is in the wrong phase'), undefined)
    assert.equal(smtpAdvice('554 go away, 198.5.1.1 and 5.1.1.2'), undefined)
  })

  it('is one line without a full stop', () => {
    for (const [reply] of replies) assert.doesNotMatch(smtpAdvice(reply) ?? '', /\n|\.$/)
  })
})
