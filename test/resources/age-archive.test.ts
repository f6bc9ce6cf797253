import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import type { Controller, Work } from '../../src/core/control.ts'
import { ageArchive } from '../../src/resources/age-archive.ts'
import { ageOpen } from '../../src/resources/age-open.ts'

const identity = await generateIdentity()
const recipient = await identityToRecipient(identity)

function setUp(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'provision-archive-'))
  context.after(() => rmSync(root, { recursive: true }))
  const host = join(root, 'host')
  mkdirSync(join(host, 'domains'), { recursive: true })
  writeFileSync(join(host, 'domains', 'dkim:mail.pem'), 'PRIVATE KEY\n', { mode: 0o640 })
  chmodSync(join(host, 'domains', 'dkim:mail.pem'), 0o640)
  writeFileSync(join(host, 'acme.log'), 'noise')
  writeFileSync(join(root, 'key.txt'), `${identity}\n`)
  const told: string[] = []
  const controller: Controller = { signal: new AbortController().signal, secret: (value) => told.push(value) }
  const params = (more: object = {}) =>
    ageArchive.params.parse({
      paths: [host, join(root, 'absent')],
      exclude: ['*.log'],
      folder: join(root, 'backups'),
      name: 'mx1',
      recipients: [recipient],
      ...more,
    })
  // The read itself, by the shell that hosts have.
  const look = (more?: object): Promise<Work> => {
    const archive = execFileSync('sh', ['-c', String(ageArchive.read(params(more), {}).archive)], { encoding: 'utf8' })
    assert.deepEqual(ageArchive.plan(params(more), { archive }, {}), [])
    return ageArchive.control!(params(more), { archive }, controller)
  }
  const open = (): Promise<Work> => {
    const wanted = { file: join(root, 'backups/mx1.tar.gz.age'), identity: join(root, 'key.txt') }
    return ageOpen.control!(ageOpen.params.parse(wanted), { nothing: '' }, controller)
  }
  return { root, host, look, open, told, backups: join(root, 'backups') }
}

test('an archive is made once, made anew when something changed, and opened again', async (context) => {
  const { host, look, open, told, backups } = setUp(context)
  const first = await look()
  assert.match(first.acts?.[0]?.to ?? '', /^1 files, [0-9a-f]{12}, for 1 recipient$/)
  assert.throws(() => readdirSync(backups), { code: 'ENOENT' }, 'looking writes nothing')
  await first.acts?.[0]?.apply()
  assert.deepEqual(readdirSync(backups).toSorted(), ['mx1.json', 'mx1.tar.gz.age'])
  assert.equal(statSync(join(backups, 'mx1.tar.gz.age')).mode & 0o777, 0o600)
  assert.ok(!readFileSync(join(backups, 'mx1.tar.gz.age')).includes('PRIVATE'))
  assert.equal((await look()).acts, undefined)

  const { result } = await open()
  const base64 = Buffer.from('PRIVATE KEY\n').toString('base64')
  const { username } = userInfo()
  assert.ok(result)
  const [file] = result.files as { path: string; mode: string; owner: string; base64: string }[]
  assert.deepEqual(file, { ...file, path: join(host, 'domains/dkim:mail.pem'), mode: '0640', owner: username, base64 })
  assert.equal((result.files as unknown[]).length, 1, 'the log stays out')
  assert.deepEqual(told, [base64])

  writeFileSync(join(host, 'domains', 'users'), 'new')
  assert.match((await look()).acts?.[0]?.from ?? '', /^1 files/)
})

test('another recipient makes a new archive', async (context) => {
  const { look } = setUp(context)
  await (await look()).acts?.[0]?.apply()
  const other = await identityToRecipient(await generateIdentity())
  const [act] = (await look({ recipients: [recipient, other] })).acts ?? []
  assert.match(act?.to ?? '', /for 2 recipients$/)
})

test('nothing to keep, or too much, is said by the plan', () => {
  const params = ageArchive.params.parse({ paths: ['/x'], folder: 'x', name: 'mx1', recipients: [recipient] })
  assert.deepEqual(ageArchive.plan(params, { archive: 'nothing\n' }, {}), { notReady: 'none of these paths is there' })
  assert.match(
    JSON.stringify(ageArchive.plan(params, { archive: 'too large: 99999 KiB\n' }, {})),
    /too large: 99999 KiB/,
  )
})

test('what tar refuses fails the read', () => {
  const params = ageArchive.params.parse({
    paths: ['/etc/passwd'],
    exclude: ['x'],
    folder: 'x',
    name: 'mx1',
    recipients: [recipient],
  })
  const script = String(ageArchive.read(params, {}).archive).replace('--create', '--no-such-option')
  assert.throws(() => execFileSync('sh', ['-c', script], { stdio: 'pipe' }), { status: 64 })
})
