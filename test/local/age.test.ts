import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { decrypt, encrypt, readIdentities } from '../../src/local/age.ts'

const [mine, theirs, stranger] = await Promise.all([generateIdentity(), generateIdentity(), generateIdentity()])

test('every recipient can decrypt, and nobody else', async () => {
  const recipients = await Promise.all([mine, theirs].map(identityToRecipient))
  const sealed = await encrypt(Buffer.from('keys'), recipients)
  assert.ok(!Buffer.from(sealed).includes('keys'))
  for (const identity of [mine, theirs]) {
    assert.equal(Buffer.from(await decrypt(sealed, [stranger, identity], 'x.age')).toString(), 'keys')
  }
  await assert.rejects(decrypt(sealed, [stranger], 'x.age'), {
    name: 'HostError',
    message: /^cannot decrypt x\.age: /,
    hint: 'is it the identity whose recipient the file was encrypted for?',
  })
})

test('a changed file is refused', async () => {
  const sealed = await encrypt(Buffer.from('keys'), [await identityToRecipient(mine)])
  sealed[sealed.length - 1]! ^= 1
  await assert.rejects(decrypt(sealed, [mine], 'x.age'), { name: 'HostError' })
})

test('a wrong recipient is named', async () => {
  await assert.rejects(encrypt(Buffer.from(''), ['age1x']), { message: '"age1x" is no age recipient' })
})

test('identities are read as age-keygen writes them; a wrong file is never quoted', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-age-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'key.txt')
  writeFileSync(file, `# created: 2026-11-22T18:00:00Z\n# public key: age1…\n${mine}\n\n${theirs}\n`)
  assert.deepEqual(await readIdentities(file), [mine, theirs])
  writeFileSync(file, 'a password by mistake\n')
  await assert.rejects(readIdentities(file), { message: `${file} holds no age identity` })
  await assert.rejects(readIdentities(join(folder, 'none')), { message: /cannot read .*: ENOENT$/ })
})
