import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostAddress } from '../../src/core/task.ts'
import { loadHosts } from '../../src/input/load.ts'
import { notes, type Project, project, refusal } from './project.ts'

const NOTE = '- hosts: all\n  tasks: [{ note: { text: "{{ x }}" } }]\n'

function addresses(one: Project, options: object = {}): readonly HostAddress[] {
  return loadHosts({ inventory: [`${one.directory}/inventory.yaml`], extraVariables: [], ...options })
}

test('connection fields, by our names and by those of Ansible, at every level', () => {
  const hosts = addresses(
    project({
      'inventory.yaml': `
all:
  vars: { user: root, base: example.org }
  children:
    mail:
      vars: { port: 2222, via: "jump@gate,inner" }
      hosts:
        mx[1:2]:
        mx3: { host: "mx3.{{ base }}", user: ops, key: /k, host_key: "SHA256:${'a'.repeat(43)}", connection: openssh }
    old:
      hosts:
        web: { ansible_host: 192.0.2.7, ansible_port: "22", ansible_user: admin, ansible_connection: smart }
`,
    }),
  )
  const shared = { port: 2222, user: 'root', via: ['jump@gate', 'inner'], connection: 'ssh' }
  assert.deepEqual(hosts, [
    { name: 'mx1', host: 'mx1', ...shared },
    { name: 'mx2', host: 'mx2', ...shared },
    {
      ...shared,
      name: 'mx3',
      host: 'mx3.example.org',
      user: 'ops',
      key: '/k',
      hostKey: `SHA256:${'a'.repeat(43)}`,
      connection: 'openssh',
    },
    { name: 'web', host: '192.0.2.7', port: 22, user: 'admin', connection: 'ssh' },
  ])
})

test('-u and Ansible names on the command line win; --limit chooses', () => {
  const one = project({ 'inventory.yaml': 'all: { hosts: { mx1: { user: a, port: 1 }, mx2: } }\n' })
  const [host, ...others] = addresses(one, { user: 'b', limit: 'mx1', extraVariables: ['ansible_port=2'] })
  assert.deepEqual(host, { name: 'mx1', host: 'mx1', user: 'b', port: 2, connection: 'ssh' })
  assert.deepEqual(others, [])
})

test('comma lists, directories and localhost are inventories too', () => {
  const one = project({
    'dir/a.yaml': 'all: { hosts: { mx1: } }\n',
    'dir/b.yml': 'mail: { hosts: { mx1: , mx2: } }\n',
    'dir/group_vars/mail.yaml': 'port: 2\n',
    'dir/.hidden.yaml': '][',
    names: '# failed last time\nmx2\n',
  })
  assert.deepEqual(
    loadHosts({ inventory: ['mx[1:2],root@web:2222,[2001:db8::1]:22,'], extraVariables: [] }).map((host) => [
      host.name,
      host.user,
      host.port,
    ]),
    [
      ['mx1', undefined, undefined],
      ['mx2', undefined, undefined],
      ['web', 'root', 2222],
      ['2001:db8::1', undefined, 22],
    ],
  )
  const inventory = [`${one.directory}/dir`]
  assert.deepEqual(
    loadHosts({ inventory, extraVariables: [] }).map(({ name, port }) => [name, port]),
    [
      ['mx1', 2],
      ['mx2', 2],
    ],
  )
  const limited = loadHosts({ inventory, extraVariables: [], limit: `@${one.directory}/names` })
  assert.deepEqual(
    limited.map(({ name }) => name),
    ['mx2'],
  )
  assert.deepEqual(loadHosts({ inventory: [], extraVariables: [], limit: 'localhost' }), [
    { name: 'localhost', host: 'localhost', connection: 'local' },
  ])
})

/** What is written where, strongest last: each line adds one place that sets x. */
const LEVELS: readonly (readonly [file: string, text: (x: string) => string])[] = [
  ['inventory.yaml', (x) => `all:\n  vars: { x: ${x} }\n`],
  ['group_vars/all.yaml', (x) => `x: ${x}\n`],
  ['inventory.yaml', (x) => `  children:\n    zone:\n      vars: { x: ${x} }\n`],
  ['inventory.yaml', (x) => `      children:\n        mail:\n          vars: { x: ${x} }\n`],
  ['group_vars/mail/x.yml', (x) => `x: ${x}\n`],
  ['play/group_vars/mail', (x) => `x: ${x}\n`],
  ['inventory.yaml', (x) => `          hosts:\n            mx1: { x: ${x} }\n`],
  ['host_vars/mx1.yaml', (x) => `x: ${x}\n`],
]

test('the strongest place that sets a variable wins: all, parent, child, host; files win over inline', () => {
  for (let count = 1; count <= LEVELS.length; count++) {
    const files: Record<string, string> = {}
    for (const [index, [file, text]] of LEVELS.entries()) {
      const set = text(`level${index}`)
      if (index < count) files[file] = (files[file] ?? '') + set
      else if (file === 'inventory.yaml') files[file] = (files[file] ?? '') + set.replace(/x: level\d/, 'y: 1')
    }
    const one = project({ ...files, 'play/site.yaml': NOTE })
    const loaded = one.load({ playbook: `${one.directory}/play/site.yaml` })
    assert.deepEqual(notes(loaded), [`level${count - 1}`], `${count} levels`)
  }
})

