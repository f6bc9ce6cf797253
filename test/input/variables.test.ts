import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, notes, project } from './project.ts'

/** Where x is set, weakest first: each test adds one place. The runtime counts from the place of `run` on. */
const PLACES = ['inventory', 'vars_files', 'play', 'run', 'include', 'block', 'task', 'loop', 'command line'] as const

test('the strongest place wins: inventory, play, run, include, block, task, loop, command line', () => {
  for (const [index, expected] of PLACES.entries()) {
    const set = (place: (typeof PLACES)[number], text: string): string => (PLACES.indexOf(place) <= index ? text : '')
    const one = project({
      'inventory.yaml': `all: { hosts: { mx1: }, vars: { x: inventory } }\n`,
      'vars.yaml': `${set('vars_files', 'x: vars_files')}\ny: 1\n`,
      'site.yaml': `
- hosts: all
  vars_files: vars.yaml
  vars: { z: 1, ${set('play', 'x: play')} }
  tasks:
    - ${set('run', '{ set: { x: run } }') || '{ note: { text: first } }'}
    - include: tasks.yaml
      vars: { z: 1, ${set('include', 'x: include')} }
`,
      'tasks.yaml': `
- vars: { z: 1, ${set('block', 'x: block')} }
  block:
    - note: { text: "{{ x }}" }
      vars: { z: 1, ${set('task', 'x: task')} }
      ${set('loop', '{ loop: [loop], loop_control: { loop_var: x } }')
        .replace(/^\{ | \}$/g, '')
        .replace(', ', '\n      ')}
`,
    })
    const extraVariables = set('command line', 'x=command line') ? ['x=command line'] : []
    const found = items(one.load({ extraVariables }), { runtime: { x: 'run' } }).at(-1)
    assert.deepEqual(found?.params, { text: expected }, `up to ${expected}`)
  }
})

test('later files of vars_files and later -e win; -e takes JSON, files, and text that stays text', () => {
  const one = project({
    'a.yaml': 'x: a\nonly: a\n',
    'b.yaml': 'x: b\n',
    'extra.yaml': 'list: [1]\nport: 1\n',
    'site.yaml': `
- hosts: all
  vars_files: [a.yaml, b.yaml]
  tasks:
    - note: { text: ["{{ x }}", "{{ only }}", "{{ port }}", "{{ typed }}", "{{ list }}"] }
`,
  })
  const extraVariables = [`@${one.directory}/extra.yaml`, 'port=25', '{"typed": {"deep": [true]}}']
  assert.deepEqual(notes(one.load({ extraVariables })), [['b', 'a', '25', { deep: [true] }, [1]]])
  const text = one.errors({ extraVariables: ['port'] })
  assert.equal(text, '-e port: expected name=value\n  or a JSON mapping, or @FILE')
  assert.equal(
    one
      .errors({ extraVariables: ['{"x": [}'] })
      .split('\n')[0]
      ?.slice(0, 7),
    '-e:1:8 ',
  )
})

test('values are rendered late, as each task sees the names in them, and keep their types', () => {
  const one = project({
    'inventory.yaml': `
all:
  hosts: { mx1: , mx2: { zone: example.net } }
  vars: { zone: example.org, name: "mail.{{ zone }}", all: ["{{ name }}", "{{ size }}"], size: 3, unused: "{{ nope }}" }
`,
    'site.yaml': `
- hosts: all
  tasks:
    - note: { text: "{{ all }}" }
    - note: { text: "{{ all }}" }
      vars: { zone: "{{ inventory_hostname }}.test" }
    - note: { text: "{{ all }}" }
`,
  })
  const loaded = one.load()
  const org = ['mail.example.org', 3]
  assert.deepEqual(notes(loaded), [org, ['mail.mx1.test', 3], org])
  assert.deepEqual(notes(loaded, { host: 'mx2' })[0], ['mail.example.net', 3])
})

test('variables of an include are rendered where they are written: an inner loop does not change them', () => {
  const one = project({
    'site.yaml': `
- hosts: all
  tasks:
    - include: tasks.yaml
      vars: { outer: "{{ item }}!" }
      loop: [a, b]
`,
    'tasks.yaml': `- { note: { text: "{{ outer }}{{ item }}" }, loop: [1, 2] }\n`,
  })
  assert.deepEqual(notes(one.load()), ['a!1', 'a!2', 'b!1', 'b!2'])
})

