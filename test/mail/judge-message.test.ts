import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Finding } from '../../src/core/finding.ts'
import type { Explanation } from '../../src/mail/explain-message.ts'
import { judgeMessage } from '../../src/mail/judge-message.ts'
import type { CheckedMessage } from '../../src/mail/message-findings.ts'

const message: Explanation = {
  from: 'i@example.org',
  sender: 'i@example.org',
  hops: [],
  arrival: {
    helo: 'smtp.example.org',
    address: '2001:db8::25',
    by: 'mx.example.net',
    protocol: 'ESMTPS',
    tls: { version: 'TLS 1.3' },
  },
  verdicts: { dkim: [] },
  signatures: [{ domain: 'example.org', selector: 'mail', algorithm: 'rsa-sha256' }],
  arc: 0,
}

const passed: CheckedMessage = {
  spf: { result: 'pass', reason: 'mx matches' },
  dkim: [{ domain: 'example.org', selector: 'mail', result: 'pass' }],
  dmarc: { result: 'pass', reason: 'aligned' },
  ptr: { names: ['smtp.example.org'], confirmed: ['smtp.example.org'] },
}

const said = (method: string, result: string, properties = {}) => ({ method, result, properties })

function judged(change: Partial<Explanation>, checked?: CheckedMessage): Readonly<Record<string, Finding>> {
  return Object.fromEntries(judgeMessage({ ...message, ...change }, checked).map((finding) => [finding.id, finding]))
}

describe('the judgement of a message', () => {
  it('is right in everything', () => {
    assert.deepEqual(
      Object.values(judged({}, passed)).map(({ verdict, subject, text }) => `${verdict} ${subject}: ${text}`),
      [
        'right TLS: TLS 1.3',
        'right address: IPv6, 2001:db8::25',
        'right PTR: smtp.example.org, as in EHLO',
        'right SPF example.org: pass: mx matches',
        'right DKIM example.org: pass',
        'right DMARC example.org: pass: aligned',
      ],
    )
  })

  it('knows nothing of what the receiver does not say and nobody checked', () => {
    const { 'message-spf-failed': spf, 'message-dkim-failed': dkim, 'message-ptr-wrong': ptr } = judged({})
    for (const finding of [spf, dkim, ptr]) assert.equal(finding?.verdict, 'unknown')
    assert.match(spf?.text ?? '', /explain-mail --verify/)
  })

  it('goes by the receiver, and tells where DNS says something else now', () => {
    const verdicts = { spf: said('spf', 'softfail'), dkim: [said('dkim', 'pass', { 'header.d': 'example.org' })] }
    const { 'message-spf-failed': spf, 'message-dkim-failed': dkim } = judged({ verdicts }, passed)
    assert.deepEqual([spf?.verdict, dkim?.verdict], ['wrong', 'right'])
    assert.equal(spf?.text, 'softfail; by DNS as it is now pass: mx matches')
    assert.equal(dkim?.text, 'pass')
  })

  it('takes trouble with DNS for no fault of the message', () => {
    const trouble: CheckedMessage = {
      spf: { result: 'temperror', reason: 'no answer' },
      dkim: [{ domain: 'example.org', selector: 'mail', result: 'temperror' }],
      dmarc: { result: 'temperror', reason: 'no answer' },
      ptr: { names: [], confirmed: [], error: 'no answer' },
    }
    const { 'message-not-encrypted': _, 'message-over-ipv4': __, ...rest } = judged({}, trouble)
    for (const finding of Object.values(rest)) assert.equal(finding.verdict, 'unknown', finding.id)
  })

  const ptrs: readonly [
    names: readonly string[],
    confirmed: readonly string[],
    importance: string,
    text: RegExp,
    remedy: RegExp,
  ][] = [
    [[], [], 'required', /^2001:db8::25 has no PTR name$/, /^2001:db8::25 PTR smtp\.example\.org\. /],
    [['a.example'], [], 'required', /^a\.example does not have 2001:db8::25$/, /^a\.example AAAA 2001:db8::25$/],
    [['a.example'], ['a.example'], 'recommended', /^a\.example, but EHLO says smtp\.example\.org$/, /PTR smtp/],
  ]
  for (const [names, confirmed, importance, text, remedy] of ptrs) {
    it(`wants a PTR name that leads back and is that of EHLO: ${names.join() || 'none'}`, () => {
      const ptr = judged({}, { ...passed, ptr: { names, confirmed } })['message-ptr-wrong']
      assert.deepEqual([ptr?.verdict, ptr?.importance], ['wrong', importance])
      assert.match(ptr?.text ?? '', text)
      assert.match(ptr?.remedy ?? '', remedy)
    })
  }

  it('says which record mends what failed', () => {
    const failed: CheckedMessage = {
      spf: { result: 'none', reason: 'example.org has no SPF record' },
      dkim: [{ domain: 'example.org', selector: 'mail', result: 'permerror', reason: 'no key' }],
      dmarc: { result: 'none', reason: 'no record' },
    }
    const found = judged({}, failed)
    assert.equal(found['message-spf-failed']?.remedy, 'example.org TXT "v=spf1 ip6:2001:db8::25 ~all"')
    assert.match(found['message-dkim-failed']?.remedy ?? '', /mail\._domainkey\.example\.org TXT$/)
    assert.equal(found['message-dmarc-failed']?.remedy, '_dmarc.example.org TXT "v=DMARC1; p=none"')
    assert.equal(found['message-dmarc-failed']?.importance, 'recommended')
  })

  const guesses: readonly [spf: string, sender: string, dkim: readonly string[], verdict: string, text: RegExp][] = [
    ['pass', 'bounce@example.org', [], 'right', /SPF of example\.org/],
    ['pass', 'bounce@mail.example.org', [], 'right', /SPF of mail\.example\.org/],
    ['pass', 'x@example.net', ['example.org'], 'right', /^pass: DKIM of example\.org, going by the names$/],
    ['pass', 'x@example.net', [], 'wrong', /^fail: only SPF of example\.net passed$/],
    ['pass', 'x@badexample.org', [], 'wrong', /only SPF of badexample\.org/],
    ['fail', 'i@example.org', [], 'wrong', /nothing passed/],
  ]
  for (const [spf, sender, dkim, verdict, text] of guesses) {
    it(`guesses DMARC where the receiver has none: SPF ${spf} for ${sender}, DKIM ${dkim.join() || 'none'}`, () => {
      const verdicts = { spf: said('spf', spf), dkim: dkim.map((d) => said('dkim', 'pass', { 'header.d': d })) }
      const dmarc = judged({ sender, verdicts })['message-dmarc-failed']
      assert.equal(dmarc?.verdict, verdict)
      assert.match(dmarc?.text ?? '', text)
    })
  }

  it('judges a bounce, which has no sender, by its HELO name', () => {
    assert.equal(judged({ sender: '' }, passed)['message-spf-failed']?.subject, 'SPF smtp.example.org')
  })

  it('asks for a signature where there is none', () => {
    const dkim = judged({ signatures: [] }, passed)['message-dkim-failed']
    assert.deepEqual([dkim?.verdict, dkim?.text], ['wrong', 'the message is not signed'])
  })
})
