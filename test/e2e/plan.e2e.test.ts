import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { changesOf, type Said } from './controller.ts'
import { Laptop, openTwoHosts, read } from './laptop.ts'

// Plans that are saved, shown and applied on two hosts, one of which is moved in between.

const both = ['fine', 'broken'] as const
const password = 'correct-horse-battery'

const playbook = `
- name: Planned
  hosts: all
  vars_files: [secrets.yaml]
  tasks:
    - name: Time to live
      sysctl: { key: net.ipv4.ip_default_ttl, value: 10 }
    - name: Folder
      directory: { path: /srv/plan, mode: "0750" }
    - name: Password
      file: { path: /srv/plan/password, content: "{{ secrets.password }}\\n", mode: "0600" }
      notify: tell
    - name: Look
      command: cat /srv/there
      register: seen
    - name: What was seen
      file: { path: /srv/plan/copy, content: "{{ seen.stdout }}\\n" }
      notify: decided
    - name: There
      file: { path: /srv/there, content: "as wanted\\n" }
  handlers:
    - name: tell
      command: echo told >>/srv/plan/told
    - name: decided
      command: echo decided >>/srv/plan/told
    - name: never
      command: echo never >>/srv/plan/told
`
let lab: Lab
let laptop: Laptop
let inventory: readonly ['-i', string]
let site: string
let plan: string

