import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readIfThere, writeAtomically } from '../../src/local/files.ts'

test('a file is replaced as a whole, with its mode, and nothing is left beside it', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-files-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'new', 'file')
  assert.equal(await readIfThere(path), undefined)
  await writeAtomically(path, 'one', 0o600)
  await writeAtomically(path, 'two', 0o640)
  assert.equal(readFileSync(path, 'utf8'), 'two')
  assert.equal(statSync(path).mode & 0o777, 0o640)
  mkdirSync(join(folder, 'new', 'directory'))
  await assert.rejects(writeAtomically(join(folder, 'new', 'directory'), 'x', 0o600), { code: 'EISDIR' })
  assert.deepEqual(readdirSync(join(folder, 'new')).toSorted(), ['directory', 'file'])
})
