import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { registry } from '../../src/resources/index.ts'
import { play } from '../engine/play.ts'
import { project } from '../input/project.ts'

/** What a host may say: templates, expressions, shell text, YAML and names of ours. */
const SAID = [
  '{{ 7 }}',
  '{{ secret }}',
  '{{{ secret }}}',
  '{{upper "x"}}',
  '{{> partial}}',
  '{{#each groups}}x{{/each}}',
  '{{constructor.constructor}}',
  '\\{{ secret }}',
  '{% if true %}x{% endif %}',
  "secret == 'hidden'",
  "' or true or '",
  'said.stdout',
  '$(touch owned) `touch owned` ; touch owned',
  "'; touch owned; '",
  '__proto__',
  '!!js/function "x"',
  '*alias &anchor',
  '- list\n- of: mapping',
  'key: value # comment',
  '@root.secret',
  'yes',
  '0644',
  'null',
  '%s %n \\n \\0',
  '-n',
]

test('what a host says stays data on its way into templates, files, conditions, loops and commands', async (t) => {
  let ways = 0
  for (const said of SAID) {
    // The text reaches the host in base 64, so that none of it is a template of the playbook.
    const base64 = Buffer.from(said).toString('base64')
    const directory = mkdtempSync(join(tmpdir(), 'provision-data-'))
    after(() => rmSync(directory, { recursive: true }))
    const out = (name: string): string => join(directory, name)
    const tasks = `
- hosts: all
  vars: { secret: hidden, directory: "${directory}", through: "{{ said.stdout }}", said_list: ["{{ said.stdout }}"] }
  tasks:
    - command: { run: "printf %s ${base64} | base64 -d", read_only: true }
      register: said
    - name: "named {{ said.stdout }}"
      template: { src: whole.hbs, dest: "{{ directory }}/whole" }
    - template: { src: inside.hbs, dest: "{{ directory }}/inside" }
    - file: { path: "{{ directory }}/content", content: "{{ said.stdout }}" }
    - file: { path: "{{ directory }}/through", content: "{{ through }}" }
    - set: { kept: "{{ said.stdout }}" }
    - file: { path: "{{ directory }}/kept", content: "{{ concat '' kept }}" }
    - file: { path: "{{ directory }}/looped", content: "{{ item }}" }
      loop: "{{ said_list }}"
    - file: { path: "{{ directory }}/when", content: "equal" }
      when: said.stdout == kept and said.stdout in said_list and not (said.stdout == 'hidden')
    - command: { run: "cd {{ quote directory }} && printf %s {{ quote said.stdout }} >command" }
    - assert: { that: ["said.stdout is string", "said.stdout | length > 0"] }
`
    const made = project({
      'templates/whole.hbs': '{{said.stdout}}',
      'templates/inside.hbs': '<{{said.stdout}}>{{#each said_list}}[{{this}}]{{/each}}',
      'site.yaml': tasks,
    })
    const loaded = made.load({ resources: registry })
    const { recap, events } = await play(loaded.plays[0]?.hosts[0]?.tasks ?? [])
    const failure = events.find((event) => event.type === 'result' && event.status === 'failed')
    assert.deepEqual([recap.failed, failure], [0, undefined], said)
    const read = (name: string): string => readFileSync(out(name), 'utf8')
    for (const name of ['whole', 'content', 'through', 'kept', 'looped', 'command'])
      assert.equal(read(name), said, name)
    assert.equal(read('inside'), `<${said}>[${said}]`)
    assert.equal(read('when'), 'equal')
    assert.ok(events.some((event) => event.type === 'result' && event.task === `named ${said}`))
    assert.ok(!existsSync(out('owned')) && !existsSync('owned'))
    ways += 9
  }
  t.diagnostic(`${SAID.length} texts that look like code, on ${ways} ways through a run`)
})

test('facts that look like templates are data', () => {
  const said = '{{ secret }}'
  const made = project({
    'site.yaml': `- hosts: all\n  vars: { secret: hidden }\n  tasks:\n    - note: { text: "{{ host.os.version }} {{ hostvars.mx1.host.os.version }}" }\n`,
  }).load()
  const task = made.plays[0]?.hosts[0]?.tasks[0]
  const host = { os: { version: said } }
  const [item] = task?.expand({ host, hostvars: { mx1: { host } } }) ?? []
  assert.deepEqual(item?.params, { text: `${said} ${said}` })
})