before(async () => {
  lab = await openTwoHosts()
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  inventory = laptop.twoHosts()
  laptop.write('secrets.yaml', JSON.stringify({ secrets: { password } }))
  plan = join(laptop.folder, 'plan.json')
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

beforeEach(async () => {
  site = laptop.write('site.yaml', playbook)
  const reset = `rm -rf /srv/plan /var/lib/provision /etc/sysctl.d/*provision*; sysctl -qw net.ipv4.ip_default_ttl=60
mkdir -m 0755 /srv/plan; printf 'as wanted\\n' >/srv/there`
  await Promise.all(both.map((host) => laptop.onHost(host, reset)))
})

/** Makes the plan of what a test is about. */
async function save(...args: readonly string[]): Promise<Said> {
  const said = await laptop.provision(...inventory, site, '--check', '--save', plan, ...args)
  assert.equal(said.status, 2, said.stdout + said.stderr)
  return said
}

const apply = (...args: readonly string[]): Promise<Said> => laptop.provision('apply', plan, ...args)

async function assertUntouched(host: string): Promise<void> {
  assert.equal(await laptop.onHost(host, 'ls -A /srv/plan; stat -c %a /srv/plan'), '755\n')
}

async function logins(host: string): Promise<number> {
  return Number(await laptop.onHost(host, 'journalctl -q -u ssh -o cat | grep -c "^Accepted"'))
}

describe('a saved plan', () => {
  it('is shown as its check was, on a narrow terminal in colour too', async () => {
    const { stdout } = await save()
    assert.equal((await laptop.provision('show', plan)).stdout, stdout)
    const screens = []
    for (const args of [
      [...inventory, site, '--check', '--save', plan, '--output', 'plain'],
      ['show', plan],
    ]) {
      const running = laptop.startOnTerminal(80, 24, ...args)
      const { stdout: screen } = await running.ended
      screens.push(screen.slice(0, screen.lastIndexOf('ok 1')))
    }
    assert.equal(screens[1], screens[0])
    assert.match(screens[0]!, /would change/)
  })

  it('is applied exactly, with what was left to its turn; a second time it is refused', async () => {
    const checked = await save('--output', 'json')
    const before = await logins('fine')
    const done = await apply('--output', 'json')
    assert.equal(done.status, 0, done.stdout + done.stderr)
    assert.equal((await logins('fine')) - before, 1, 'the check and the apply share a connection')
    assert.match(done.stderr, /plan\.json: made .* ago, by /)
    for (const host of both) {
      const unknown = ['What was seen: /srv/plan/copy', 'decided: echo decided >>/srv/plan/told']
      const planned = [...changesOf(checked, host), ...unknown]
      assert.deepEqual(changesOf(done, host).toSorted(), planned.toSorted())
      assert.equal(await laptop.onHost(host, 'cat /srv/plan/copy /srv/plan/told'), 'as wanted\ntold\ndecided\n')
    }

    const again = await apply()
    assert.equal(again.status, 1, again.stdout)
    assert.match(read(again), /✖ fine · the plan {2}.*\n {2}it is not as the plan saw it: nothing was changed on it\n/)
    assert.match(
      read(again),
      / {4}\S*site\.yaml:6 {2}Time to live\n {6}net\.ipv4\.ip_default_ttl running was 60, is 10 now\n/,
    )
    assert.match(read(again), / {2}Everything is as wanted there: was the plan applied before\?\n/)
    assert.match(read(again), /^fine {2}changed 0 {2}ok 0 {2}failed 1 {2}not reached 8$/m)
  })

  it('leaves the host alone that was moved in between, says what moved, and is applied to the other', async () => {
    await save()
    await laptop.onHost('broken', 'sysctl -qw net.ipv4.ip_default_ttl=30; echo other >/srv/there')
    const said = await apply()
    assert.equal(said.status, 1, said.stdout)
    assert.match(read(said), /✖ broken · the plan/)
    assert.match(
      read(said),
      / {6}net\.ipv4\.ip_default_ttl running was 60, is 30 now\n.*There\n {6}\/srv\/there has other content now\n/,
    )
    assert.doesNotMatch(said.stdout, /✖ fine/)
    assert.match(read(said), /^fine {2}changed 7 {2}ok 1 {2}failed 0/m)
    await assertUntouched('broken')
    assert.equal(await laptop.onHost('broken', 'cat /proc/sys/net/ipv4/ip_default_ttl'), '30\n')
    assert.equal(await laptop.onHost('fine', 'cat /srv/plan/password'), `${password}\n`)
  })

  it('stops a host on which an item wants something else while the plan is applied', async () => {
    laptop.write('site.yaml', playbook.replace('command: cat', 'command: echo other >/srv/there; cat'))
    await save()
    const said = await apply()
    assert.equal(said.status, 1, said.stdout)
    assert.match(read(said), /✖ fine · There {2}.*\n {2}not in the plan: \/srv\/there, other content\n/)
    assert.equal(await laptop.onHost('fine', 'cat /srv/there'), 'other\n')
  })

  it('is refused when the playbook was edited in between: nothing is contacted', async () => {
    await save()
    laptop.write('site.yaml', playbook.replace('value: 10', 'value: 20'))
    const said = await apply()
    assert.deepEqual([said.status, said.stdout], [4, ''])
    assert.match(
      said.stderr,
      /What the plan was made from has changed since:\n {2}\S*site\.yaml\nNothing was contacted\./,
    )
    await Promise.all(both.map(assertUntouched))
  })

  it('is refused without the key that it was made with', async () => {
    await save()
    const key = join(laptop.folder, '.local/state/provision/plan-key')
    renameSync(key, `${key}.kept`)
    const said = await apply()
    renameSync(`${key}.kept`, key)
    assert.deepEqual([said.status, said.stdout], [4, ''])
    assert.match(said.stderr, /was made by \S+, with a key that is not here/)
    await Promise.all(both.map(assertUntouched))
  })

  it('holds no secret, though it compares them: a password that was changed in between moves its host', async () => {
    await Promise.all(both.map((host) => laptop.onHost(host, 'echo hunter22 >/srv/plan/password')))
    await save('--no-diff')
    const text = readFileSync(plan, 'utf8')
    assert.ok(!text.includes(password))
    // What --no-diff hides is not kept either: the old password is no secret that anybody knows of.
    assert.ok(!text.includes('hunter22'))
    assert.ok(!text.includes(Buffer.from(password).toString('base64').slice(0, -4)))
    await laptop.onHost('fine', 'echo hunter23 >/srv/plan/password')
    const said = await apply()
    assert.equal(said.status, 1)
    assert.match(read(said), /✖ fine · the plan[^✖]*Password\n {6}\/srv\/plan\/password has other content now\n/)
    assert.equal(await laptop.onHost('fine', 'cat /srv/plan/password'), 'hunter23\n')
    assert.equal(await laptop.onHost('broken', 'cat /srv/plan/password'), `${password}\n`)
  })

  it('leaves out a host that its check could not reach', async () => {
    const unreachable = laptop.inventory('unreachable', {
      fine: { host: lab.host('fine').ipv4 },
      gone: { host: '198.51.100.99' },
    })
    const checked = await laptop.provision(...unreachable, site, '--check', '--save', plan, '--timeout', '2')
    assert.equal(checked.status, 3)
    assert.match(checked.stderr, /gone is left out: its check could not reach it\./)
    const said = await apply()
    assert.equal(said.status, 1)
    assert.match(read(said), /✖ gone · the plan {2}.*\n {2}nothing is planned for it: its check could not reach it\n/)
    assert.match(read(said), /^fine {2}changed 7 /m)
  })
})
