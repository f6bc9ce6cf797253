import assert from 'node:assert/strict'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { Laptop } from './laptop.ts'

// A change that goes from host to host, and stops where a host does not come out of it well.

const names = ['one', 'two', 'three'] as const
let lab: Lab
let laptop: Laptop
let args: readonly string[]

/** A service on port 2525: a systemd socket that says a word to whoever comes. On a host that is ill it does not start. */
const playbook = `
- name: Roll out
  hosts: all
  serial: 1
  tasks:
    - name: Service
      file:
        path: /etc/systemd/system/word@.service
        content: |
          [Service]
          ExecStart=/bin/echo 220 {{ inventory_hostname }} {{ version }}
          StandardOutput=socket
    - name: Port
      file:
        path: /etc/systemd/system/word.socket
        content: |
          [Socket]
          ListenStream=2525
          Accept=yes
          # {{ version }}
      notify: restart
  handlers:
    - name: restart
      command: systemctl daemon-reload && systemctl stop word.socket && { [ -e /root/ill ] || systemctl start word.socket; }
  batch_check:
    - name: It answers
      port: { host: "{{ host.addresses.ipv4 }}", port: 2525, banner: "{{ inventory_hostname }} {{ version }}", timeout: 5 }
- name: Everybody has it
  hosts: all
  tasks:
    - name: Last
      command: { run: "touch /root/last-{{ version }}", creates: "/root/last-{{ version }}" }
`

before(async () => {
  lab = await openLab({ hosts: names.map((name) => ({ name, release: 'trixie' as const })) })
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  const hosts = Object.fromEntries(names.map((name) => [name, { host: lab.host(name).ipv4 }]))
  args = [...laptop.inventory('inventory', hosts), laptop.write('roll.yaml', playbook)]
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

beforeEach(async () => {
  for (const name of names) await laptop.onHost(name, 'rm -f /root/ill /root/last-*')
})

async function versions(): Promise<readonly string[]> {
  const read = names.map((name) => laptop.onHost(name, 'sed -n "s/^# //p" /etc/systemd/system/word.socket || :'))
  return (await Promise.all(read)).map((text) => text.trim())
}

it('goes to all hosts, one after another, and checks each before the next', async () => {
  const said = await laptop.provision(...args, '-e', 'version=v1', '--output', 'json')
  assert.equal(said.status, 0, said.stdout + said.stderr)
  const order = said.events.flatMap((event) =>
    event.type === 'result' && event.play === 'Roll out' ? [`${event.host} ${event.task}`] : [],
  )
  assert.deepEqual(
    order,
    names.flatMap((name) => ['Service', 'Port', 'restart', 'It answers'].map((task) => `${name} ${task}`)),
  )
})

it('stops where a host is not well after its change: those behind it are as they were, and are told', async () => {
  await laptop.onHost('two', 'touch /root/ill')
  const said = await laptop.provision(...args, '-e', 'version=v2')
  assert.equal(said.status, 1, said.stdout + said.stderr)
  assert.match(said.stdout, /^✖ two · It answers {2,}/m)
  assert.match(
    said.stdout.replaceAll('\n', ' '),
    / Stopped in "Roll out": the check of its batch failed on two\. Not touched by it: three\. /,
  )
  assert.match(said.stdout, /^Again for what failed: {2}provision .* --limit @failed$/m)
  assert.deepEqual(await versions(), ['v2', 'v2', 'v1'])

  // One has to be in it, too: it missed the last play.
  const state = join(laptop.folder, '.local/state/provision')
  const [list = ''] = (await lab.execute(['ls', state])).stdout.split('\n').filter((name) => name.startsWith('failed-'))
  assert.equal(readFileSync(join(state, list), 'utf8'), 'one\ntwo\nthree\n')
})

it('a host that is still ill stops the next run as well, although nothing is left to change on it', async () => {
  await laptop.onHost('two', 'touch /root/ill; systemctl stop word.socket')
  const still = await laptop.provision(...args, '-e', 'version=v2', '--limit', '@failed')
  assert.equal(still.status, 1, still.stdout)
  assert.deepEqual(await versions(), ['v2', 'v2', 'v1'])
  await laptop.onHost('two', 'rm /root/ill; systemctl start word.socket')
  const mended = await laptop.provision(...args, '-e', 'version=v2', '--limit', '@failed')
  assert.equal(mended.status, 0, mended.stdout)
  assert.deepEqual(await versions(), ['v2', 'v2', 'v2'])
  for (const name of names) await laptop.onHost(name, 'test -e /root/last-v2')
})

it('a check rolls, too, and changes nothing', async () => {
  const said = await laptop.provision(...args, '-e', 'version=v3', '--check', '--output', 'json')
  assert.equal(said.status, 2, said.stdout + said.stderr)
  const unknown = said.events.filter((event) => event.type === 'result' && event.task === 'It answers')
  assert.deepEqual(
    unknown.map((event) => event.type === 'result' && [event.host, event.status]),
    names.map((name) => [name, 'unknown']),
  )
  assert.deepEqual(await versions(), ['v2', 'v2', 'v2'])
})
