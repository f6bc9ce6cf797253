import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Task } from '../../src/core/task.ts'
import { items, notes, type Project, project } from './project.ts'

function tasks(one: Project, options: object = {}, host = 'mx1'): readonly Task[] {
  return one.load(options).plays[0]?.hosts.find(({ host: { name } }) => name === host)?.tasks ?? []
}

function play(lines: string, more = ''): Project {
  return project({ 'site.yaml': `- hosts: all\n  tasks:\n${lines.replace(/^/gm, '    ')}\n${more}` })
}

test('a loop makes items of a list, a mapping or a variable; names tell them apart', () => {
  const one = play(
    `
- { name: "On {{ item }}", note: { text: "{{ item }}" }, loop: [all, lo] }
- { name: Users, note: { text: "{{ item.key }}={{ item.value }}" }, loop: "{{ users }}" }
- { name: Numbers, note: { text: "{{ n }}{{ i }}" }, loop: [7, 8], loop_control: { loop_var: n, index_var: i } }
- { name: Label, note: { text: 1 }, loop: [{ a: 1 }], loop_control: { label: "{{ item.a }}" } }
- { name: Hidden, note: { text: 1 }, loop: [secret], no_log: true }
`,
    '  vars: { users: { ann: 1, bob: 2 } }\n',
  )
  const found = items(one.load())
  assert.deepEqual(
    found.map(({ name }) => name),
    ['On all', 'On lo', 'Users', 'Users', 'Numbers (7)', 'Numbers (8)', 'Label (1)', 'Hidden'],
  )
  assert.deepEqual(notes(one.load()).slice(0, 6), ['all', 'lo', 'ann=1', 'bob=2', '70', '81'])
  const looped = tasks(one).map((task) => task.looped)
  assert.deepEqual(looped, [true, true, true, true, true])
})

test('when guards a task, its loop and each value, before anything in it is looked at', () => {
  const one = play(`
- { note: { text: "{{ nope }}" }, when: nope is defined }
- { note: { text: "{{ item }}" }, when: nope is defined, loop: "{{ nope }}" }
- { note: { text: "{{ item }}" }, when: item > 1, loop: [1, 2, 3] }
- { note: { text: never }, when: [true, no] }
- { note: { text: "{{ nope }}" }, when: [host.arch == "x", nope is defined] }
- block: [{ note: { text: inner }, when: yes }]
  when: inventory_hostname == "mx1"
`)
  assert.deepEqual(notes(one.load(), { runtime: { host: { arch: 'x' } } }), [2, 3, 'inner'])
})

test('words count as true or false, and text from a template as a number, where the resource wants one', () => {
  const one = play('- file: { path: /x, backup: yes, size: "{{ size }}" }')
  const [item] = items(one.load({ extraVariables: ['size=42'] }))
  assert.deepEqual(item?.params, { path: '/x', backup: true, size: 42 })
})

test('a parameter that comes to nothing counts as left out', () => {
  const one = play('- file: { path: /x, mode: "{{ default nope null }}", state: }\n- note: { text: null }')
  assert.deepEqual(
    items(one.load()).map(({ params }) => params),
    [{ path: '/x' }, { text: null }],
  )
  assert.match(play('- file: { path: "{{ default nope null }}" }').errors(), /file needs "path"/)
})

test('variables of a task may speak of the value of its loop', () => {
  const one = play('- { note: { text: "{{ twice }}" }, vars: { twice: "{{ item }}{{ item }}" }, loop: [a, b] }')
  assert.deepEqual(notes(one.load()), ['aa', 'bb'])
})

test('parameters that are a word, a mapping of defaults, or a block of text arrive as the resource wants them', () => {
  const one = play(
    '- command: uname -a\n- reboot:\n- assert: { that: [1 < 2, "x in [y]"] }',
    '  vars: { x: 1, y: 2 }\n',
  )
  assert.deepEqual(
    items(one.load()).map(({ params }) => params),
    ['uname -a', { timeout: 60 }, { that: [true, false] }],
  )
})

