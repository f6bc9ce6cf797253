import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type HostFlags, UsageError } from '../../src/commands/options.ts'
import { sudoPassword } from '../../src/commands/password.ts'
import { Folder } from './run.ts'

const flags: HostFlags = { forks: 1, timeout: 1, output: 'auto', verbose: 0 }
const directory = mkdtempSync(join(tmpdir(), 'provision-password-'))
after(() => rmSync(directory, { recursive: true }))

test('--become-password-file holds the password; only the newline at its end is none of it', async () => {
  const file = join(directory, 'password')
  for (const [text, password] of [
    ['hunter22\n', 'hunter22'],
    ['hunter22\r\n', 'hunter22'],
    [' with blanks \n\n', ' with blanks \n'],
    ['no newline', 'no newline'],
  ] as const) {
    writeFileSync(file, text)
    const secret = await sudoPassword({ ...flags, becomePasswordFile: file })
    assert.equal(secret?.reveal(), password)
    assert.equal(String(secret), '‹secret›')
  }
})

test('a password file that cannot be read', async () => {
  const file = join(directory, 'gone')
  await assert.rejects(
    sudoPassword({ ...flags, becomePasswordFile: file }),
    new UsageError(`--become-password-file: ENOENT: no such file or directory, open '${file}'`),
  )
})

test('nobody is asked who did not want to be', async () => {
  assert.equal(await sudoPassword(flags), undefined)
})

test('-K without a terminal says what to use instead, and contacts nothing', () => {
  const folder = new Folder({ 'site.yaml': '- { hosts: all, tasks: [{ debug: { message: x } }] }\n' })
  assert.deepEqual(folder.provision('-i', 'mx1.invalid,', 'site.yaml', '-K'), {
    code: 4,
    stdout: '',
    stderr: '-K asks for a password, and there is no terminal to ask on\n  Use --become-password-file.\n',
  })
})
