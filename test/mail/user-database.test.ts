import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatUserEntry, hashPassword, parseUserEntry, verifyPassword } from '../../src/mail/user-database.ts'

/** Written by chasquid-util 1.15 for the password "secret1". */
const written = String.raw`users: {
  key: "i"
  value: {
    scrypt: {
      logN: 14
      r: 8
      p: 1
      keyLen: 32
      salt: "zx\x10\xd0\x12\xe3)\xfb\\\x07˷\xec\x0c\xbd\x10"
      encrypted: "\xffA\x11\xc9\xc1\xc2u:\x1c\x10\xeb\x88\x12\x16D\xd8\xe2\x12\xad9\xd1!\xdb\x02\x87\x10\xdb5\xb8\x01b\xaf"
    }
  }
}
`

describe('user database', () => {
  it('accepts the password of an entry that chasquid wrote, and no other', () => {
    const entry = parseUserEntry(written)
    assert.ok(entry)
    assert.equal(verifyPassword(entry, 'secret1'), true)
    assert.equal(verifyPassword(entry, 'secret2'), false)
  })

  it('reads the spacing of every version', () => {
    const entry = parseUserEntry(written.replaceAll(': ', ':  '))
    assert.ok(entry && verifyPassword(entry, 'secret1'))
  })

  it('writes an entry that it reads again', () => {
    const entry = hashPassword('pässword', 'i@example.org')
    const again = parseUserEntry(formatUserEntry('i', entry))
    assert.deepEqual(again, entry)
    assert.equal(verifyPassword(entry, 'pässword'), true)
  })

  it('gives the same user the same entry, and another user another salt', () => {
    const entry = hashPassword('secret1', 'i@example.org')
    assert.deepEqual(hashPassword('secret1', 'i@example.org'), entry)
    assert.notDeepEqual(hashPassword('secret1', 'news@example.org').salt, entry.salt)
  })

  it('knows users who only receive, and nobody', () => {
    assert.deepEqual(parseUserEntry(formatUserEntry('dmarc', { kind: 'denied' })), { kind: 'denied' })
    assert.equal(parseUserEntry('\n'), undefined)
  })

  it('lets no host make the controller compute for hours', () => {
    const costly = parseUserEntry(written.replace('logN: 14', 'logN: 40'))
    assert.ok(costly)
    assert.equal(verifyPassword(costly, 'secret1'), false)
  })

  it('takes broken and foreign hashes for another password', () => {
    for (const text of [
      written.replace('keyLen: 32', 'keyLen: 31'),
      written.replace(/salt.*/, ''),
      'users: {\n  key: "i"\n}\n',
    ]) {
      const entry = parseUserEntry(text)
      assert.deepEqual(entry, { kind: 'other' })
      assert.equal(verifyPassword(entry, 'secret1'), false)
    }
  })
})