test('an expression yields its value; a condition must come to true or false', () => {
  const one = play(
    '- debug: { var: users }\n- debug: { var: users | length > 1 }\n- debug: { var: host.arch }\n- debug: { var: 42 }',
    '  vars: { users: { ann: 1 } }\n',
  )
  assert.deepEqual(
    items(one.load(), { runtime: { host: { arch: 'x86_64' } } }).map(({ params }) => params),
    [{ var: { ann: 1 } }, { var: false }, { var: 'x86_64' }, { var: 42 }],
  )
  assert.equal(
    play('- assert: { that: [word] }', '  vars: { word: "yes" }\n').errors(),
    `site.yaml:3:24  a condition must be true or false, but this is the string "yes"
  2 |   tasks:
  3 |     - assert: { that: [word] }
    |                        ^^^^ write: x | bool`,
  )
})

test('a task uses the run-time names that it needs, directly or through variables, templates and files', () => {
  const one = project({
    'site.yaml': `
- hosts: all
  vars: { address: "{{ host.addresses.ipv4 }}", indirect: "{{ address }}/24", plain: 1 }
  tasks:
    - { name: static, note: { text: "{{ plain }}" } }
    - { name: fact, note: { text: "{{ indirect }}" }, register: result }
    - { name: result, note: { text: 1 }, when: result is changed }
    - { name: "{{ result.changed }}", note: { text: 1 } }
    - { set: { chosen: 1 } }
    - { name: file, template: { src: a.hbs } }
    - { name: open, template: { src: "{{ chosen }}.hbs" } }
    - { name: loop, note: { text: "{{ item }}" }, loop: "{{ result.results }}" }
    - { name: shadowed, note: { text: "{{ result }}" }, vars: { result: 1 } }
    - { name: condition, assert: { that: [result.changed] } }
`,
    'a.hbs': '{{ address }} {{ chosen }}',
  })
  const uses = tasks(one).map((task) => [...task.uses].toSorted().join())
  assert.deepEqual(uses, [
    '',
    'host',
    'result',
    'result',
    '',
    'chosen,host',
    'chosen,host,hostvars,result',
    'result',
    '',
    'result',
  ])
})

test('what is skipped leaves a set variable as the inventory has it', () => {
  const one = play(
    '- { set: { x: run }, when: host.arch == "y" }\n- note: { text: "{{ x }}" }',
    '  vars: { x: play }\n',
  )
  const host = { arch: 'y' }
  assert.deepEqual(notes(one.load(), { runtime: { host: { arch: 'z' } } }), ['play'])
  assert.deepEqual(notes(one.load(), { runtime: { host, x: 'run' } }).at(-1), 'run')
})

test('results of earlier plays can be used; those of tasks that tags leave out are a mistake', () => {
  const one = project({
    'site.yaml': `
- hosts: all
  tasks: [{ note: { text: 1 }, register: first }]
- hosts: all
  tags: [two]
  tasks:
    - { note: { text: "{{ first.changed }}" } }
    - { note: { text: 1 }, register: never_run, tags: [never] }
    - { note: { text: "{{ never_run }}" } }
`,
  })
  assert.match(
    one.errors(),
    /^site.yaml:9:27 {2}"never_run" is registered at site.yaml:8, a task that the tags leave out/,
  )
  assert.doesNotMatch(one.errors(), /first/)
})

test('become: the task, block, play, inventory and command line, in this order', () => {
  const one = project({
    'inventory.yaml':
      'all: { hosts: { mx1: , mx2: { become: yes, become_user: inv }, mx3: { user: root, become: yes } } }\n',
    'site.yaml': `
- hosts: all
  vars: { who: svc }
  tasks:
    - note: { text: 1 }
    - { note: { text: 1 }, become: true }
    - { note: { text: 1 }, become: false }
    - { block: [{ note: { text: 1 } }], become: true, become_user: "{{ who }}" }
`,
  })
  const users = (host: string, options: object = {}): unknown[] => tasks(one, options, host).map((task) => task.become)
  assert.deepEqual(users('mx1'), [undefined, 'root', undefined, 'svc'])
  assert.deepEqual(users('mx1', { become: { user: 'cli' } }), ['cli', 'cli', undefined, 'svc'])
  assert.deepEqual(users('mx2', { become: { user: 'cli' } }), ['inv', 'inv', undefined, 'svc'])
  // Who logs in as root need not become root.
  assert.deepEqual(users('mx3'), [undefined, undefined, undefined, 'svc'])
})

