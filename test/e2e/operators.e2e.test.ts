import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Lab } from '../../src/lab/lab.ts'
import type { Said } from './controller.ts'
import { Laptop, openTwoHosts, read } from './laptop.ts'
import { eventually, type Running } from './running.ts'

// Several people, or runs, that want the same hosts.

let lab: Lab
let laptop: Laptop

before(async () => {
  lab = await openTwoHosts()
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

beforeEach(async () => {
  const command = 'rm -rf /tmp/open-* /tmp/waits-* /root/mark /var/lib/provision'
  await Promise.all(['fine', 'broken'].map((host) => laptop.onHost(host, command)))
})

/** A playbook that is at work on a host until `/tmp/open-NAME` is there. */
function gate(name: string, hosts = 'all', fields = ''): string {
  const wait = `touch /tmp/waits-${name}; while [ ! -e /tmp/open-${name} ]; do sleep 0.05; done`
  return `
- hosts: ${hosts}
  tasks:
    - name: Wait
      command: { run: "${wait}", unless: test -e /tmp/open-${name} }
      ${fields}
`
}

const mark = `
- hosts: all
  tasks:
    - name: Mark
      command: { run: touch /root/mark, creates: /root/mark }
      become: true
`

async function atWork(running: Running, host: string, name: string): Promise<void> {
  const isThere = async () => (await lab.run(host, ['test', '-e', `/tmp/waits-${name}`])).status === 0
  await running.while(`is at work on ${host}`, isThere)
}

async function isMarked(host: string): Promise<boolean> {
  return (await lab.run(host, ['test', '-e', '/root/mark'])).status === 0
}

/** What was printed, without the breaks of its lines, and the stage at the end of the first. */
function unwrapped(stdout: string): string {
  return stdout.replaceAll(/(?: {2,}(?:lock|sudo))?\n {2}(?! )/g, ' ')
}

const seconds = (started: number): number => (performance.now() - started) / 1000

describe('two runs at once', () => {
  const only = ['--limit', 'broken'] as const

  it('the second waits with --lock-timeout, says for whom, and goes on when the first has ended', async () => {
    const inventory = laptop.twoHosts()
    const first = laptop.start(...inventory, laptop.write('gate.yaml', gate('first')), ...only)
    await atWork(first, 'broken', 'first')
    const second = laptop.start(...inventory, laptop.write('mark.yaml', mark), '--lock-timeout', '30')
    await second.until(/^· broken · waiting for \S+@\S+, provision gate\.yaml, since \d+ s; for 30 s at\s+most$/m)
    assert.equal(await isMarked('broken'), false)
    await laptop.onHost('broken', 'touch /tmp/open-first')
    const [one, two] = await Promise.all([first.ended, second.ended])
    assert.deepEqual([one.status, two.status], [0, 0], one.stdout + two.stdout)
    assert.ok(await isMarked('broken'))
  })

  it('waits no longer than that, and then fails on that host only', async () => {
    const inventory = laptop.twoHosts()
    const first = laptop.start(...inventory, laptop.write('gate.yaml', gate('first')), ...only)
    await atWork(first, 'broken', 'first')
    const said = await laptop.provision(...inventory, laptop.write('mark.yaml', mark), '--lock-timeout', '2')
    assert.equal(said.status, 3)
    const refused = /^✖ broken · after 2 s another run still holds this host: \S+@\S+, provision gate\.yaml, process/m
    assert.match(unwrapped(said.stdout), refused)
    assert.match(unwrapped(said.stdout), /Wait for that run to end: --lock-timeout 600$/m)
    assert.deepEqual([await isMarked('fine'), await isMarked('broken')], [true, false])
    await laptop.onHost('broken', 'touch /tmp/open-first')
    assert.equal((await first.ended).status, 0)
  })

  it('on a terminal its row says so; Ctrl-C ends the wait, and nothing is done', async () => {
    const inventory = laptop.twoHosts()
    const first = laptop.start(...inventory, laptop.write('gate.yaml', gate('first')), ...only)
    await atWork(first, 'broken', 'first')
    const args = [...inventory, laptop.write('mark.yaml', mark), ...only, '--lock-timeout', '600']
    const second = laptop.startOnTerminal(100, 24, ...args)
    await second.until(/broken .*waiting for \S+@\S+, provision gate/)
    second.type('\x03')
    const typed = performance.now()
    const { status, stdout } = await second.ended
    assert.ok(status === 130 && seconds(typed) < 3, `${status} after ${seconds(typed)} s`)
    assert.match(stripVTControlCharacters(stdout), /Interrupted: 1 task on 1 host not reached\./)
    assert.equal(await isMarked('broken'), false)
    await laptop.onHost('broken', 'touch /tmp/open-first')
    assert.equal((await first.ended).status, 0)
  })

  it('exclude each other, whomever their first tasks become: nothing is done before root’s lock is had', async () => {
    const early = `
- hosts: all
  tasks:
    - name: As who logs in
      command: touch /tmp/waits-early
    - name: As root
      command: { run: touch /root/mark, creates: /root/mark }
      become: true
`
    const first = laptop.start(...laptop.twoHosts(), laptop.write('gate.yaml', gate('first')), ...only)
    await atWork(first, 'broken', 'first')
    const deploy = laptop.twoHosts({ user: 'deploy' })
    const second = await laptop.provision(...deploy, laptop.write('early.yaml', early), ...only)
    assert.equal(second.status, 3)
    assert.match(second.stdout, /^✖ broken · another run holds this host/m)
    assert.equal((await lab.run('broken', ['test', '-e', '/tmp/waits-early'])).status, 1)
    await laptop.onHost('broken', 'touch /tmp/open-first')
    assert.equal((await first.ended).status, 0)
  })

  it('exclude each other as an ordinary user, whether that one logs in or is become', async () => {
    const file = laptop.write('gate.yaml', gate('first'))
    const login = laptop.start(...laptop.twoHosts({ user: 'deploy' }), file, ...only)
    await atWork(login, 'broken', 'first')
    const asDeploy = laptop.write('as.yaml', gate('first', 'all', 'become: true\n      become_user: deploy'))
    const become = await laptop.provision(...laptop.twoHosts(), asDeploy, ...only)
    assert.equal(become.status, 3)
    assert.match(become.stdout, /^✖ broken · another run holds this host/m)
    await laptop.onHost('broken', 'touch /tmp/open-first')
    assert.equal((await login.ended).status, 0)
  })

  it('the first is killed: its lock is gone at once', async () => {
    const inventory = laptop.twoHosts()
    const first = laptop.start(...inventory, laptop.write('gate.yaml', gate('first')), ...only)
    await atWork(first, 'broken', 'first')
    first.signal('SIGKILL')
    const free = async () => (await lab.run('broken', ['flock', '-n', '/run/provision.lock', 'true'])).status === 0
    assert.ok((await eventually('is free', free, 5)) < 2000)
    const said = await laptop.provision(...inventory, laptop.write('mark.yaml', mark))
    assert.equal(said.status, 0, said.stdout)
  })

  it('that each hold what the other waits for do not wait for each other: one gives up, the other ends well', async () => {
    const inventory = laptop.twoHosts()
    const wait = ['--lock-timeout', '600']
    const forth = gate('forth', 'fine') + mark.replace('all', 'broken')
    const back = gate('back', 'broken') + mark.replace('all', 'fine')
    const one = laptop.start(...inventory, laptop.write('forth.yaml', forth), ...wait)
    const two = laptop.start(...inventory, laptop.write('back.yaml', back), ...wait)
    await Promise.all([atWork(one, 'fine', 'forth'), atWork(two, 'broken', 'back')])
    await Promise.all([laptop.onHost('fine', 'touch /tmp/open-forth'), laptop.onHost('broken', 'touch /tmp/open-back')])
    const started = performance.now()
    const ended = await Promise.all([one.ended, two.ended])
    assert.ok(seconds(started) < 15, `${seconds(started)} s`)
    assert.deepEqual(ended.map(({ status }) => status).toSorted(), [0, 3])
    const loser = ended.find(({ status }) => status === 3)?.stdout ?? ''
    assert.match(unwrapped(loser), /provision (forth|back)\.yaml, process \d+ waits for this run on another host/)
  })
})

describe('a hold', () => {
  const hold = (...args: readonly string[]): Promise<Said> => laptop.provision('hold', ...laptop.twoHosts(), ...args)
  const apply = (...args: readonly string[]): Promise<Said> =>
    laptop.provision(...laptop.twoHosts({ user: 'deploy' }), laptop.write('mark.yaml', mark), ...args)

  it('stops an apply on that host before anything is done, and no other; a check tells of it', async () => {
    const held = await hold('broken', '--reason', 'new disk', '--for', '2h')
    assert.equal(held.status, 0, held.stderr)
    assert.match(held.stdout, /^✔ broken {2}held until \d{4}-\d\d-\d\d \d\d:\d\d UTC: new disk$/m)
    assert.equal(await laptop.onHost('broken', 'stat -c "%a %U" /var/lib/provision/hold'), '600 root\n')

    const stopped = await apply()
    assert.equal(stopped.status, 3)
    const text = unwrapped(stopped.stdout)
    assert.match(text, /^✖ broken · \S+@\S+ holds this host until \S+ \S+ UTC: new disk since \S+ \S+ UTC, \d+ s ago/m)
    assert.match(text, /provision release broken\. Knowingly, this once: --ignore-hold$/m)
    assert.deepEqual([await isMarked('fine'), await isMarked('broken')], [true, false])

    const check = await apply('--check')
    assert.equal(check.status, 2)
    assert.match(
      unwrapped(check.stdout),
      /^· broken · \S+ holds this host until .*: new disk; an apply would stop here$/m,
    )
    assert.match(read(check), /^broken {2}would change 1 {2}ok 0 {2}failed 0$/m)
  })

  it('is listed, released, and can be ignored knowingly', async () => {
    await hold('broken', '--reason', 'new disk')
    const list = await hold('--list')
    assert.match(list.stdout, /^· fine {2}not held\n✖ broken {2}held by \S+@\S+ since .*, until .*: new disk$/m)
    const ignored = await apply('--ignore-hold')
    assert.equal(ignored.status, 0, ignored.stdout)
    assert.match(unwrapped(ignored.stdout), /^· broken · .*: new disk \(ignored\)$/m)
    const released = await laptop.provision('release', ...laptop.twoHosts({ user: 'deploy' }), 'all')
    assert.match(released.stdout, /^· fine {2}was not held\n✔ broken {2}released; it was held by .*: new disk$/m)
    assert.equal((await apply()).status, 0)
  })

  it('of somebody else stays as it is; one’s own can be made longer', async () => {
    await laptop.onHost('broken', 'mkdir -p /var/lib/provision')
    const until = '$(($(date +%s) + 3600))'
    await laptop.onHost('broken', `printf '%s\\n' bob@desk 1 ${until} audit >/var/lib/provision/hold`)
    const refused = await hold('broken', '--reason', 'mine')
    assert.equal(refused.status, 1)
    assert.match(
      refused.stdout,
      /^✖ broken {2}held by bob@desk since .*: audit already\n {2}provision release broken, then/m,
    )
    await laptop.onHost('broken', 'rm /var/lib/provision/hold')
    for (const reason of ['mine', 'mine still']) assert.equal((await hold('broken', '--reason', reason)).status, 0)
    assert.match((await hold('--list', 'broken')).stdout, /: mine still$/m)
  })

  it('whose time is over does not count, and the next apply removes it', async () => {
    await laptop.onHost('broken', 'mkdir -m 700 /var/lib/provision')
    await laptop.onHost('broken', "printf '%s\\n' bob@desk 1 2 audit >/var/lib/provision/hold")
    assert.match((await hold('--list', 'broken')).stdout, /^· broken {2}not held$/m)
    assert.equal((await apply('--check')).status, 2)
    assert.equal((await lab.run('broken', ['test', '-e', '/var/lib/provision/hold'])).status, 0)
    assert.equal((await apply()).status, 0)
    assert.equal((await lab.run('broken', ['test', '-e', '/var/lib/provision/hold'])).status, 1)
  })

  it('is root’s: who cannot become it learns how', async () => {
    const said = await laptop.provision('hold', ...laptop.twoHosts({ user: 'operator' }), 'broken', '--reason', 'x')
    assert.equal(said.status, 3)
    assert.match(said.stdout, /^✖ broken · sudo: sudo asks for a password to become root\s+-K asks/m)
  })
})
