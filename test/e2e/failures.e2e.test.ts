import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import type { Lab } from '../../src/lab/lab.ts'
import type { Said } from './controller.ts'
import { fault } from './fault.ts'
import { Laptop, openTwoHosts, read } from './laptop.ts'

// Hosts on which something goes wrong once they were reached, each beside one on which nothing does.

const password = 'lab-operator-password'
let lab: Lab
let laptop: Laptop

before(async () => {
  lab = await openTwoHosts()
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  laptop.write('password', `${password}\n`)
  laptop.write('wrong', 'not-the-password\n')
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

function file(name: string): string {
  return join(laptop.folder, name)
}

describe('sudo', () => {
  const marks = `
- hosts: all
  become: true
  tasks:
    - name: Mark
      command: id -un >/root/mark
    - name: Processes
      command: ps axeww >/root/processes
`
  const run = async (broken: JsonObject, ...args: readonly string[]): Promise<Said> => {
    for (const host of ['fine', 'broken']) await laptop.onHost(host, 'rm -f /root/mark')
    const said = await laptop.provision(...laptop.twoHosts(broken), laptop.write('marks.yaml', marks), ...args)
    assert.equal(await laptop.onHost('fine', 'cat /root/mark'), 'root\n')
    return said
  }

  it('that wants a password, and gets none', async () => {
    const said = await run({ user: 'operator' })
    assert.equal(said.status, 3)
    assert.match(
      read(said),
      /^✖ broken · sudo asks for a password to become root\n {2}-K asks for the password once\n/m,
    )
  })

  it('that gets a wrong one', async () => {
    const said = await run({ user: 'operator' }, '--become-password-file', file('wrong'))
    assert.equal(said.status, 3)
    assert.match(read(said), /^✖ broken · sudo refused the password\n {2}type it again with -K\n/m)
    assert.doesNotMatch(said.stdout, /not-the-password/)
  })

  it('that gets the right one', async () => {
    const said = await run({ user: 'operator' }, '--become-password-file', file('password'))
    assert.equal(said.status, 0, said.stdout)
    assert.equal(await laptop.onHost('broken', 'cat /root/mark'), 'root\n')
  })

  it('is tried by ping, too', async () => {
    const said = await laptop.provision('ping', ...laptop.twoHosts({ user: 'operator' }), '-b')
    assert.equal(said.status, 3)
    assert.match(said.stdout, /^✔ fine {2}reached .*\n✖ broken · sudo: sudo asks for a password to become root\n/)
  })

  for (const user of ['deploy', 'operator']) {
    it(`${user === 'deploy' ? 'that wants none never gets it' : 'keeps it to itself'}: the password is nowhere else`, async () => {
      // Stands before the real one in sudo's path, and writes down all that it is fed.
      const spy = '#!/bin/sh\\ntee -a /root/fed | /bin/sh "$@"\\n'
      await laptop.onHost(
        'broken',
        `printf '${spy}' >/usr/local/sbin/sh; chmod 755 /usr/local/sbin/sh; rm -f /root/fed`,
      )
      const said = await run({ user }, '-vv', '--become-password-file', file('password'))
      await laptop.onHost('broken', 'rm /usr/local/sbin/sh')
      assert.equal(said.status, 0, said.stdout)
      assert.match(await laptop.onHost('broken', 'cat /root/processes'), /sudo -S -p/)
      const fed = await laptop.onHost('broken', 'cat /root/fed')
      assert.match(fed, /p_survey/)
      const journal = await laptop.onHost('broken', 'journalctl --no-pager --output=export')
      assert.match(journal, new RegExp(`sudo.*${user}`))
      assert.equal([fed, journal, said.stdout].join().includes(password), false)
      const search = ['grep', '-rlF', '-D', 'skip', password, '/etc', '/home', '/root', '/run', '/tmp', '/var']
      assert.equal((await lab.run('broken', search)).stdout, '')
    })
  }
})

describe('a host on which another run is at work', () => {
  fault({ fault: 'two runs at once', where: 'a second run, and a check, while a task runs' }, async (report) => {
    const gate = `
- hosts: all
  tasks:
    - name: Wait
      command:
        run: touch /tmp/waits; while [ ! -e /tmp/open ]; do sleep 0.05; done
        unless: test -e /tmp/open
`
    const args = [...laptop.twoHosts(), laptop.write('gate.yaml', gate)]
    const first = laptop.start(...args, '--limit', 'broken')
    await first.while('waits', async () => (await lab.run('broken', ['test', '-e', '/tmp/waits'])).status === 0)
    await laptop.onHost('fine', 'touch /tmp/open')
    const second = await laptop.provision(...args, '--output', 'json')
    const check = await laptop.provision(...args, '--check')
    await laptop.onHost('broken', 'touch /tmp/open')
    const { status, stdout } = await first.ended
    assert.equal(status, 0, stdout)

    assert.equal(second.status, 3)
    const refused = second.events.find((event) => event.type === 'unreachable')
    assert.deepEqual([refused?.host, refused?.stage], ['broken', 'lock'])
    const holder =
      /^another run holds this host: \S+@\S+, provision gate\.yaml, process \d+, since [\d-]{10} [\d:]{5} UTC, \d+ s ago$/
    assert.match(refused?.message ?? '', holder)
    assert.equal(refused?.hint, 'Nothing more was done on it. Wait for that run to end: --lock-timeout 600')
    assert.ok(second.events.some((event) => event.type === 'result' && event.host === 'fine' && event.status === 'ok'))
    assert.equal(check.status, 2)
    assert.match(read(check), /^broken {2}would change 1 {2}ok 0 {2}failed 0$/m)
    assert.equal((await laptop.provision(...args, '--limit', 'broken')).status, 0)
    report.injected(2)
    report.saw(refused?.message ?? '')
    report.after('the first run and the check ended well, the second did nothing on that host; as wanted')
  })
})

describe('a host that allows one session a connection', () => {
  fault({ fault: 'MaxSessions 1', where: 'a run as three users' }, async (report) => {
    const users = `
- hosts: all
  tasks:
    - command: id -un >/tmp/me
    - command: id -un >/tmp/root
      become: true
    - command: id -un >/tmp/other
      become: true
      become_user: operator
    - command: id -un >/tmp/me-again
`
    const setting = '/etc/ssh/sshd_config.d/one.conf'
    await laptop.onHost('broken', `echo MaxSessions 1 >${setting}; systemctl reload ssh`)
    const said = await laptop.provision(...laptop.twoHosts({}, { user: 'deploy' }), laptop.write('users.yaml', users))
    await laptop.onHost('broken', `rm ${setting}; systemctl reload ssh`)
    assert.equal(said.status, 0, said.stdout)
    assert.equal(
      await laptop.onHost('broken', 'cd /tmp; cat me root other me-again'),
      'deploy\nroot\noperator\ndeploy\n',
    )
    report.injected()
    report.saw('nothing: each user has a connection of its own')
    report.after('as wanted')
  })
})

describe('a task that fails', () => {
  const build = `
- hosts: all
  tasks:
    - name: Settings
      file: { path: /root/settings, content: "{{ inventory_hostname }}\\n" }
      notify: reload
    - name: Build
      command:
        run: echo building; echo no space left >&2; exit 7
        only_if: test -e /root/full
    - name: Behind
      command: { run: touch /root/built, creates: /root/built }
  handlers:
    - name: reload
      command: echo reloaded >>/root/reloads
`
  const run = (...args: readonly string[]): Promise<Said> =>
    laptop.provision(...laptop.twoHosts(), laptop.write('build.yaml', build), ...args)

  it('shows what the command printed and how it ended; the host goes no further, the other one does', async () => {
    await laptop.onHost('broken', 'touch /root/full')
    const said = await run()
    assert.equal(said.status, 1)
    const lines = `✖ broken · Build  ${file('build.yaml')}:7
  echo building; echo no space left >&2; exit 7 — exit 7 after 0.0 s
    building
    no space left
`
    assert.ok(read(said).includes(lines), read(said))
    assert.match(read(said), /^fine {2}changed 3 {2}ok 1 {2}failed 0$/m)
    assert.match(read(said), /^broken {2}changed 1 {2}ok 0 {2}failed 1 {2}not reached 1$/m)
    assert.match(said.stdout, /^Again for what failed: {2}provision .* --limit @failed$/m)
    assert.equal(await laptop.onHost('broken', 'ls /root/built /root/reloads 2>&1 | grep -c "No such"'), '2\n')
  })

  it('leaves its handlers owed: a check tells, the next run calls them though nothing changed, and once only', async () => {
    await laptop.onHost('broken', 'rm /root/full; touch /root/built')
    const check = await run('--check')
    assert.equal(check.status, 2)
    assert.match(read(check), /^ {2}\S+build\.yaml:14 {2}handler reload$/m)
    const next = await run()
    assert.equal(next.status, 0, next.stdout)
    assert.match(read(next), /^broken {2}changed {2}\S+build\.yaml:14 {2}handler reload$/m)
    assert.match(read(next), /^broken {2}changed 1 {2}ok 3 {2}failed 0$/m)
    const last = await run()
    assert.equal(last.status, 0)
    assert.match(read(last), /^broken {2}changed 0 {2}ok 3 {2}failed 0$/m)
    for (const host of ['fine', 'broken']) assert.equal(await laptop.onHost(host, 'cat /root/reloads'), 'reloaded\n')
  })

  it('leaves them owed whichever users the tasks and their handlers run as', async () => {
    const mixed = `
- hosts: all
  tasks:
    - file: { path: /home/deploy/mine, content: mine }
      notify: of root
    - file: { path: /root/yours, content: yours }
      become: true
      notify: of deploy
    - command: { run: exit 1, only_if: test -e /tmp/full }
  handlers:
    - name: of root
      become: true
      command: echo of root >>/root/calls
    - name: of deploy
      command: echo of deploy >>/home/deploy/calls
`
    const args = [...laptop.twoHosts({}, { user: 'deploy' }), laptop.write('mixed.yaml', mixed)]
    await laptop.onHost('broken', 'touch /tmp/full')
    assert.equal((await laptop.provision(...args)).status, 1)
    await laptop.onHost('broken', 'rm /tmp/full')
    const counts = []
    for (const _ of [1, 2]) counts.push(/^broken {2}changed \d/m.exec(read(await laptop.provision(...args)))?.[0])
    assert.deepEqual(counts, ['broken  changed 2', 'broken  changed 0'])
    for (const host of ['fine', 'broken']) {
      assert.equal(await laptop.onHost(host, 'cat /root/calls /home/deploy/calls'), 'of root\nof deploy\n')
    }
  })
})
