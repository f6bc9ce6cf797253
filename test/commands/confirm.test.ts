import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { Running } from '../e2e/running.ts'
import { Folder } from './run.ts'

// Nobody can be reached here: exit code 3 tells that a run was begun, 4 that it was not.

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const folder = new Folder({ 'inventory.yaml': 'all: { hosts: { gone: { host: 127.0.0.1, port: 1 } } }\n' })
folder.write(
  'end.yaml',
  `- name: The end
  hosts: all
  confirm: |
    This ends everything.
    Run "provision backup" first.
  tasks:
    - debug: { message: end }
      tags: [end]
- name: Behind
  hosts: all
  tasks:
    - debug: { message: behind }
      tags: [behind]
`,
)
const question = 'The end · gone\n  This ends everything.\n  Run "provision backup" first.\n'

function run(...args: readonly string[]): ReturnType<Folder['provision']> {
  return folder.provision('-i', 'inventory.yaml', 'end.yaml', ...args)
}

/** On a terminal, where `keys` are typed when it asks; what it shows. */
async function onTerminal(keys: string): Promise<{ readonly code: number | null; readonly screen: string }> {
  const words = [process.execPath, '--import', import.meta.resolve('tsx'), cli, '-i', 'inventory.yaml', 'end.yaml']
  const command = words.map((word) => `'${word}'`).join(' ')
  const running = new Running(
    spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: folder.path, CI: '1', NO_COLOR: '1', TERM: 'xterm' },
    }),
  )
  await running.until(/Type yes: /)
  running.type(keys)
  const { status, stdout } = await running.ended
  return { code: status, screen: stripVTControlCharacters(stdout).replaceAll('\r', '') }
}

test('without a terminal nothing is begun, and --yes is named', () => {
  assert.deepEqual(run(), {
    code: 4,
    stdout: '',
    stderr: `${question}Nobody can be asked: there is no terminal.\n  If this is what you want, say so: --yes\n`,
  })
})

test('-y, which is --yes, answers beforehand', () => {
  const { code, stderr } = run('-y')
  assert.deepEqual({ code, stderr }, { code: 3, stderr: '' })
})

test('a check never asks, and neither does a run that leaves the play out', () => {
  assert.equal(run('--check').code, 3)
  assert.equal(run('--tags', 'behind').code, 3)
})

test('on a terminal yes is typed', async () => {
  const { code, screen } = await onTerminal('yes\r')
  assert.equal(code, 3, screen)
  assert.ok(screen.includes(`${question}Type yes: `), screen)
})

for (const [what, typed] of [
  ['another word', 'y\r'],
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
] as const) {
  test(`on a terminal ${what} ends it`, async () => {
    const { code, screen } = await onTerminal(typed)
    assert.equal(code, 4, screen)
    assert.match(screen, /^Not confirmed\. Nothing was contacted\.$/m)
  })
}
