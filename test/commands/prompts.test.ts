import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Running } from '../e2e/running.ts'
import { Folder } from './run.ts'

// A run in a timer or in CI must never wait for somebody who is not there.

const source = join(import.meta.dirname, '../../src')
const cli = join(source, 'cli.ts')

/** Asked to with `-`, it reads what is piped to it; the lab is a program of its own. Nobody is prompted. */
const PIPED = ['commands/explain-mail.ts', 'lab/submit-process.ts']

test('whatever reads what a user types looks for a terminal first', () => {
  const files = (readdirSync(source, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'))
  const readers = files.filter((file) => readFileSync(join(source, file), 'utf8').includes('process.stdin'))
  assert.ok(readers.includes('commands/password.ts') && readers.includes('commands/confirm.ts'))
  const careless = readers.filter(
    (file) => !PIPED.includes(file) && !readFileSync(join(source, file), 'utf8').includes('process.stdin.isTTY'),
  )
  assert.deepEqual(careless, [])
})

const folder = new Folder({
  'inventory.yaml': 'all: { hosts: { gone: { host: 127.0.0.1, port: 1 } } }\n',
  'plain.yaml': '- { hosts: all, tasks: [{ debug: { message: x } }] }\n',
  'asks.yaml': '- { hosts: all, confirm: The end., tasks: [{ debug: { message: x } }] }\n',
  'prompts.yaml': '- { hosts: all, vars_prompt: [{ name: word }], tasks: [{ debug: { message: "{{ word }}" } }] }\n',
})

/** What is typed, what is said, and how it ends: 4, with nothing contacted, or 3 where a run was begun that asks nothing. */
const cases: readonly (readonly [args: readonly string[], code: number, said: RegExp])[] = [
  [
    ['plain.yaml', '-K'],
    4,
    /^-K asks for a password, and there is no terminal to ask on\n {2}Use --become-password-file/,
  ],
  [['asks.yaml'], 4, /Nobody can be asked: there is no terminal\.\n {2}If this is what you want, say so: --yes/],
  [['prompts.yaml'], 4, /"word" is to be asked for, and there is no terminal/],
  [['plain.yaml'], 3, /^$/],
  [['asks.yaml', '--yes'], 3, /^$/],
]

for (const [args, code, said] of cases) {
  test(`${args.join(' ')} waits for nobody, although standard input stays open`, async () => {
    const words = ['--import', import.meta.resolve('tsx'), cli, '-i', 'inventory.yaml', ...args]
    const child = spawn(process.execPath, words, {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: folder.path, CI: '1' },
    })
    const { status, stderr } = await new Running(child).ended
    assert.equal(status, code, stderr)
    assert.match(stderr, said)
  })
}
