import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import type { Controller } from '../../src/core/control.ts'
import { encrypt } from '../../src/local/age.ts'
import { ageOpen } from '../../src/resources/age-open.ts'

const controller: Controller = { signal: new AbortController().signal, secret: () => undefined }

// What it opens is tested with what makes it, in age-archive.test.ts.
test('what cannot be opened is told with what to do', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-open-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const [identity, other] = await Promise.all([generateIdentity(), generateIdentity()])
  const [file, key] = [join(folder, 'mx1.tar.gz.age'), join(folder, 'key.txt')]
  const open = () => ageOpen.control!(ageOpen.params.parse({ file, identity: key }), { nothing: '' }, controller)
  await assert.rejects(open(), { message: `there is no archive ${file}`, hint: 'the playbook "backup" makes it' })
  writeFileSync(key, `${other}\n`)
  writeFileSync(file, await encrypt(gzipSync(''), [await identityToRecipient(identity)]))
  await assert.rejects(open(), { message: new RegExp(`^cannot decrypt ${file}: `) })
  writeFileSync(key, `${identity}\n`)
  writeFileSync(file, await encrypt(Buffer.from('no archive'), [await identityToRecipient(identity)]))
  await assert.rejects(open(), { message: new RegExp(`^${file} is no archive of this program: `) })
})
