import assert from 'node:assert/strict'
import { chmodSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Folder } from '../run.ts'

// Plans of this machine, checked and shown, never applied: applying takes the lock of the machine (e2e/plan.e2e.test.ts).

const SECRET = 'Swordfish/99+é'
const SAVE = ['-i', 'inventory.yaml', 'site.yaml', '--check', '--save', 'plan.json'] as const
const folder = new Folder({
  'inventory.yaml': 'all: { hosts: { here: { connection: local } } }\n',
  'secrets.yaml': `secrets: { password: "${SECRET}" }\n`,
  'note.txt': 'a note\n',
})
folder.write(
  'site.yaml',
  `- name: Files
  hosts: all
  vars_files: [secrets.yaml]
  tasks:
    - name: a file of a width that does not fit into eighty columns of a screen, together with its place
      file: { path: ${folder.path}/out, content: "{{ secrets.password }}\\n" }
      notify: tell
    - name: kept to itself
      file: { path: ${folder.path}/hidden, content: "not for everybody" }
      no_log: true
    - name: run
      command: echo {{ secrets.password }}
      register: said
    - name: what it said
      file: { path: ${folder.path}/said, content: "{{ said.stdout }}" }
    - name: there
      copy: { src: note.txt, dest: ${folder.path}/note.txt, mode: "0644" }
  handlers:
    - name: tell
      command: echo told
`,
)
chmodSync(join(folder.path, 'note.txt'), 0o644)

const plan = join(folder.path, 'plan.json')
const read = (): string => readFileSync(plan, 'utf8')
let checked: ReturnType<Folder['provision']>

before(() => {
  checked = folder.provision(...SAVE)
  assert.equal(checked.code, 2, checked.stdout + checked.stderr)
})

describe('a plan that was saved', () => {
  it('is for its user alone, and the check prints how to apply it', () => {
    assert.equal(statSync(plan).mode & 0o777, 0o600)
    assert.equal(
      checked.stderr,
      'Decided at its turn, and done then:  1 unknown above\nTo do exactly this:  provision apply plan.json\n',
    )
  })

  it('is shown as the check was, and as its events', () => {
    const { code, stdout, stderr } = folder.provision('show', 'plan.json')
    assert.deepEqual([code, stdout], [0, checked.stdout])
    assert.match(stderr, /^plan\.json: made \d{4}-\d\d-\d\d \d\d:\d\d UTC, .* ago, by \S+@\S+\n {2}provision -i /)
    const types = folder
      .provision('show', 'plan.json', '--output', 'json')
      .stdout.split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as { type: string; status?: string; fingerprint?: unknown })
    assert.deepEqual(types.at(0)?.type, 'start')
    assert.deepEqual(types.at(-1)?.type, 'recap')
    assert.deepEqual(
      types.flatMap(({ status }) => status ?? []),
      ['would change', 'would change', 'would change', 'unknown', 'ok', 'would change'],
    )
    assert.ok(types.every((event) => event.fingerprint === undefined))
  })

  it('holds no secret in any form, nor what no_log hides', () => {
    const forms = [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)]
    const base64 = [0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(SECRET)]).toString('base64')
      return text.slice(shift === 0 ? 0 : shift + 1, -4)
    })
    for (const form of [...forms, ...base64, 'not for everybody']) assert.ok(!read().includes(form), form)
  })
})

describe('--save', () => {
  it('needs --check, and says what to type', () => {
    const { code, stderr } = folder.provision('-i', 'inventory.yaml', 'site.yaml', '--save', 'other.json')
    assert.equal(code, 4)
    assert.equal(
      stderr,
      '--save keeps what a check found, and this is none\n  Type: provision -i inventory.yaml site.yaml --save other.json --check\n',
    )
  })
})

describe('a plan that was made with another key', () => {
  const key = join(folder.path, '.local/state/provision/plan-key')
  before(() => renameSync(key, `${key}.kept`))
  after(() => renameSync(`${key}.kept`, key))

  it('is not applied: nothing is contacted', () => {
    const { code, stdout, stderr } = folder.provision('apply', 'plan.json')
    assert.deepEqual([code, stdout], [4, ''])
    assert.match(stderr, /^plan\.json was made by \S+@\S+, with a key that is not here: .*\n {2}Apply it as that user /)
  })

  it('can be shown all the same', () => {
    const { code, stdout, stderr } = folder.provision('show', 'plan.json')
    assert.deepEqual([code, stdout], [0, checked.stdout])
    assert.match(stderr, /cannot be proven without the key/)
  })
})
