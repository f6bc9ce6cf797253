import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { Work } from '../../src/core/control.ts'
import { localFile } from '../../src/resources/local-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'provision-local-file-'))
after(() => rmSync(folder, { recursive: true }))

function look(path: string, content: string, more: object = {}): Promise<Work> {
  const controller = { signal: new AbortController().signal, secret: () => undefined }
  return localFile.control!(localFile.params.parse({ path, content, ...more }), { nothing: '' }, controller)
}

async function keep(path: string, content: string, more: object = {}): Promise<readonly string[]> {
  const { acts = [] } = await look(path, content, more)
  for (const act of acts) await act.apply()
  return acts.map(({ from, to }) => `${from} → ${to}`)
}

describe('a file of the controller', () => {
  it('is written with its folder, then as wanted, then replaced', async () => {
    const file = join(folder, 'zones', 'example.org.zone')
    assert.deepEqual(await keep(file, 'one\n'), ['absent → 1 line'])
    assert.equal(readFileSync(file, 'utf8'), 'one\n')
    assert.equal(statSync(file).mode & 0o777, 0o644)
    assert.deepEqual(await keep(file, 'one\n'), [])
    assert.deepEqual(await keep(file, 'one\ntwo\n', { mode: '0600' }), ['1 line → 2 lines'])
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(join(folder, 'zones')), ['example.org.zone'])
  })

  it('is not touched by looking', async () => {
    const file = join(folder, 'looked')
    const { acts = [], result } = await look(file, 'text')
    assert.deepEqual(acts[0]?.diff, { before: '', after: 'text' })
    assert.deepEqual(result, { path: file })
    assert.equal(readdirSync(folder).includes('looked'), false)
  })

  it('says which file it cannot write, and why', async () => {
    const blocked = join(folder, 'blocked')
    writeFileSync(blocked, '')
    chmodSync(blocked, 0o400)
    await assert.rejects(keep(join(blocked, 'file'), 'text'), {
      name: 'HostError',
      message: new RegExp(`^${blocked}/file: ENOTDIR`),
    })
  })

  it('has a name', () => {
    for (const path of ['', 'zones/', 'a\0b']) {
      assert.equal(localFile.params.safeParse({ path, content: '' }).success, false, JSON.stringify(path))
    }
  })
})
