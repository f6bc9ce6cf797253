import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Folder } from './run.ts'

const folder = new Folder({ 'inventory.yaml': 'all: { hosts: { gone: { host: 127.0.0.1, port: 1 } } }\n' })
const inventory = ['-i', 'inventory.yaml'] as const

const wrong: readonly (readonly [args: readonly string[], stderr: string])[] = [
  [
    ['hold', ...inventory, '--reason', 'x'],
    'which hosts are to be held?\n  provision hold PATTERN --reason TEXT; or provision hold --list\n',
  ],
  [
    ['hold', ...inventory, 'gone', '--reason', ' \n'],
    'why? Others will want to know\n  provision hold PATTERN --reason "new disk"\n',
  ],
  [
    ['hold', ...inventory, 'gone', '--reason', 'x', '--for', 'long'],
    '--for long: expected a span of time\n  write such as 90m, 2h, 3d\n',
  ],
]

for (const [args, stderr] of wrong) {
  test(`provision ${args.slice(3).join(' ').trim() || args[0]}: ${stderr.split('\n')[0]}`, () => {
    assert.deepEqual(folder.provision(...args), { code: 4, stdout: '', stderr })
  })
}

test('a host that cannot be reached is neither held nor released, and that is told', () => {
  for (const args of [
    ['hold', ...inventory, 'gone', '--reason', 'x'],
    ['release', ...inventory, 'gone'],
  ]) {
    const { code, stdout } = folder.provision(...args)
    assert.equal(code, 3)
    assert.match(stdout, /^✖ gone · tcp: /)
  }
})