test('what comes from a host is data and is never rendered', () => {
  const one = project({
    'site.yaml': `
- hosts: all
  tasks:
    - { command: x, register: result }
    - note: { text: "{{ result.stdout }} {{ copy }}" }
      vars: { copy: "{{ result.stdout }}" }
    - { note: { text: "{{ item }}" }, loop: "{{ result.lines }}" }
`,
  })
  const runtime = { result: { stdout: '{{ nope }}', lines: ['{{ a }}'] } }
  assert.deepEqual(
    items(one.load(), { runtime })
      .slice(1)
      .map(({ params }) => params),
    [{ text: '{{ nope }} {{ nope }}' }, { text: '{{ a }}' }],
  )
})

test('a circle of variables is shown with the place of each', () => {
  const one = project({
    'inventory.yaml': 'all: { hosts: { mx1: } }\n',
    'group_vars/all.yaml': 'a: "{{ b }}"\nb: "{{ c.d }}"\nc: { d: "{{ a }}" }\n',
    'site.yaml': '- hosts: all\n  tasks: [{ note: { text: "{{ a }}" } }]\n',
  })
  assert.equal(
    one.errors(),
    'group_vars/all.yaml:1:4  "a" is defined through itself: a → b → c → a\n  1 | a: "{{ b }}"\n' +
      '    |    ^^^^^^^^^\n' +
      '  "b" is at group_vars/all.yaml:2:4, "c" is at group_vars/all.yaml:3:4',
  )
})

test('every word under secrets is handed over, rendered or not, also what no task uses', () => {
  const one = project({
    'inventory.yaml':
      'all: { hosts: { mx1: }, vars: { secrets: { a: first, b: ["second", 123456], c: "{{ d }}" }, d: third } }\n',
    'site.yaml': '- hosts: all\n  tasks: [{ note: { text: "{{ secrets.c }}" } }]\n  vars_files: more.yaml\n',
    'host_vars/mx1.yaml': 'other: 1\n',
    'more.yaml': 'other: 2\n',
  })
  const heard = new Set<string>()
  one.load({ extraVariables: ['{"unused": 1}'], onSecret: (value) => heard.add(value) })
  assert.deepEqual([...heard].toSorted(), ['123456', 'first', 'second', 'third', '{{ d }}'])
})

test('keys named after parts of JavaScript objects are keys like any other', () => {
  const one = project({
    'inventory.yaml': `
all:
  hosts: { mx1: { __proto__: { polluted: 1 }, constructor: c } }
  vars: { tree: { __proto__: { x: 1 }, toString: t } }
`,
    'site.yaml': `
- hosts: all
  tasks:
    - note: { text: ["{{ tree.toString }}", "{{ constructor }}", "{{ lookup tree '__proto__' }}"] }
    - { note: { text: "{{ toString }}" }, when: toString is defined }
`,
  })
  assert.equal(JSON.stringify(notes(one.load())), '[["t","c",{"x":1}]]')
  assert.equal('polluted' in {}, false)
})

test('-e takes several variables between blanks, and one value with blanks', () => {
  const one = project({ 'site.yaml': '- hosts: all\n  tasks:\n    - note: { text: "{{ a }}|{{ b }}" }\n' })
  assert.deepEqual(notes(one.load({ extraVariables: ["a=1 b='two words'"] })), ['1|two words'])
  assert.deepEqual(notes(one.load({ extraVariables: ['a=hello world', 'b=c d=e f'] })), ['hello world|c d=e f'])
})

test('a playbook imports another: its plays stand in that place, with their own files, and get the tags', () => {
  const one = project({
    'group_vars/all.yaml': 'x: 1\n',
    'more/base.yaml': `
- hosts: all
  vars_files: own.yaml
  tags: [base]
  tasks:
    - note: { text: "{{ own }}" }
`,
    'more/own.yaml': 'own: imported\n',
    'site.yaml': `
- import_playbook: more/base.yaml
  tags: [first]
- hosts: all
  tasks: [{ note: { text: "{{ x }}" } }]
`,
  })
  const said = (options: { tags?: string[] }): unknown[] => {
    const { plays } = one.load(options)
    return plays.flatMap((_, index) => notes({ ...one.load(options), plays: plays.slice(index) }))
  }
  assert.deepEqual(said({}), ['imported', 1])
  assert.deepEqual(said({ tags: ['first'] }), ['imported'])
  assert.deepEqual(said({ tags: ['base'] }), ['imported'])
})
