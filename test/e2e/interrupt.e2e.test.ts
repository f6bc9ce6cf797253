import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Lab } from '../../src/lab/lab.ts'
import { LabForwarder } from '../../src/lab/lab-forwarder.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { displayWidth } from '../../src/report/width.ts'
import { FakeScreen } from '../report/fake-screen.ts'
import { type FaultReport, fault } from './fault.ts'
import { Laptop, openTwoHosts, read } from './laptop.ts'
import { eventually, type Running } from './running.ts'

// Runs that end before their end: by Ctrl-C, by the death of the controller, by the loss of the connection.

const gateway = '198.51.100.1'
const both = ['fine', 'broken'] as const

/** `Take long` runs until the host has /tmp/open, and can be told by its sleep. */
const playbook = `
- name: Interrupted
  hosts: all
  tasks:
    - name: Before
      command: { run: touch /root/before, creates: /root/before }
      notify: reload
    - name: Take long
      command: while [ ! -e /tmp/open ]; do sleep 0.3217; done
    - name: Behind
      command: { run: touch /root/behind, creates: /root/behind }
  handlers:
    - name: reload
      command: echo reloaded >>/root/reloads
`
let lab: Lab
let laptop: Laptop
let file: string

before(async () => {
  lab = await openTwoHosts()
  // A frozen connection is noticed in 4 s, not in 40.
  laptop = new Laptop(lab, `Host ${gateway}\nServerAliveInterval 1`)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  file = laptop.write('interrupted.yaml', playbook)
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

beforeEach(async () => {
  await everywhere('rm -rf /root/before /root/behind /root/reloads /tmp/open /var/lib/provision')
})

async function everywhere(command: string): Promise<void> {
  await Promise.all(both.map((host) => laptop.onHost(host, command)))
}

async function isAtWork(host: string): Promise<boolean> {
  return (await lab.run(host, ['pgrep', '-f', '^sleep 0.3217'])).status === 0
}

async function untilAtWork(running: Running): Promise<void> {
  await Promise.all(both.map((host) => running.while(`is at work on ${host}`, () => isAtWork(host))))
}

/** Between two sleeps of the loop none is seen: it must stay away. */
async function isOver(host: string): Promise<boolean> {
  return !(await isAtWork(host)) && !(await isAtWork(host))
}

async function untilOver(seconds: number, ...hosts: readonly string[]): Promise<void> {
  await Promise.all(hosts.map((host) => eventually(`is over on ${host}`, () => isOver(host), seconds)))
}

/** A run from here to its end: no lock, no leftover is in its way, and the handler that is owed is called. */
async function goesOn(...args: readonly string[]): Promise<void> {
  await everywhere('touch /tmp/open')
  const said = await laptop.provision(...laptop.twoHosts(), file, ...args)
  assert.equal(said.status, 0, said.stdout)
  assert.match(said.stdout, /^broken +changed +\S+ +handler reload\b/m)
  assert.equal(await laptop.onHost('broken', 'cat /root/reloads'), 'reloaded\n')
}

describe('Ctrl-C', () => {
  it('once: each host finishes what is running, and what is left is told', async () => {
    const running = laptop.start(...laptop.twoHosts(), file)
    await untilAtWork(running)
    running.signal('SIGINT')
    await running.until(/^Finishing what is running on each host\. Ctrl-C again ends it now\.$/m)
    assert.ok(await isAtWork('fine'))
    await everywhere('touch /tmp/open')
    const said = await running.ended
    assert.equal(said.status, 130)
    for (const host of both) {
      assert.match(said.stdout, new RegExp(`^${host} +changed .* Take long `, 'm'))
      assert.match(read(said), new RegExp(`^${host} {2,}changed 2 {2}ok 0 {2}failed 0 {2}not reached 1$`, 'm'))
      assert.equal((await lab.run(host, ['ls', '/root/behind'])).status, 2)
    }
    assert.match(said.stdout, /^Interrupted: 2 tasks on 2 hosts not reached\.$/m)
    await goesOn()
  })

  it('while hosts are being asked: nothing is begun', async () => {
    const slowRead = `
- hosts: all
  tasks:
    - name: Never
      command: { run: touch /root/behind, unless: sleep 1.0217; test -e /root/behind }
`
    const running = laptop.start(...laptop.twoHosts(), laptop.write('slow-read.yaml', slowRead), '-l', 'broken')
    const asks = async () => (await lab.run('broken', ['pgrep', '-f', '^sleep 1.0217'])).status === 0
    await running.while('asks', asks)
    running.signal('SIGINT')
    const said = await running.ended
    assert.equal(said.status, 130)
    assert.match(read(said), /^broken {2}changed 0 {2}ok 0 {2}failed 0 {2}not reached 1$/m)
    assert.equal((await lab.run('broken', ['ls', '/root/behind'])).status, 2)
  })

  it('twice on a terminal: ends at once, on the hosts too, and leaves the terminal as it was', async () => {
    const running = laptop.startOnTerminal(80, 24, ...laptop.twoHosts(), file)
    await untilAtWork(running)
    running.type('\x03')
    await running.until(/Ctrl-C again ends it now\./)
    running.type('\x03')
    const typed = performance.now()
    const [{ status, stdout }] = await Promise.all([running.ended, untilOver(5, ...both)])
    assert.ok(performance.now() - typed < 5000)
    assert.equal(status, 130)
    const screen = new FakeScreen(80, 24)
    screen.write(stdout)
    assert.ok(screen.isUsual, 'the cursor is hidden, or lines do not wrap')
    // A command to be copied may wrap.
    const printed = stripVTControlCharacters(stdout).replace(/^Again for what failed: .*$/m, '')
    for (const line of printed.split(/[\r\n]+/)) assert.ok(displayWidth(line) < 80, line)
    const left = screen.history.replaceAll(/ {2,}/g, '  ')
    assert.match(left, /✖ fine · Take long .*\n {2}ended in the middle, with everything that it had started\n/)
    assert.match(
      left,
      /^broken {2}changed 1 {2}ok 0 {2}failed 1 {2}not reached 1 {2}[\d.]+ s\nInterrupted: 2 tasks on 2/m,
    )
    assert.doesNotMatch(left, /[━─]/, 'a row stayed on the screen')
    await goesOn()
  })
})

describe('the controller', () => {
  fault({ fault: 'controller killed', where: 'in the middle of a command, on two hosts' }, async (report) => {
    const running = laptop.start(...laptop.twoHosts(), file)
    await untilAtWork(running)
    running.signal('SIGKILL')
    await untilOver(5, ...both)
    assert.equal((await running.ended).status, 137)
    await goesOn()
    report.injected(both.length)
    report.saw('nothing more: the program is gone')
    report.after('nothing at work, no lock; the handler that was owed was called, the tasks behind were done')
  })

  it('to whom nobody listens any more goes on', async () => {
    const running = laptop.start(...laptop.twoHosts(), file, '-vv')
    await untilAtWork(running)
    running.closeOutput()
    await everywhere('touch /tmp/open')
    const { status, stderr } = await running.ended
    assert.deepEqual([status, stderr], [0, ''])
    for (const host of both) await laptop.onHost(host, 'test -e /root/behind')
  })
})

describe('a connection', () => {
  let forwarder: LabForwarder
  let through: readonly ['-i', string]

  before(async () => {
    const broken = lab.host('broken')
    forwarder = new LabForwarder(lab, { listen: { host: gateway }, target: { host: broken.ipv4, port: 22 } })
    const port = await forwarder.open()
    // Behind sudo the work is a process group that sshd cannot reach.
    const address = { host: gateway, port, host_key: await pinnedHostKey(lab, broken), user: 'deploy', become: true }
    through = laptop.twoHosts(address)
  })

  after(() => forwarder?.close())

  async function lose(harm: 'cut' | 'freeze', ...signals: readonly NodeJS.Signals[]): Promise<Running> {
    const running = laptop.start(...through, file)
    await untilAtWork(running)
    await laptop.onHost('fine', 'touch /tmp/open')
    await forwarder[harm]()
    for (const signal of signals) running.signal(signal)
    return running
  }

  async function assertLost(running: Running, reason: string, report: FaultReport): Promise<void> {
    const said = await running.ended
    assert.equal(said.status, 3)
    const complaint = `✖ broken · the connection to ${gateway} was lost: ${reason}\n  in the middle of "Take long" (${file}:8)\n`
    assert.ok(read(said).includes(complaint), said.stdout)
    assert.match(read(said), /^broken {2}changed 1 {2}ok 0 {2}failed 0 {2}not reached 2 {2}unreachable$/m)
    assert.match(read(said), /^fine {2,}changed 4 {2}ok 0 {2}failed 0$/m)
    report.injected()
    report.saw(`the connection to ${gateway} was lost: ${reason}, in the middle of "Take long"`)
  }

  fault({ fault: 'connection cut', where: 'in the middle of a command, behind sudo' }, async (report) => {
    const running = await lose('cut')
    await untilOver(5, 'broken')
    await assertLost(running, 'read ECONNRESET', report)
    await goesOn()
    report.after('nothing at work, no lock; the handler that was owed was called, the tasks behind were done')
  })

  fault({ fault: 'connection silent', where: 'in the middle of a command' }, async (report) => {
    await assertLost(await lose('freeze'), 'it does not answer any more', report)
    // The host hears nothing, so it cannot know: it is free when the network says that the connection is gone.
    await forwarder.cut()
    await forwarder.thaw()
    await untilOver(5, 'broken')
    await goesOn()
    report.after('nothing at work, no lock; the handler that was owed was called, the tasks behind were done')
  })

  it('that freezes does not hold up a second Ctrl-C', async () => {
    const running = await lose('freeze', 'SIGINT')
    await running.until(/Ctrl-C again ends it now\./)
    running.signal('SIGINT')
    const began = performance.now()
    const { status } = await running.ended
    assert.ok(performance.now() - began < 6000)
    assert.equal(status, 130)
    await forwarder.cut()
    await forwarder.thaw()
    await untilOver(5, 'broken')
  })
})
