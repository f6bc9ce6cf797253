import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { formatDkimRecord } from '../../src/mail/dkim-record.ts'
import { judgeDkim } from '../../src/resources/dkim.ts'
import { resourceOf } from './case.ts'
import { said } from './looking.ts'
import { seenRecord, silent } from './seen-records.ts'

function publicKey(bits: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
}

const key = publicKey(2048)
const [short, tooShort] = [publicKey(1024), publicKey(768)]
const wanted = { domain: 'example.org' } as const
const name = 'mail._domainkey.example.org'
const line = (value: string) => `${name} TXT ${value}`

describe('what is said about DKIM', () => {
  const judge = async (lines: string, own = key) =>
    judgeDkim(wanted, `mail ${own}\n`, new Map([['mail', await seenRecord(name, 'TXT', lines)]]))

  it('is right where DNS has the key of the host, however it is written', async () => {
    for (const record of [formatDkimRecord(key), `p=${key.match(/.{1,60}/g)!.join(' ')}; k=rsa`]) {
      const report = await judge(line(record))
      assert.deepEqual(said(report), [
        'right dkim-missing: has the key of the host, 2048 bits',
        'right dkim-short: 2048 bits',
      ])
    }
  })

  const cases: readonly [lines: string, wrong: string, own?: string, importance?: string][] = [
    ['www.example.org A 192.0.2.1', 'wrong dkim-missing: there is no record'],
    [`${line(formatDkimRecord(key))}\n${line(formatDkimRecord(short))}`, 'wrong dkim-several: there are 2 records'],
    [line(formatDkimRecord(publicKey(2048))), 'wrong dkim-different: has another key than the host signs with'],
    [line('v=DKIM1; k=rsa; p='), 'wrong dkim-different: the key is revoked: "p=" is empty'],
    [
      line(formatDkimRecord(key).slice(0, 255)),
      'wrong dkim-syntax: "p" is no public key of rsa in base64; it may be cut',
    ],
    [line('v=DKIM1; k=rsa'), 'wrong dkim-syntax: "p", the public key, is missing'],
    [
      line(`${formatDkimRecord(key)}; t=y`),
      'wrong dkim-testing: says that DKIM is being tested: t=y',
      key,
      'recommended',
    ],
    [
      line(formatDkimRecord(short)),
      'wrong dkim-short: the key has 1024 bits, where 2048 are usual',
      short,
      'recommended',
    ],
    [line(formatDkimRecord(tooShort)), 'wrong dkim-short: the key has 768 bits, where 2048 are usual', tooShort],
    [silent, `unknown dkim-missing: the zone answers SERVFAIL for ${name}.`],
  ]
  for (const [lines, text, own = key, importance = 'required'] of cases) {
    it(text, async () => {
      const report = await judge(lines, own)
      const found = report.findings!.filter(({ verdict }) => verdict !== 'right')
      assert.deepEqual(said({ findings: found }), [text])
      assert.equal(found[0]!.importance, importance)
      if (!text.startsWith('unknown') && !text.includes('short')) {
        assert.ok(found[0]!.remedy!.startsWith(`${name}. TXT "v=DKIM1; k=rsa; p=`))
        assert.match(found[0]!.remedy!, /[^"]{200}" "[^"]+"$/)
      }
    })
  }

  it('is about every key on the host', async () => {
    const seen = new Map([
      ['mail', await seenRecord(name, 'TXT', line(formatDkimRecord(key)))],
      ['old', await seenRecord('old._domainkey.example.org', 'TXT', line(formatDkimRecord(key)))],
    ])
    const { findings } = judgeDkim(wanted, `mail ${key}\nold ${short}\n`, seen)
    assert.deepEqual(
      findings!.filter(({ verdict }) => verdict === 'wrong').map(({ subject }) => subject),
      ['old._domainkey.example.org'],
    )
  })

  for (const [keys, file] of [
    ['', 'dkim:*.pem'],
    ['mail \n', 'dkim:mail.pem'],
  ] as const) {
    it(`is wrong without a key: ${file}`, () => {
      const report = judgeDkim(wanted, keys, new Map())
      assert.deepEqual(said(report), [
        `wrong dkim-missing: there is no key /etc/chasquid/domains/example.org/${file} on the host to sign with`,
      ])
      assert.equal(report.findings![0]!.remedy, 'provision -i INVENTORY site --tags chasquid')
    })
  }

  it('reads one selector or all', () => {
    const read = (params: object) => String(resourceOf('dkim').read({ domain: 'example.org', ...params }, {}).keys)
    assert.match(read({}), /^for file in \/etc\/chasquid\/domains\/example\.org\/dkim:\*\.pem; do/)
    assert.match(read({ selector: 'mail' }), /^for file in \/etc\/chasquid\/domains\/example\.org\/dkim:mail\.pem; do/)
  })
})
