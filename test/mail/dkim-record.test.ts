import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { formatDkimRecord, parseDkimRecord, sameDkimKey } from '../../src/mail/dkim-record.ts'

const base64 = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki') =>
  key.export({ type, format: 'der' }).toString('base64')
const { publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa = base64(key)
const other = base64(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
const short = base64(generateKeyPairSync('rsa', { modulusLength: 768 }).publicKey)
const ed25519 = base64(generateKeyPairSync('ed25519').publicKey)
const raw = Buffer.from(ed25519, 'base64').subarray(-32).toString('base64')

describe('DKIM key records', () => {
  it('hold the public key in one TXT value', () => {
    assert.equal(formatDkimRecord(rsa), `v=DKIM1; k=rsa; p=${rsa}`)
    assert.deepEqual(parseDkimRecord(formatDkimRecord(rsa)), {
      problems: [],
      publicKey: rsa,
      algorithm: 'rsa',
      revoked: false,
      testing: false,
      bits: 2048,
    })
  })

  it('may hold more, and less', () => {
    const spaced = rsa.replace(/.{64}/g, '$& \t')
    const full = parseDkimRecord(`v=DKIM1; h=sha1:sha256; k=RSA; n=a note; s=email:x; t=y:s; x=1; p= ${spaced};`)
    assert.deepEqual([full.problems, full.publicKey, full.testing, full.bits], [[], rsa, true, 2048])
    const short = parseDkimRecord(`p=${rsa}`)
    assert.deepEqual([short.problems, short.algorithm, short.bits], [[], 'rsa', 2048])
    assert.equal(parseDkimRecord(`v=DKIM1; p=${base64(key, 'pkcs1')}`).bits, 2048)
    assert.deepEqual(parseDkimRecord(`v=DKIM1; k=ed25519; p=${raw}`).problems, [])
    assert.equal(parseDkimRecord(`v=DKIM1; k=ed25519; p=${raw}`).bits, 256)
  })

  it('are revoked by an empty key', () => {
    const { problems, revoked, publicKey } = parseDkimRecord('v=DKIM1; k=rsa; p=')
    assert.deepEqual([problems, revoked, publicKey], [[], true, ''])
  })

  const wrong: [text: string, problem: RegExp][] = [
    ['v=DKIM1; k=rsa', /"p", the public key, is missing/],
    [`k=rsa; v=DKIM1; p=${rsa}`, /"v" is not the first tag/],
    [`v=DKIM2; p=${rsa}`, /"v" is not the first tag with the value DKIM1/],
    [`v=DKIM1; k=dsa; p=`, /"k=dsa" is no algorithm/],
    [`v=DKIM1; h=sha1; p=${rsa}`, /"h" does not allow sha256/],
    [`v=DKIM1; s=tlsrpt; p=${rsa}`, /"s" does not allow email/],
    [`v=DKIM1; p=${rsa.slice(0, 200)}`, /"p" is no public key of rsa in base64; it may be cut/],
    [`v=DKIM1; p=${rsa.replaceAll('A', '"')}`, /"p" is no public key/],
    [`v=DKIM1; k=ed25519; p=${rsa}`, /"p" is no public key of ed25519/],
    [`v=DKIM1; p=${ed25519}`, /"p" is no public key of rsa/],
    [`v=DKIM1; p=${short}`, /the key has 768 bits, and receivers want 1024/],
    [`v=DKIM1; p=${rsa}; p=${rsa}`, /"p" is there twice/],
    [`v=DKIM1; k rsa; p=${rsa}`, /"k rsa" is no tag/],
  ]
  for (const [text, problem] of wrong) {
    it(`are reported: ${text.slice(0, 40)}, ${problem.source.slice(0, 40)}`, () => {
      const { problems } = parseDkimRecord(text)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0]!, problem)
    })
  }

  it('are compared by their key alone', () => {
    for (const text of [
      formatDkimRecord(rsa),
      `P=${rsa.replace(/.{9}/g, '$& ')}; T=Y; K=RSA;`,
      `v=DKIM1;p=${base64(key, 'pkcs1')}`,
    ]) {
      assert.equal(sameDkimKey(text, rsa), true, text)
      assert.equal(sameDkimKey(text, `${rsa.replace(/.{64}/g, '$&\n')}\n`), true, text)
      assert.equal(sameDkimKey(text, other), false, text)
    }
    assert.equal(sameDkimKey(`k=ed25519; p=${raw}`, ed25519), true)
    for (const text of ['v=DKIM1; p=', 'v=DKIM1', `v=DKIM1; p=${rsa.slice(0, 99)}`])
      assert.equal(sameDkimKey(text, rsa), false)
    // Base64 is not the same in another case.
    assert.equal(sameDkimKey(formatDkimRecord(rsa.toLowerCase()), rsa), false)
  })
})
