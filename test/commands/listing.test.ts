import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Folder } from './run.ts'

const folder = new Folder({
  'inventory.yaml': `all:
  hosts: { mx1: { host: 192.0.2.1 }, web: }
  children:
    mail:
      hosts: { mx1: , mx2: { host: 192.0.2.2 } }
      vars: { domains: { a.test: {} }, acme: { email: ops@example.org, dns: dns_cf } }
`,
  'play.yaml': `- name: Two
  hosts: mail
  vars: { greeting: hello, number: 1 }
  tasks:
    - { name: "{{ greeting }} {{ number }}", debug: { message: x }, tags: [talk] }
    - name: On {{ item }}
      sysctl: { key: "net.{{ item }}.b", value: 0 }
      loop: [all, lo]
      tags: [network, talk]
    - { name: last, command: uname -a }
- name: One
  hosts: web
  tasks: [{ debug: { message: x } }]
`,
})

/** What is listed on standard output; nothing else is said and nothing is wrong. */
function listed(...args: readonly string[]): string {
  const { code, stdout, stderr } = folder.provision('-i', 'inventory.yaml', ...args)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  return stdout
}

describe('the shipped playbook is found by its name from anywhere', () => {
  test('--syntax-check', () => {
    assert.equal(listed('site', '--syntax-check'), 'site: no mistakes; hosts: mx1, mx2\n')
    assert.equal(listed('site.yaml', '--syntax-check'), 'site.yaml: no mistakes; hosts: mx1, mx2\n')
  })

  test('--list-hosts', () => {
    assert.equal(listed('users', '--list-hosts'), 'Users: 2 hosts\n  mx1  192.0.2.1\n  mx2  192.0.2.2\n')
  })

  test('--list-tasks names its files as the documentation does', () => {
    const lines = listed('site', '--list-tasks', '-t', 'network', '--limit', 'mx2').split('\n')
    assert.deepEqual(
      lines.filter((line) => line.includes('netplan')),
      [
        '  tasks/netplan.yaml:2   netplan  IPv6 address {{ ipv6.address }}  [network]',
        '  tasks/netplan.yaml:11  netplan  IPv6 address {{ ipv6.address }} by way of {{ ipv6.gateway }}  [network]',
      ],
    )
  })

  test('a folder of the same name does not hide it', () => {
    const other = new Folder({ 'site/notes.txt': '' })
    assert.equal(other.provision('-i', `${folder.path}/inventory.yaml`, 'site', '--syntax-check').code, 0)
  })
})