test('a group is stronger than its parents, whatever its name and however it is reached', () => {
  const one = project({
    'inventory.yaml': `
z: { vars: { x: z }, children: { m: } }
m: { vars: { x: m }, children: { a: } }
a: { vars: { x: a }, hosts: { mx1: } }
b: { vars: { x: b }, hosts: { mx1: } }
`,
    'site.yaml': NOTE,
  })
  assert.deepEqual(notes(one.load()), ['a'])
})

test('group_names, groups and inventory_hostname are built in; ungrouped hosts have a group', () => {
  const text = '{{ inventory_hostname }} {{ json group_names }} {{ json groups.ungrouped }} {{ json groups.mail }}'
  const one = project({
    'inventory.yaml': 'all: { hosts: { lone: }, children: { mail: { hosts: { mx1: } } } }\n',
    'site.yaml': `- hosts: all\n  tasks: [{ note: { text: '${text}' } }]\n- hosts: ungrouped\n`,
  })
  const loaded = one.load()
  assert.deepEqual(notes(loaded).map(String).join(), 'mx1 ["mail"] ["lone"] ["mx1"]')
  assert.deepEqual(
    loaded.plays[1]?.hosts.map(({ host }) => host.name),
    ['lone'],
  )
})

const MISTAKES: readonly (readonly [what: string, inventory: string, ...lines: string[]])[] = [
  ['an unknown key', 'mail:\n  host: { mx1: }\n', 'inventory.yaml:2:3  unknown key "host"', 'did you mean "hosts"?'],
  [
    'a group in the wrong place',
    'all:\n  mail:\n    hosts: { mx1: }\n',
    'inventory.yaml:2:3  unknown key "mail"',
    'a group goes below "children:"',
  ],
  [
    'a list of hosts',
    'all:\n  hosts: [mx1]\n',
    'inventory.yaml:2:10  hosts: expected a mapping, got a list',
    'write each name as a key: "mx1:"',
  ],
  [
    'a host with an address only',
    'all:\n  hosts:\n    mx1: 192.0.2.1\n',
    'inventory.yaml:3:10  host "mx1": expected a mapping of variables, got a string',
    'write "mx1: { host: ADDRESS }"',
  ],
  [
    'a circle',
    'a: { children: { b: } }\nb: { children: { a: } }\n',
    'inventory.yaml:2:18  group "a" is a child of itself: a → b → a',
  ],
  [
    'a range',
    'all: { hosts: { "mx[3:1]": } }\n',
    'inventory.yaml:1:17  [3:1] is empty: the first end is after the last',
  ],
  [
    'a port',
    'all: { hosts: { mx1: { port: 99999 } } }\n',
    'inventory.yaml:1:30  port: expected a port number, got 99999',
  ],
  [
    'a connection',
    'all: { hosts: { mx1: { connection: winrm } } }\n',
    'inventory.yaml:1:36  connection: expected ssh, openssh or local, got "winrm"',
  ],
  [
    'a password',
    'all: { hosts: { mx1: { ansible_password: x } } }\n',
    'inventory.yaml:1:24  unknown connection field "ansible_password"',
    'use a key; a password never stands in an inventory',
  ],
  [
    'a connection name',
    'all: { vars: { ansible_usr: x }, hosts: { mx1: } }\n',
    'inventory.yaml:1:16  unknown connection field "ansible_usr"',
    'did you mean "ansible_user"?',
  ],
  [
    'a fact in an address',
    'all: { hosts: { mx1: { host: "{{ host.fqdn }}" } } }\n',
    'inventory.yaml:1:30  host: how to reach a host cannot depend on its facts',
  ],
  [
    'a reserved name',
    'all: { vars: { groups: 1 }, hosts: { mx1: } }\n',
    'inventory.yaml:1:16  "groups" cannot be set: it lists the hosts of each group',
  ],
  ['a list', '- mx1\n', 'inventory.yaml:1:1  an inventory is a mapping of groups, this is a list'],
  [
    'the INI layout',
    '# hosts\n[mail]\nmx1\n',
    "inventory.yaml is written in Ansible's INI layout, which is not read here",
    'Turn it into YAML: ansible-inventory -i inventory.yaml --list --yaml --export',
  ],
]

for (const [what, inventory, ...lines] of MISTAKES) {
  test(`${what} is a mistake with its place`, () => {
    const one = project({ 'inventory.yaml': inventory })
    const text = refusal(() => addresses(one), one.directory)
    for (const line of lines) assert.ok(text.includes(line), `${line}\nis not in\n${text}`)
    assert.equal(text.split(/^\S/m).length, 2, text)
  })
}

test('a missing inventory and an unknown limit say what to type', () => {
  const one = project({})
  const missing = refusal(() => loadHosts({ inventory: ['nowhere.yaml'], extraVariables: [] }), one.directory)
  assert.match(missing, /^-i nowhere.yaml: there is no file nowhere.yaml\n {2}to name a host instead, end with a comma/)
  const limit = refusal(() => addresses(one, { limit: 'mx2' }), one.directory)
  assert.equal(limit, '--limit mx2: no host and no group is named "mx2"\n  did you mean "mx1"?')
})
