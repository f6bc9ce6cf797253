import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { KeyFiles } from '../../src/host/ssh-keys.ts'
import { armored, decrypt, encrypt, encryptWithPassphrase, type Opener, stanzasOf } from '../../src/local/age.ts'
import { sshIdentity, sshTag } from '../../src/local/age-ssh.ts'
import { ed25519, identity, passphrase, rsa, sealed } from './age-vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'provision-age-ssh-'))
after(() => rmSync(folder, { recursive: true }))

/** An SSH key as it lies in ~/.ssh. */
async function opener({ privateKey }: { readonly privateKey: string }): Promise<Opener> {
  const file = join(folder, 'key')
  writeFileSync(file, privateKey, { mode: 0o600 })
  const found = await new KeyFiles(undefined).get(file)
  assert.ok('key' in found, JSON.stringify(found))
  return sshIdentity(found.key.getPrivatePEM(), found.key.getPublicSSH())
}

const [byEd25519, byRsa] = [await opener(ed25519), await opener(rsa)]
const openers: { readonly [kind in keyof typeof sealed]: Opener } = {
  x25519: identity,
  scrypt: { passphrase: new Secret(passphrase) },
  ed25519: byEd25519,
  rsa: byRsa,
}

const text = async (content: Uint8Array, all: readonly Opener[]): Promise<string> =>
  Buffer.from(await decrypt(content, all, 'x.age')).toString()

for (const [kind, file] of Object.entries(sealed)) {
  test(`what the program age encrypted is opened: ${kind}`, async () => {
    assert.equal(await text(Buffer.from(file), [openers[kind as keyof typeof sealed]]), 'made with age')
  })
}

test('each of several recipients opens a file, and the header says who they are', async () => {
  const [one, two] = [ed25519.publicKey, rsa.publicKey]
  const file = Buffer.from(await armored(await encrypt(Buffer.from('keys'), [one, two])))
  for (const key of [byEd25519, byRsa]) assert.equal(await text(file, [key]), 'keys')
  const tags = [one, two].map((line) => sshTag(Buffer.from(line.split(' ')[1] ?? '', 'base64')))
  assert.deepEqual(await stanzasOf(file, 'x.age'), [`ssh-ed25519 ${tags[0]}`, `ssh-rsa ${tags[1]}`])
})

test('another SSH key opens nothing', async () => {
  const file = await encrypt(Buffer.from('keys'), [ed25519.publicKey])
  await assert.rejects(text(file, [byRsa]), {
    message: "cannot decrypt x.age: no identity matched any of the file's recipients",
  })
})

test('a changed stanza is refused', async () => {
  const file = Buffer.from(await encrypt(Buffer.from('keys'), [ed25519.publicKey]))
  const at = file.indexOf('\n', file.indexOf('-> ssh-ed25519')) + 3
  file[at] = file[at] === 65 ? 66 : 65
  await assert.rejects(text(file, [byEd25519]), { name: 'HostError' })
})

test('keys of other types and short ones are no recipients', async () => {
  const ecdsa = 'ssh-rsa AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY='
  await assert.rejects(encrypt(Buffer.from(''), [ecdsa]), {
    hint: 'age takes SSH keys of the types ssh-ed25519 and ssh-rsa',
  })
  await assert.rejects(encrypt(Buffer.from(''), ['ssh-dss AAAAB3NzaC1kc3M=']), { message: /is no age recipient$/ })
})

test('a passphrase opens what it encrypted, and another one does not', async () => {
  const file = await encryptWithPassphrase(Buffer.from('keys'), new Secret('tr0ub4dor'))
  assert.deepEqual(await stanzasOf(file, 'x.age'), ['scrypt'])
  assert.equal(await text(file, [{ passphrase: new Secret('tr0ub4dor') }]), 'keys')
})

test('a file that was cut is no file of age', async () => {
  await assert.rejects(stanzasOf(Buffer.from(sealed.x25519.slice(0, 80)), 'x.age'), {
    message: 'x.age is no file of age, or was cut',
  })
})