describe('a playbook of one file', () => {
  test('--list-hosts lists them for each play', () => {
    assert.equal(
      listed('play.yaml', '--list-hosts'),
      'Two: 2 hosts\n  mx1  192.0.2.1\n  mx2  192.0.2.2\n\nOne: 1 host\n  web\n',
    )
    assert.equal(listed('play.yaml', '--list-hosts', '-l', '!mx1:!web'), 'Two: 1 host\n  mx2  192.0.2.2\n')
  })

  test('--list-tasks unrolls loops', () => {
    assert.equal(
      listed('play.yaml', '--list-tasks'),
      `Two · mx1, mx2
  play.yaml:5   debug    hello 1  [talk]
  play.yaml:6   sysctl   On all  [network, talk]
  play.yaml:6   sysctl   On lo  [network, talk]
  play.yaml:10  command  last

One · web
  play.yaml:13  debug  debug
`,
    )
  })

  test('-t takes some tasks, --skip-tags leaves some out; both may be given again and with commas', () => {
    const names = (...args: readonly string[]): string[] =>
      listed('play.yaml', '--list-tasks', '-l', 'mx1', ...args)
        .split('\n')
        .flatMap((line) => /^ {2}\S+ +\S+ +(.*?)(?: {2}\[.*)?$/.exec(line)?.[1] ?? [])
    assert.deepEqual(names('-t', 'talk'), ['hello 1', 'On all', 'On lo'])
    assert.deepEqual(names('-t', 'talk', '--skip-tags', 'network'), ['hello 1'])
    assert.deepEqual(names('--skip-tags', 'network,talk'), ['last'])
    assert.deepEqual(names('--skip-tags', 'network', '--skip-tags', 'talk'), ['last'])
    assert.deepEqual(names('-t', 'network, talk'), ['hello 1', 'On all', 'On lo'])
  })
})

test('-e takes pairs, JSON and files; the last one wins', () => {
  folder.write('more.yaml', 'greeting: good day\nnumber: 3\n')
  const first = (...args: readonly string[]): string =>
    listed('play.yaml', '--list-tasks', '-t', 'talk', ...args).split('\n')[1] ?? ''
  assert.equal(first('-e', 'greeting=bye'), '  play.yaml:5  debug   bye 1  [talk]')
  assert.equal(first('-e', 'greeting=good night', '-e', 'number=2'), '  play.yaml:5  debug   good night 2  [talk]')
  assert.equal(first('-e', '{"greeting": "hi", "number": 4}'), '  play.yaml:5  debug   hi 4  [talk]')
  assert.equal(first('-e', '@more.yaml'), '  play.yaml:5  debug   good day 3  [talk]')
  assert.equal(first('-e', '@more.yaml', '-e', 'number=9'), '  play.yaml:5  debug   good day 9  [talk]')
})

describe('mistakes end with exit code 4 before anything is contacted', () => {
  test('all mistakes of a playbook are shown at once', () => {
    folder.write(
      'bad.yaml',
      `- hosts: mial
  tasks:
    - sysctll: { key: a.b, value: 0 }
    - file: { path: x, mode: 0644, content: y }
      notify: nobody
    - command: x
      when: a = 1
`,
    )
    assert.deepEqual(folder.provision('-i', 'inventory.yaml', 'bad.yaml', '--check'), {
      code: 4,
      stdout: '',
      stderr: `bad.yaml:1:10  no host and no group is named "mial"
  1 | - hosts: mial
    |          ^^^^ did you mean "mail"?
bad.yaml:3:7  unknown key "sysctll"
  2 |   tasks:
  3 |     - sysctll: { key: a.b, value: 0 }
    |       ^^^^^^^ did you mean "sysctl"?
bad.yaml:4:21  path: must be an absolute path, such as /etc/motd
  3 |     - sysctll: { key: a.b, value: 0 }
  4 |     - file: { path: x, mode: 0644, content: y }
    |                     ^
bad.yaml:4:30  mode: must be octal digits in quotes, such as '0644'
  3 |     - sysctll: { key: a.b, value: 0 }
  4 |     - file: { path: x, mode: 0644, content: y }
    |                              ^^^^ quote it: mode: "0644"
bad.yaml:5:15  no handler is named "nobody"
  4 |     - file: { path: x, mode: 0644, content: y }
  5 |       notify: nobody
    |               ^^^^^^ the play has no handlers
bad.yaml:7:15  unexpected =
  6 |     - command: x
  7 |       when: a = 1
    |               ^ write == to compare
Nothing was contacted.
`,
    })
  })

  const refused: Record<string, readonly [args: readonly string[], stderr: string]> = {
    'an inventory that is not there': [
      ['-i', 'hosts.yaml', 'play.yaml'],
      `-i hosts.yaml: there is no file hosts.yaml
  to name a host instead, end with a comma: -i hosts.yaml,
`,
    ],
    'a tag that no task has': [
      ['-i', 'inventory.yaml', 'play.yaml', '-t', 'netwrok'],
      '--tags netwrok: no task has this tag\n  did you mean "network"?\n',
    ],
    'a host that is not there': [
      ['-i', 'inventory.yaml', 'play.yaml', '-l', 'mx3'],
      '--limit mx3: no host and no group is named "mx3"\n  did you mean "mx1"?\n',
    ],
    'a variable without a value': [
      ['-i', 'inventory.yaml', 'play.yaml', '-e', 'greeting'],
      '-e greeting: expected name=value\n  or a JSON mapping, or @FILE\n',
    ],
    'a file of variables that is not there': [
      ['-i', 'inventory.yaml', 'play.yaml', '-e', '@secrets.json'],
      '-e @secrets.json: there is no file secrets.json\n',
    ],
  }
  for (const [what, [args, stderr]] of Object.entries(refused)) {
    test(what, () => {
      assert.deepEqual(folder.provision(...args), {
        code: 4,
        stdout: '',
        stderr: `${stderr}Nothing was contacted.\n`,
      })
    })
  }
})
