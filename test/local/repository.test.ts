import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { commit } from '../../src/local/repository.ts'

function repository(context: TestContext): { folder: string; git: (...words: string[]) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'provision-git-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const git = (...words: string[]): string => execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' })
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Test')
  git('config', 'user.email', 'test@example.org')
  return { folder, git }
}

test('commits at once wait for each other, and take only their files', async (context) => {
  const { folder, git } = repository(context)
  const names = ['mx1', 'mx2', 'mx3']
  for (const name of [...names, 'other']) writeFileSync(join(folder, name), name)
  await Promise.all(names.map((name) => commit(folder, [join(folder, name)], `Back up ${name}`)))
  assert.deepEqual(
    git('log', '--format=%s').trim().split('\n').toSorted(),
    names.map((name) => `Back up ${name}`),
  )
  assert.equal(git('status', '--porcelain'), '?? other\n')
})

test('what is committed is pushed to a remote', async (context) => {
  const { folder, git } = repository(context)
  const bare = mkdtempSync(join(tmpdir(), 'provision-bare-'))
  context.after(() => rmSync(bare, { recursive: true }))
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  git('remote', 'add', 'origin', bare)
  git('config', 'push.autoSetupRemote', 'true')
  writeFileSync(join(folder, 'mx1'), 'x')
  await commit(folder, [join(folder, 'mx1')], 'Back up mx1')
  assert.equal(execFileSync('git', ['-C', bare, 'log', '--format=%s'], { encoding: 'utf8' }), 'Back up mx1\n')
})

test('a remote that answers strangers is refused, before anything is committed', async (context) => {
  const { folder, git } = repository(context)
  const bare = mkdtempSync(join(tmpdir(), 'provision-bare-'))
  context.after(() => rmSync(bare, { recursive: true }))
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  execFileSync('git', ['-C', bare, 'update-server-info'])
  const server = createServer((request, response) => {
    const path = join(bare, new URL(request.url ?? '', 'http://localhost').pathname.replace('/open.git/', ''))
    try {
      response.end(readFileSync(path))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/open.git`
  git('remote', 'add', 'origin', address)
  writeFileSync(join(folder, 'mx1'), 'x')
  await assert.rejects(commit(folder, [join(folder, 'mx1')], 'Back up mx1'), {
    name: 'HostError',
    message: `${address} can be read by everybody`,
  })
  assert.equal(git('status', '--porcelain'), '?? mx1\n')
})

test('what git says is shown', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-git-'))
  context.after(() => rmSync(folder, { recursive: true }))
  await assert.rejects(commit(folder, [join(folder, 'x')], 'x'), {
    message: 'git remote — exit 128',
    output: /not a git repository/,
    hint: `in ${folder}`,
  })
})
