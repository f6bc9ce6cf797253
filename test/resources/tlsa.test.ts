import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServedOutcome } from '../../src/network/served-tls.ts'
import { judgeTlsa, type SeenTlsa } from '../../src/resources/tlsa.ts'
import { makeCertificate } from '../network/certificates.ts'
import { NameServer } from '../network/name-server.ts'
import { serveSmtp } from '../network/servers.ts'
import { look, said } from './looking.ts'
import { seenRecord } from './seen-records.ts'

const key = 'ab'.repeat(32)
const name = '_25._tcp.smtp.example.org'
const line = (value: string) => `${name} TLSA ${value}`
const at = new Date('2026-11-22T12:00:00Z')
const certificate = { names: [], serial: '0A', notBefore: at, notAfter: at, keyHash: key }
const served: ServedOutcome = {
  outcome: 'served',
  served: { protocol: 'TLSv1.3', certificate, chain: [], distrust: undefined },
}
const closed: ServedOutcome = { outcome: 'no connection', failure: { outcome: 'refused', why: 'refused' } }

async function judge(lines: string, isSigned: boolean, wanted: boolean, outcome = served) {
  const { resolver, ...record } = await seenRecord(name, 'TLSA', lines)
  const answer = { ...resolver.answer, authenticated: isSigned }
  const seen: SeenTlsa = {
    record: { ...record, resolver: { ...resolver, answer } },
    served: [{ address: '198.51.100.11', outcome }],
  }
  return judgeTlsa({ name: 'smtp.example.org', port: 25, wanted }, seen)
}

describe('what is said about a TLSA record', () => {
  const none = 'smtp.example.org A 198.51.100.11'
  const other = line(`3 1 1 ${'cd'.repeat(32)}`)
  const cases: readonly [
    what: string,
    lines: string,
    isSigned: boolean,
    wanted: boolean,
    said: readonly string[],
    importance?: string,
    outcome?: ServedOutcome,
  ][] = [
    [
      'right',
      line(`3 1 1 ${key}`),
      true,
      true,
      ['right tlsa-different: is of the key that is served', 'right tlsa-unsigned: is signed'],
    ],
    [
      'the old key stays for a while',
      `${line(`3 1 1 ${key}`)}\n${other}`,
      true,
      true,
      ['right tlsa-different: is of the key that is served', 'right tlsa-unsigned: is signed'],
    ],
    ['none', none, false, false, ['right tlsa-missing: none, and none is wanted']],
    ['missing', none, true, true, ['wrong tlsa-missing: there is none'], 'optional'],
    [
      'of another key',
      other,
      true,
      false,
      ['wrong tlsa-different: is not of the key that 198.51.100.11 serves', 'right tlsa-unsigned: is signed'],
      'required',
    ],
    [
      'of another key, unsigned',
      other,
      false,
      true,
      [
        'wrong tlsa-different: is not of the key that 198.51.100.11 serves',
        'wrong tlsa-unsigned: counts for nothing: the zone is not signed, or 192.0.2.53 does not validate',
      ],
      'recommended',
    ],
    [
      'of a CA',
      line(`2 1 1 ${'cd'.repeat(32)}`),
      true,
      true,
      [
        `unknown tlsa-different: records of other kinds than 3 1 1: 2 1 1 ${'cd'.repeat(32)}`,
        'right tlsa-unsigned: is signed',
      ],
    ],
    [
      'nothing is served',
      other,
      true,
      true,
      ['unknown tlsa-different: no key was seen to compare with'],
      'required',
      closed,
    ],
    [
      'nobody answers',
      `${name} SERVFAIL`,
      false,
      true,
      [`unknown tlsa-different: the zone answers SERVFAIL for ${name}.`],
    ],
  ]
  for (const [what, lines, isSigned, wanted, texts, importance, outcome] of cases) {
    it(what, async () => {
      const report = await judge(lines, isSigned, wanted, outcome)
      assert.deepEqual(said(report), texts)
      const [first] = report.findings!
      if (importance !== undefined) assert.equal(first!.importance, importance)
      if (first!.verdict === 'wrong') assert.equal(first!.remedy, `${name}. TLSA 3 1 1 ${key}`)
    })
  }
})

describe('looking at a TLSA record', () => {
  it('compares it with the key behind STARTTLS', async (test) => {
    const signed = makeCertificate({ names: ['smtp.example.org'] })
    const smtp = await serveSmtp(test, { replies: { EHLO: '250-mx.test\r\n250 STARTTLS' }, tls: signed })
    const wanted = Buffer.from('cd'.repeat(32), 'hex')
    const dns = await NameServer.start(({ question }) => {
      const [asked = ''] = question.split(' ')
      if (question.endsWith(' TLSA')) {
        const data = { usage: 3, selector: 1, matchingType: 1, certificate: wanted }
        return { flags: 1024, answers: [{ type: 'TLSA', name: asked, ttl: 5, data }] }
      }
      if (question === 'example.org NS')
        return { flags: 1024, answers: [{ type: 'NS', name: asked, ttl: 5, data: 'ns.test' }] }
      return { flags: 1024 }
    })
    test.after(() => dns.close())
    const { report } = await look('tlsa', {
      name: 'smtp.example.org',
      host: '127.0.0.1',
      port: smtp.port,
      servers: dns.place,
      resolver: dns.place,
    })
    assert.deepEqual(
      report.findings!.map(({ verdict, id }) => `${verdict} ${id}`),
      ['wrong tlsa-different', 'wrong tlsa-unsigned'],
    )
    assert.match(report.findings![0]!.remedy ?? '', /^_\d+\._tcp\.smtp\.example\.org\. TLSA 3 1 1 [0-9a-f]{64}$/)
  })
})
