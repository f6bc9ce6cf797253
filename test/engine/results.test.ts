import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import type { Resource } from '../../src/core/resource.ts'
import { parseFacts } from '../../src/engine/facts.ts'
import { command as shellText } from '../../src/resources/command.ts'
import { play, type Ran, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-results-'))
after(() => rmSync(root, { recursive: true }))
const command = shellText as Resource
let number = 0
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, `${number++}-`))
})
const at = (name: string): string => join(folder, name)

describe('registered results', () => {
  const tasks = () => [
    task('source', { params: { path: at('a'), text: 'news', after: 'echo said' }, register: 'source' }),
    task('unrelated', { params: { path: at('b'), text: 'x' } }),
    task('user', {
      uses: ['source'],
      params: (runtime: JsonObject) => ({ path: at('copy'), text: JSON.stringify(runtime.source) }),
    }),
  ]

  it('reach the tasks that use them', async () => {
    assert.deepEqual((await play(tasks())).results, ['changed source', 'changed unrelated', 'changed user'])
    assert.deepEqual(JSON.parse(readFileSync(at('copy'), 'utf8')), {
      changed: true,
      failed: false,
      skipped: false,
      rc: 0,
      stdout: 'said',
      stderr: '',
      text: 'news',
    })
  })

  it('of a question that failed, and was let pass, hold what it printed and not how its step ended', async () => {
    const asked = (fields: JsonObject) => ({ resource: command, params: command.params.parse(fields) })
    const failing = [
      task('source', {
        ...asked({ run: 'echo out; echo err >&2; exit 3', read_only: true }),
        register: 'source',
        ignoreErrors: true,
      }),
      task('guarded', { ...asked({ run: 'echo never', creates: '/' }), register: 'guarded' }),
      task('user', {
        uses: ['source', 'guarded'],
        params: ({ source, guarded }: JsonObject) => ({ path: at('copy'), text: JSON.stringify([source, guarded]) }),
      }),
    ]
    assert.deepEqual((await play(failing, { check: true })).results, [
      'ignored source',
      'ok guarded',
      'would change user',
    ])
    assert.deepEqual((await play(failing)).results, ['ignored source', 'ok guarded', 'changed user'])
    assert.deepEqual(JSON.parse(readFileSync(at('copy'), 'utf8')), [
      { changed: false, failed: true, skipped: false, rc: 3, stdout: 'out', stderr: 'err' },
      { changed: false, failed: false, skipped: false, rc: 0, stdout: '', stderr: '' },
    ])
  })

  it('are unknown in a check that could only know them by applying', async () => {
    const { results, events } = await play(tasks(), { check: true })
    assert.deepEqual(results, ['would change source', 'would change unrelated', 'unknown user'])
    assert.deepEqual(notesOf(events), ['unknown until "source" is applied'])
  })

  it('gather a loop in a list', async () => {
    await play([
      task('source', {
        loop: ['one', 'two'],
        params: ({ item }: JsonObject) => ({ path: at(String(item)), text: String(item) }),
        register: 'source',
      }),
      task('user', {
        uses: ['source'],
        params: (runtime: JsonObject) => ({ path: at('copy'), text: JSON.stringify(runtime.source) }),
      }),
    ])
    const { changed, results } = JSON.parse(readFileSync(at('copy'), 'utf8')) as {
      changed: boolean
      results: { text: string }[]
    }
    assert.equal(changed, true)
    assert.deepEqual(
      results.map(({ text }) => text),
      ['one', 'two'],
    )
  })
})

