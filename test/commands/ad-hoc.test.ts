import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from '../../src/commands/turns.ts'
import { Folder } from './run.ts'

const folder = new Folder({
  'inventory.yaml': `all:
  vars: { secrets: { word: correct-horse } }
  hosts:
    mx1: { connection: local }
    mx2: { connection: local }
    gone: { host: 127.0.0.1, port: 1 }
`,
})

function run(...args: readonly string[]): ReturnType<Folder['provision']> {
  return folder.provision('run', '-i', 'inventory.yaml', ...args)
}

test('several words are a program and its arguments, one word is shell text', () => {
  assert.deepEqual(run('mx1', '--', 'printf', '%s\\n', '$HOME', "a  'b'", '*', '-l'), {
    code: 0,
    stdout: "$HOME\na  'b'\n*\n-l\n",
    stderr: '',
  })
  assert.deepEqual(run('mx1', '--', 'printf a | tr a b; cat; echo c >&2'), { code: 0, stdout: 'b\n', stderr: 'c\n' })
})

test('with several hosts every line has its name, host by host, and a failure tells its exit status', () => {
  assert.deepEqual(run('mx1:mx2', '--', 'echo one; sleep 0.1; echo two; exit 7'), {
    code: 1,
    stdout: 'mx1  │ one\nmx1  │ two\nmx2  │ one\nmx2  │ two\n',
    stderr: '✖ mx1 · exit 7\n✖ mx2 · exit 7\n',
  })
})

test('a host that cannot be reached is told, and the others are asked all the same', () => {
  const { code, stdout, stderr } = run('all', '--', 'true')
  assert.deepEqual({ code, stdout }, { code: 3, stdout: '' })
  assert.match(stderr, /^✖ gone · tcp: 127\.0\.0\.1 port 1 refuses connections\n/)
  assert.equal(run('all', '--', 'false').code, 1)
})

test('what a host prints is harmless, and secrets are masked', () => {
  assert.equal(run('mx1', '--', "printf 'a\\033[2Jb correct-horse\\r\\n'").stdout, 'a␛[2Jb ‹secret›\n')
})

test('the first one prints as it goes, others when those before them are over', () => {
  const printed: string[] = []
  const turns = new Turns(['a', 'b', 'c'])
  const say = (one: string, text: string): void => turns.print(one, () => printed.push(text))
  say('b', 'b1')
  say('a', 'a1')
  assert.deepEqual(printed, ['a1'])
  turns.end('b')
  say('c', 'c1')
  say('a', 'a2')
  turns.end('a')
  assert.deepEqual(printed, ['a1', 'a2', 'b1', 'c1'])
  say('c', 'c2')
  turns.end('c')
  assert.deepEqual(printed, ['a1', 'a2', 'b1', 'c1', 'c2'])
})
