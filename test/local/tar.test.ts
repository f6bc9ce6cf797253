import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTar } from '../../src/local/tar.ts'

test('reads what tar writes: files, directories, links, long names, empty files, any byte', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'provision-tar-'))
  context.after(() => rmSync(root, { recursive: true }))
  const long = join('a'.repeat(90), 'b'.repeat(90))
  mkdirSync(join(root, 'etc', 'a'.repeat(90)), { recursive: true })
  const bytes = Buffer.from(Array.from({ length: 1500 }, (_, index) => index % 256))
  writeFileSync(join(root, 'etc', 'bytes'), bytes)
  chmodSync(join(root, 'etc', 'bytes'), 0o640)
  writeFileSync(join(root, 'etc', 'empty'), '')
  writeFileSync(join(root, 'etc', long), 'deep')
  symlinkSync('../bytes', join(root, 'etc', 'dkim:link'))
  const archive = execFileSync('tar', ['-C', root, '--format=ustar', '--owner=root', '--group=mail', '-cf', '-', 'etc'])
  const entries = new Map(readTar(archive).map((entry) => [entry.path, entry]))
  assert.deepEqual([...entries.keys()].toSorted(), [
    '/etc',
    `/etc/${'a'.repeat(90)}`,
    `/etc/${long}`,
    '/etc/bytes',
    '/etc/dkim:link',
    '/etc/empty',
  ])
  const file = entries.get('/etc/bytes')
  assert.deepEqual([file?.kind, file?.mode, file?.owner, file?.group], ['file', '0640', 'root', 'mail'])
  assert.deepEqual(file?.content, bytes)
  assert.equal(entries.get('/etc/empty')?.content.length, 0)
  assert.equal(entries.get(`/etc/${long}`)?.content.toString(), 'deep')
  assert.deepEqual([entries.get('/etc')?.kind, entries.get('/etc/dkim:link')?.target], ['directory', '../bytes'])
})

test('a damaged archive is refused', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'provision-tar-'))
  context.after(() => rmSync(root, { recursive: true }))
  writeFileSync(join(root, 'file'), 'x')
  const archive = execFileSync('tar', ['-C', root, '--format=ustar', '-cf', '-', 'file'])
  archive[3]! ^= 1
  assert.throws(() => readTar(archive), { name: 'RangeError', message: 'the archive is damaged at byte 0' })
})
