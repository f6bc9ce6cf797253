import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { Folder } from './run.ts'

// Runs against this machine, in a folder of its own. All in this file and one after the other: a machine has one lock.

const INVENTORY = 'all: { hosts: { here: { connection: local } } }\n'
const folder = new Folder({ 'inventory.yaml': INVENTORY })

function run(...args: readonly string[]): ReturnType<Folder['provision']> {
  return folder.provision('-i', 'inventory.yaml', ...args)
}

before(() => {
  folder.write(
    'site.yaml',
    `- name: Files
  hosts: all
  tasks:
    - name: a file
      file: { path: ${folder.path}/out, content: "one\\n" }
      tags: [file]
    - name: a folder
      directory: { path: ${folder.path}/sub }
`,
  )
  folder.write(
    'fails.yaml',
    `- name: Failing
  hosts: all
  tasks:
    - name: first
      command: echo to stdout; echo to stderr >&2; exit 7
    - name: never
      command: touch ${folder.path}/never
`,
  )
  folder.write(
    'says.yaml',
    `- name: Saying
  hosts: all
  tasks:
    - name: a value
      debug: { var: numbers }
      vars: { numbers: [1, 2] }
    - name: loud
      command: echo hello; echo world
`,
  )
})

test('a check says what would change, writes nothing and ends with 2', () => {
  const { code, stdout, stderr } = run('site.yaml', '--check')
  assert.deepEqual({ code, stderr }, { code: 2, stderr: '' })
  assert.equal(
    stdout,
    `here · would change 2 of 2
  site.yaml:4   a file
    DIR/out   absent → 1 line
  site.yaml:7   a folder
    DIR/sub   absent → directory

here  would change 2   ok 0   failed 0  TIME
`,
  )
  assert.equal(existsSync(join(folder.path, 'out')), false)
})

test('tags choose what is applied; what a check said is what an apply does', () => {
  assert.deepEqual(run('site.yaml', '-t', 'file'), {
    code: 0,
    stdout: `here  changed  site.yaml:4               a file  TIME

here  changed 1   ok 0   failed 0  TIME
`,
    stderr: '',
  })
  assert.equal(readFileSync(join(folder.path, 'out'), 'utf8'), 'one\n')
  assert.equal(existsSync(join(folder.path, 'sub')), false)
})

test('an apply ends with 0, and a second one changes nothing', () => {
  assert.equal(run('site.yaml').code, 0)
  assert.deepEqual(run('site.yaml'), {
    code: 0,
    stdout: 'here  changed 0   ok 2   failed 0  TIME\n',
    stderr: '',
  })
  assert.deepEqual(run('site.yaml', '--check'), {
    code: 0,
    stdout: 'here · as wanted, 2 tasks\n\nhere  would change 0   ok 2   failed 0  TIME\n',
    stderr: '',
  })
})

test('differences are shown in checks and with --diff, but not with --no-diff', () => {
  folder.write('out', 'two\n')
  const difference = `    DIR/out
      -two
      +one
`
  assert.equal(
    run('site.yaml', '--check').stdout,
    `here · would change 1 of 2
  site.yaml:4   a file
${difference}
here  would change 1   ok 1   failed 0  TIME
`,
  )
  assert.equal(
    run('site.yaml', '--check', '--no-diff').stdout,
    `here · would change 1 of 2
  site.yaml:4   a file
    DIR/out   1 line, other content

here  would change 1   ok 1   failed 0  TIME
`,
  )
  assert.equal(
    run('site.yaml', '--diff').stdout,
    `here  changed  site.yaml:4               a file  TIME
${difference}
here  changed 1   ok 1   failed 0  TIME
`,
  )
})

test('-v also shows what is as wanted, -vv what commands print', () => {
  assert.equal(
    run('site.yaml', '-v').stdout,
    `here  ok       site.yaml:4               a file
here  ok       site.yaml:7               a folder

here  changed 0   ok 2   failed 0  TIME
`,
  )
  assert.equal(
    run('says.yaml', '-vv').stdout,
    `here · a value                                                      says.yaml:4
  [
    1,
    2
  ]
here  ok       says.yaml:4               a value
here  │ hello
here  │ world
here  changed  says.yaml:7               loud  TIME
    echo hello; echo world   runs every time: run
      $ eval 'echo hello; echo world'

here  changed 1   ok 1   failed 0  TIME
`,
  )
})

test('a failure ends with 1, in full, with its place, and is remembered', () => {
  assert.deepEqual(run('fails.yaml'), {
    code: 1,
    stdout: `✖ here · first                                                     fails.yaml:4
  echo to stdout; echo to stderr >&2; exit 7 — exit 7 after  TIME
    to stdout
    to stderr

here  changed 0   ok 0   failed 1   not reached 1  TIME
Again for what failed:  provision -i inventory.yaml fails.yaml --limit @failed
`,
    stderr: '',
  })
  assert.equal(existsSync(join(folder.path, 'never')), false)
  assert.equal(run('site.yaml', '--list-hosts', '--limit', '@failed').stdout, 'Files: 1 host\n  here\n')
  assert.equal(run('site.yaml').code, 0)
  assert.equal(run('site.yaml', '--list-hosts', '--limit', '@failed').code, 4)
})

test('--output json prints an event per line, the recap last', () => {
  folder.write('out', 'two\n')
  const { code, stdout, stderr } = run('site.yaml', '--check', '--output', 'json')
  assert.deepEqual({ code, stderr }, { code: 2, stderr: '' })
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['start', 'play', 'host', 'host', 'result', 'result', 'recap'],
  )
  assert.deepEqual(events[0], { type: 'start', playbook: 'site.yaml', check: true, hosts: ['here'] })
  const recap = events.at(-1)
  if (recap?.type !== 'recap') assert.fail('the last event is the recap')
  const { milliseconds, ...counted } = recap.hosts.here ?? assert.fail('here is in the recap')
  assert.equal(Number.isInteger(milliseconds), true)
  assert.deepEqual(
    { ...recap, hosts: { here: counted } },
    {
      type: 'recap',
      check: true,
      interrupted: false,
      hosts: {
        here: { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: false, unknown: 0, ignored: 0, notReached: 0 },
      },
    },
  )
})

test('ping and facts reach a host, with options before or behind their names', () => {
  const answer = '✔ here  reached here in  TIME\n'
  for (const args of [
    ['-i', 'inventory.yaml', 'ping'],
    ['ping', '-i', 'inventory.yaml'],
    ['-i', 'gone.yaml', 'ping', '-i', 'inventory.yaml', 'here'],
  ]) {
    const { code, stdout, stderr } = folder.provision(...args)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.equal(stdout, answer)
  }
  const { code, stdout } = folder.provision('facts', '-i', 'inventory.yaml')
  assert.equal(code, 0)
  const { here } = JSON.parse(stdout) as { here: { arch: string; kernel: string; os: { id: string } } }
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()
  const id = /^ID="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  assert.deepEqual({ kernel: here.kernel, id: here.os.id }, { kernel, id })
})