describe('handlers', () => {
  const handlers = () => [
    task('restart b', { params: { path: at('restarted-b'), text: 'yes' } }),
    task('restart a', { params: { path: at('restarted-a'), text: 'yes' } }),
  ]

  it('run once, after all tasks, in the order in which they are defined, when something changed', async () => {
    const tasks = [
      task('one', { params: { path: at('1'), text: '1' }, notify: ['restart a', 'restart b'] }),
      task('two', { params: { path: at('2'), text: '2' }, notify: ['restart a'] }),
    ]
    const first = await play(tasks, { handlers: handlers() })
    assert.deepEqual(first.results, ['changed one', 'changed two', 'changed restart b', 'changed restart a'])
    const second = await play(tasks, { handlers: handlers() })
    assert.deepEqual(second.results, ['ok one', 'ok two'])
  })

  it('are announced by a check, and not run', async () => {
    const tasks = [task('one', { params: { path: at('1'), text: '1' }, notify: ['restart a'] })]
    const { results } = await play(tasks, { handlers: handlers(), check: true })
    assert.deepEqual(results, ['would change one', 'would change restart a'])
    assert.equal(existsSync(at('restarted-a')), false)
  })

  it('stay owed when a later task fails', async () => {
    const tasks = [
      task('one', { params: { path: at('1'), text: '1' }, notify: ['restart a'] }),
      task('bad', { params: { path: at('2'), text: '2', after: 'exit 1' } }),
    ]
    const { results } = await play(tasks, { handlers: handlers() })
    assert.deepEqual(results, ['changed one', 'failed bad'])
  })
})

describe('tasks and checks', () => {
  it('leave `check: false` out of checks and never apply `check: true`', async () => {
    const tasks = [
      task('not in checks', { params: { path: at('a'), text: '1' }, check: false }),
      task('only checked', { params: { path: at('b'), text: '1' }, check: true }),
    ]
    assert.deepEqual((await play(tasks, { check: true })).results, [
      'skipped not in checks',
      'would change only checked',
    ])
    assert.deepEqual((await play(tasks)).results, ['changed not in checks', 'would change only checked'])
    assert.equal(existsSync(at('b')), false)
  })
})

describe('facts', () => {
  it('are read in the first trip, before the first task', async () => {
    await play([
      task('facts', {
        uses: ['host'],
        params: ({ host }: JsonObject) => ({ path: at('facts'), text: JSON.stringify(host) }),
      }),
    ])
    const host = JSON.parse(readFileSync(at('facts'), 'utf8')) as { kernel: string; os: { id: string }; memory: number }
    assert.equal(host.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim())
    assert.ok(host.os.id.length > 0)
    assert.ok(host.memory > 100)
  })

  it('come from one answer', () => {
    const facts = parseFacts(
      [
        'kernel 6.1.0-30-amd64',
        'hostname mx1',
        'memory 2014280',
        'arch x86_64',
        'python ',
        'init systemd',
        'default eth0',
        'virt kvm',
        'address lo inet 127.0.0.1/8',
        'address eth0 inet 198.51.100.11/24',
        'address eth0 inet6 2001:db8:64::11/64',
        'os ID=debian',
        'os VERSION_ID="12"',
        'os VERSION_CODENAME=bookworm',
        'hosts 127.0.0.1 localhost',
        'hosts 198.51.100.11 smtp.example.org mx1 # ours',
        '',
      ].join('\n'),
    )
    assert.deepEqual(facts, {
      os: { id: 'debian', version: '12', codename: 'bookworm' },
      arch: 'x86_64',
      kernel: '6.1.0-30-amd64',
      hostname: 'mx1',
      fqdn: 'smtp.example.org',
      addresses: { ipv4: '198.51.100.11', ipv6: '2001:db8:64::11', all: ['198.51.100.11', '2001:db8:64::11'] },
      interfaces: {
        lo: { ipv4: ['127.0.0.1/8'], ipv6: [] },
        eth0: { ipv4: ['198.51.100.11/24'], ipv6: ['2001:db8:64::11/64'] },
      },
      default_interface: 'eth0',
      memory: 1967,
      python: null,
      init: 'systemd',
      virt: 'kvm',
    })
  })
})

function notesOf(events: Ran['events']): readonly string[] {
  return events.flatMap((event) => (event.type === 'result' ? event.notes : []))
}