test('keywords come through; handlers are tasks of their own', () => {
  const one = play(
    `
- { note: { text: 1 }, no_log: true, ignore_errors: yes, check: no, register: r, notify: [a, b] }
- { block: [{ note: { text: 1 } }, { note: { text: 1 }, ignore_errors: false }], ignore_errors: true, check: true }
`,
    '  handlers: [{ name: a, note: { text: "{{ r.changed }}" } }, { name: b, note: { text: 2 } }]\n',
  )
  const loaded = one.load()
  const shown = tasks(one).map(({ noLog, ignoreErrors, check, register, notify }) => ({
    noLog,
    ignoreErrors,
    check,
    register,
    notify,
  }))
  assert.deepEqual(shown, [
    { noLog: true, ignoreErrors: true, check: false, register: 'r', notify: ['a', 'b'] },
    { noLog: false, ignoreErrors: true, check: true, register: undefined, notify: [] },
    { noLog: false, ignoreErrors: false, check: true, register: undefined, notify: [] },
  ])
  const handlers = loaded.plays[0]?.hosts[0]?.handlers ?? []
  assert.deepEqual(
    handlers.map(({ name, task }) => [name, [...task.uses]]),
    [
      ['a', ['r']],
      ['b', []],
    ],
  )
})

test('a timeout is a span of time, in whole seconds, and comes from the outside too', () => {
  const limited = `
- { block: [{ note: { text: 1 } }, { note: { text: 1 }, timeout: 1.5 }], timeout: 10m }
- { note: { text: 1 } }
`
  const timeouts = tasks(play(limited)).map(({ timeout }) => timeout)
  assert.deepEqual(timeouts, [600, 2, undefined])
  const wrong = play('- { note: { text: 1 }, timeout: soon }\n- { note: { text: 1 }, timeout: 0 }').errors()
  assert.match(wrong, /timeout: expected a span of time, got "soon"/)
  assert.match(wrong, /timeout: expected a span of time, got 0/)
})

test('an include with a loop is unfolded before connecting, and cannot wait for a fact', () => {
  const files = {
    'one.yaml': '- { note: { text: "{{ item }}" }, register: r }\n- { note: { text: 0 }, when: r is changed }\n',
  }
  const one = project({ ...files, 'site.yaml': '- hosts: all\n  tasks: [{ include: one.yaml, loop: [a, b] }]\n' })
  assert.deepEqual(notes(one.load(), { runtime: { r: { changed: true } } }), ['a', 0, 'b', 0])
  const fact = '- hosts: all\n  tasks: [{ include: one.yaml, loop: "{{ host.interfaces }}" }]\n'
  assert.match(
    project({ ...files, 'site.yaml': fact }).errors(),
    /^site.yaml:2:38 {2}the loop of an include is resolved before connecting, but "host" is known at run time only/,
  )
})

test('what is wrong with run-time values is told at the turn of the task', () => {
  const one = play('- { file: { path: "{{ r.path }}", size: 1 } }\n- { note: { text: 1 }, register: r2 }', '')
  assert.throws(() => tasks(one), /unknown variable "r"/)
  const late = play('- { note: { text: 1 }, register: r }\n- file: { path: "{{ r.path }}" }')
  const [, second] = tasks(late)
  assert.throws(() => second?.expand({ r: { path: [1] } }), /path: expected a string, got a list/)
  assert.throws(() => second?.expand({ r: {} }), /r has no "path"/)
})
