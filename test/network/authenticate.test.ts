import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { authenticate as askMailauth } from 'mailauth'
import { createTransport } from 'nodemailer'
import type { DnsClient } from '../../src/mail/dns-answer.ts'
import type { RecordType } from '../../src/mail/dns-record.ts'
import { explainMessage } from '../../src/mail/explain-message.ts'
import type { CheckedMessage } from '../../src/mail/message-findings.ts'
import { authenticate } from '../../src/network/authenticate.ts'
import { zone } from '../mail/zone.ts'

const [own, other, short] = [2048, 2048, 768].map((modulusLength) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    record: `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
  }
})

const dkimName = 'mail._domainkey.example.org'
const basics = `
example.org TXT v=spf1 ip6:2001:db8::25 -all
smtp.example.org AAAA 2001:db8::25
${ptrName('52')} PTR smtp.example.org
_dmarc.example.org TXT v=DMARC1; p=reject
`

/** The name of 2001:db8::25, whose last two digits are given in reverse. */
function ptrName(digits: string): string {
  return `${[...digits, ...'0'.repeat(22), ...'8bd01002'].join('.')}.ip6.arpa`
}

interface Wish {
  readonly from?: string
  readonly sender?: string
  readonly ip?: string
  /** Whose key signs, for example.org; nothing: nobody. */
  readonly key?: string | undefined
  /** What happens to the message on its way. */
  readonly change?: (text: string) => string
}

/** A message as it arrived. */
async function arrived({
  from = 'i@example.org',
  sender = from,
  ip = '2001:db8::25',
  change,
  ...wish
}: Wish): Promise<Buffer> {
  const key = 'key' in wish ? wish.key : own!.pem
  const transport = createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
    ...(key === undefined ? {} : { dkim: { domainName: 'example.org', keySelector: 'mail', privateKey: key } }),
  })
  const { message } = await transport.sendMail({
    from,
    to: 'you@example.net',
    subject: 'Hello',
    text: 'Hello.\n',
    html: '<p>Hello.</p>',
  })
  const address = ip.includes(':') ? `IPv6:${ip}` : ip
  const received = `Received: from smtp.example.org ([${address}])\r\n\tby mx.example.net (chasquid) with ESMTPS\r\n\t; Sun, 22 Nov 2026 10:00:02 +0000`
  const text = `Return-Path: <${sender}>\r\n${received}\r\n${String(message)}`
  return Buffer.from(change ? change(text) : text)
}

async function check(raw: Buffer, client: DnsClient): Promise<CheckedMessage> {
  const explanation = explainMessage(raw.toString())
  assert.ok(explanation)
  return authenticate(raw, explanation, client)
}

/** What mailauth says: SPF, each signature, DMARC. */
async function mailauth(raw: Buffer, { sender, from = 'i@example.org', ip = '2001:db8::25' }: Wish, client: DnsClient) {
  const resolver = async (name: string, type: string): Promise<string[][] | string[]> => {
    const { status, records } = await client.ask(name, type as RecordType)
    const codes = { 'no data': 'ENODATA', 'no name': 'ENOTFOUND', failed: 'ESERVFAIL' }
    if (status !== 'found') throw Object.assign(new Error(status), { code: codes[status] })
    return records.map(({ value }) => (type === 'TXT' ? [value] : value)) as string[][] | string[]
  }
  const said = await askMailauth(Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'), {
    ...{ ip, sender: sender ?? from, helo: 'smtp.example.org', mta: 'mx.example.net', resolver },
    ...{ disableArc: true, disableBimi: true },
  })
  return {
    spf: (said.spf || undefined)?.status.result,
    dkim: said.dkim.results.map(({ status }) => status.result),
    dmarc: (said.dmarc || undefined)?.status.result,
  }
}

describe('our own look at a message', () => {
  const key = `${dkimName} TXT ${own!.record}`
  /** mailauth says neutral for three things that RFC 8601 calls fail and permerror. */
  const cases: readonly [
    what: string,
    wish: Wish,
    records: string,
    spf: string,
    dkim: string,
    dmarc: string,
    reason?: RegExp,
  ][] = [
    ['is content', {}, key, 'pass', 'pass', 'pass'],
    ['takes LF for CRLF', { change: (text) => text.replaceAll('\r\n', '\n') }, key, 'pass', 'pass', 'pass'],
    [
      'sees a body that was changed',
      { change: (text) => text.replaceAll('Hello.', 'Hallo.') },
      key,
      'pass',
      'fail',
      'pass',
      /body hash/,
    ],
    [
      'sees a header that was changed',
      { change: (text) => text.replace('Subject: Hello', 'Subject: Hallo') },
      key,
      'pass',
      'fail',
      'pass',
      /bad signature/,
    ],
    ['sees the signature of another key', { key: other!.pem }, key, 'pass', 'fail', 'pass', /bad signature/],
    ['misses the key', {}, '', 'pass', 'permerror', 'pass', /no key/],
    ['takes a revoked key for none', {}, `${dkimName} TXT v=DKIM1; p=`, 'pass', 'permerror', 'pass'],
    [
      'takes no key that anybody can break',
      { key: short!.pem },
      `${dkimName} TXT ${short!.record}`,
      'pass',
      'policy',
      'pass',
      /weak-key/,
    ],
    ['cannot ask for the key', {}, `${dkimName} TXT SERVFAIL`, 'pass', 'temperror', 'pass'],
    ['sees an address that SPF forbids', { ip: '198.51.100.66' }, key, 'fail', 'pass', 'pass'],
    ['sees a forged message', { ip: '198.51.100.66', key: undefined }, key, 'fail', 'none', 'fail'],
    [
      'sees a sender of another house',
      { sender: 'x@example.net', key: undefined },
      `${key}\nexample.net TXT v=spf1 +all`,
      'pass',
      'none',
      'fail',
    ],
    [
      'sees a message forwarded by another house',
      { sender: 'x@example.net' },
      `${key}\nexample.net TXT v=spf1 +all`,
      'pass',
      'pass',
      'pass',
    ],
    ['sees a bounce', { sender: '' }, `${key}\nsmtp.example.org TXT v=spf1 a -all`, 'pass', 'pass', 'pass'],
  ]
  for (const [what, wish, records, spf, dkim, dmarc, reason] of cases) {
    it(`${what}, and mailauth agrees`, async () => {
      const client = zone(`${basics}${records}`)
      const raw = await arrived(wish)
      const ours = await check(raw, client)
      const said = { spf: ours.spf?.result, dkim: ours.dkim[0]?.result ?? 'none', dmarc: ours.dmarc?.result }
      assert.deepEqual(said, { spf, dkim, dmarc })
      assert.match(ours.dkim[0]?.reason ?? '', reason ?? /^/)
      const theirs = await mailauth(raw, wish, client)
      assert.deepEqual([theirs.spf, theirs.dmarc], [spf, dmarc])
      assert.ok([dkim, dkim === 'pass' ? 'pass' : 'neutral'].includes(theirs.dkim[0]!), theirs.dkim[0])
    })
  }

  it('wants the PTR name of the address to lead back to it', async () => {
    const raw = await arrived({})
    const ptr = async (zoneText: string) => (await check(raw, zone(zoneText))).ptr
    assert.deepEqual(await ptr(basics), { names: ['smtp.example.org'], confirmed: ['smtp.example.org'] })
    const without = basics.replace(/^.*AAAA.*$/m, 'smtp.example.org AAAA 2001:db8::26')
    assert.deepEqual(await ptr(without), { names: ['smtp.example.org'], confirmed: [] })
    assert.deepEqual(await ptr('other.test A 192.0.2.1'), { names: [], confirmed: [] })
    assert.match((await ptr(`${ptrName('52')} PTR SERVFAIL`))?.error ?? '', /SERVFAIL/)
  })

  it('asks nothing about the address of a message that never left its server', async () => {
    const raw = await arrived({ change: (text) => text.replace(/^Received: .*\r\n(\t.*\r\n)*/m, '') })
    const { spf, ptr, dkim } = await check(raw, zone(`${basics}${key}`))
    assert.deepEqual([spf, ptr, dkim[0]?.result], [undefined, undefined, 'pass'])
  })
})
