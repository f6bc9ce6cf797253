import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFacts } from '../../src/engine/facts.ts'
import { FACT_NAMES } from '../../src/input/unknown-names.ts'
import { cpuTime } from '../cpu-time.ts'
import { notes, project } from './project.ts'

const HOSTS = `
all:
  vars: { user: root }
  children:
    mail: { hosts: { "mx[1:3]": } }
    dns: { hosts: { ns1: } }
`

test('plays come with their hosts in inventory order, and what they say about batches', () => {
  const loaded = project({
    'inventory.yaml': HOSTS,
    'site.yaml': `
- { name: One, hosts: "dns,mail:!mx2", serial: [1, "50%"], any_errors_fatal: yes, gather_facts: no }
- { hosts: [ns1], connection: local }
- { hosts: localhost }
`,
  }).load()
  const plays = loaded.plays.map(({ name, place: { line }, hosts, serial, anyErrorsFatal }) => ({
    name,
    line,
    hosts: hosts.map(({ host }) => host.name),
    serial,
    anyErrorsFatal,
  }))
  assert.deepEqual(plays, [
    { name: 'One', line: 2, hosts: ['mx1', 'mx3', 'ns1'], serial: [1, '50%'], anyErrorsFatal: true },
    { name: 'ns1', line: 3, hosts: ['ns1'], serial: undefined, anyErrorsFatal: false },
    { name: 'localhost', line: 4, hosts: ['localhost'], serial: undefined, anyErrorsFatal: false },
  ])
  assert.equal(loaded.plays[1]?.hosts[0]?.host.connection, 'local')
  assert.deepEqual(loaded.plays[2]?.hosts[0]?.host, {
    name: 'localhost',
    host: 'localhost',
    connection: 'local',
    user: 'root',
  })
  assert.deepEqual(
    loaded.hosts.map(({ name }) => name),
    ['mx1', 'mx3', 'ns1', 'localhost'],
  )
})

test('how a play rolls: sizes and shares as Ansible’s users write them, and tasks that see what the others registered', () => {
  const loaded = project({
    'site.yaml': `
- hosts: all
  serial: ["2", 10%]
  max_fail_percentage: 25%
  tasks: [{ command: "id", register: who, tags: [one] }]
  handlers: [{ name: restart, command: restart }]
  batch_check: [{ name: "Well as {{ who.stdout }}", note: { text: "{{ who.stdout }}" } }]
- hosts: all
  max_fail_percentage: 0
`,
  }).load({ tags: ['one'] })
  const [first, second] = loaded.plays
  assert.deepEqual([first?.serial, first?.maxFailPercentage, second?.maxFailPercentage], [[2, '10%'], 25, 0])
  const play = first?.hosts[0]
  assert.deepEqual([play?.tasks.length, play?.handlers.length], [1, 1])
  // Tags choose tasks; what has to hold at the end of a batch has to hold all the same.
  const [check] = play?.batchCheck ?? []
  assert.deepEqual([...(check?.uses ?? [])], ['who'])
  const [item] = check?.expand({ who: { stdout: 'root' } }) ?? []
  assert.deepEqual([item?.name, item?.params], ['Well as root', { text: 'root' }])
})

test('--limit leaves out hosts, and plays that have none left; leaving nothing is a mistake', () => {
  const one = project({ 'inventory.yaml': HOSTS, 'site.yaml': '- hosts: mail\n- hosts: dns\n' })
  const { plays } = one.load({ limit: 'mail:!mx1' })
  assert.deepEqual(
    plays.map(({ name, hosts }) => [name, hosts.map(({ host }) => host.name)]),
    [['mail', ['mx2', 'mx3']]],
  )
  const mail = project({ 'inventory.yaml': HOSTS, 'site.yaml': '- hosts: mail\n' })
  assert.equal(mail.errors({ limit: 'ns1' }), '--limit ns1: no play of site.yaml is for these hosts')
  assert.equal(
    mail.errors({ limit: 'msx1' }),
    '--limit msx1: no host and no group is named "msx1"\n  did you mean "mx1"?',
  )
})

test('describe lists tasks with places, tags and what loops come to', () => {
  const one = project({
    'inventory.yaml': HOSTS,
    'site.yaml': `
- name: Mail
  hosts: mail
  tags: [all_of_it]
  tasks:
    - { include: tasks/a.yaml, tags: [network] }
    - { name: "Arch {{ host.arch }}", note: { text: "{{ host.arch }}" } }
    - { name: skipped, note: { text: 1 }, when: false }
`,
    'tasks/a.yaml':
      '- { name: "{{ inventory_hostname }} {{ item }}", note: { text: 1 }, loop: [a, b], when: inventory_hostname != "mx3" }\n',
  })
  const [play] = one.load().describe()
  assert.equal(play?.name, 'Mail')
  assert.deepEqual(play?.hosts, ['mx1', 'mx2', 'mx3'])
  assert.deepEqual(
    play?.tasks.map(({ name, place, tags, items }) => [name, place.line, tags, items]),
    [
      ['{{ inventory_hostname }} {{ item }}', 1, ['all_of_it', 'network'], ['mx1 a', 'mx1 b', 'mx2 a', 'mx2 b']],
      ['Arch {{ host.arch }}', 7, ['all_of_it'], []],
      ['skipped', 8, ['all_of_it'], []],
    ],
  )
  assert.equal(play?.tasks[0]?.place.file, `${one.directory}/tasks/a.yaml`)
})

test('the facts that names are checked against are those that a host tells', () => {
  const facts = parseFacts('')
  assert.deepEqual(Object.keys(FACT_NAMES), Object.keys(facts))
  for (const [fact, parts] of Object.entries(FACT_NAMES)) {
    if (parts === null || parts.length === 0) continue
    assert.deepEqual(parts, Object.keys(facts[fact] ?? {}))
  }
})

test('an inventory of two megabytes and 2,000 hosts loads in seconds', () => {
  const hosts = Array.from(
    { length: 2000 },
    (_, index) => `    mx${index}: { host: 192.0.2.1, note: "${'x'.repeat(950)}", number: ${index} }`,
  )
  const one = project({
    'inventory.yaml': `all:\n  vars: { text: "{{ number }}" }\n  hosts:\n${hosts.join('\n')}\n`,
    'site.yaml':
      '- hosts: all\n  tasks: [{ note: { text: "{{ text }}" } }, { service: { name: x }, when: number > 5 }]\n',
  })
  const start = cpuTime()
  const loaded = one.load()
  const seconds = (cpuTime() - start) / 1000
  assert.deepEqual(notes(loaded, { host: 'mx1999' })[0], 1999)
  assert.ok(seconds < 20, `${seconds.toFixed(1)} s`)
})
