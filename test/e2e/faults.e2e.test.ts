import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { changesOf, failuresOf } from './controller.ts'
import { fault } from './fault.ts'
import { Laptop, openTwoHosts } from './laptop.ts'
import { Running } from './running.ts'

// Hosts that cannot be reached, each beside one that can. What a user reads is part of the interface, and tested to the letter.

const marks = `
- name: Marks
  hosts: all
  tasks:
    - name: Mark
      file: { path: /root/mark, content: "{{ mark }}\\n" }
`
const root = { become: false }
let lab: Lab
let laptop: Laptop
let strangers: Running
let mark = 0
let fine: JsonObject
let broken: string
let key: string
let stranger: string

before(async () => {
  lab = await openTwoHosts()
  laptop = new Laptop(lab)
  laptop.write('marks.yaml', marks)
  fine = { host: lab.host('fine').ipv4 }
  broken = lab.host('broken').ipv4
  key = shownKey()
  stranger = join(laptop.folder, 'stranger')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', stranger])
  const script = join(import.meta.dirname, 'strangers.ts')
  const argv = [process.execPath, '--import', 'tsx', script, gateway]
  strangers = new Running(lab.inNamespace(argv, { stdio: 'pipe' }))
  await strangers.until(/ready/)
})

after(async () => {
  strangers?.signal('SIGTERM')
  laptop?.close()
  await lab?.close()
})

/** The address of the laptop itself, as the hosts see it. */
const gateway = '198.51.100.1'

/** The broken host's line of known_hosts for the key that it shows. */
function shownKey(): string {
  const lines = readFileSync(join(lab.directory, 'known_hosts'), 'utf8').split('\n')
  return lines.find((line) => line.startsWith(`${broken},`) && line.includes(' ssh-ed25519 '))?.split(' ')[2] ?? ''
}

function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? ''
}

/** `SHA256:…` as ssh-keygen prints it, so that it is not our own arithmetic that is compared. */
function fingerprint(base64: string): string {
  const said = execFileSync('ssh-keygen', ['-lf', '-'], { input: `ssh-ed25519 ${base64}\n`, encoding: 'utf8' })
  return said.split(' ')[1] ?? ''
}

/** Writes known_hosts: the lab's own lines but for the broken host, which gets these. */
function know(...lines: readonly string[]): void {
  const own = readFileSync(join(lab.directory, 'known_hosts'), 'utf8').split('\n')
  const others = own.filter((line) => !line.startsWith(`${broken},`))
  writeFileSync(laptop.knownHosts, [...lines, ...others].join('\n'))
}

interface Complaint {
  readonly stage: string
  readonly message: string
  readonly hint: string | undefined
}

/** Runs the playbook on both hosts; the fine one must be changed, whatever becomes of the other. */
async function complaint(fields: JsonObject, ...args: readonly string[]): Promise<Complaint> {
  const inventory = laptop.inventory('inventory', { fine, broken: { host: broken, ...fields } })
  mark++
  const playbook = join(laptop.folder, 'marks.yaml')
  const said = await laptop.provision(...inventory, playbook, '-e', `mark=${mark}`, '--output', 'json', ...args)
  assert.deepEqual(changesOf(said, 'fine'), ['Mark: /root/mark'], failuresOf(said))
  assert.equal(await lab.demand('fine', ['cat', '/root/mark']), `${mark}\n`)
  assert.deepEqual(changesOf(said, 'broken'), [])
  assert.equal(said.status, 3)
  const [event, ...more] = said.events.filter((one) => one.type === 'unreachable')
  assert.ok(event?.host === 'broken' && more.length === 0, said.stdout)
  return { stage: event.stage, message: event.message, hint: event.hint }
}

/** Runs the playbook on both hosts, of which none complains. */
async function works(fields: JsonObject, ...args: readonly string[]): Promise<void> {
  const inventory = laptop.inventory('inventory', { fine, broken: { host: broken, ...fields } })
  mark++
  const said = await laptop.provision(...inventory, join(laptop.folder, 'marks.yaml'), '-e', `mark=${mark}`, ...args)
  assert.equal(said.status, 0, said.stdout + said.stderr)
  for (const host of ['fine', 'broken']) assert.equal(await lab.demand(host, ['cat', '/root/mark']), `${mark}\n`)
}

describe('a host key', () => {
  const compare = 'Compare the fingerprint, then again with --accept-new; or pin the key in the inventory: host_key'

  it('that is unknown is shown, and added with --accept-new only', async () => {
    know()
    assert.deepEqual(await complaint(root), {
      stage: 'host key',
      message: `${broken} is not in known_hosts; it shows ${fingerprint(key)} (ssh-ed25519)`,
      hint: compare,
    })
    await works(root, '--accept-new')
    assert.ok(readFileSync(laptop.knownHosts, 'utf8').endsWith(`\n${broken} ssh-ed25519 ${key}\n`))
    await works(root)
  })

  fault({ fault: 'host key changed', where: 'ahead of a run, with and without --accept-new' }, async (report) => {
    know(`${broken} ssh-ed25519 ${publicKey(stranger)}`)
    const advice = `ssh-keygen -R ${broken} -f ${laptop.knownHosts}`
    const changed = {
      stage: 'host key',
      message: `${broken} shows another host key than ${laptop.knownHosts} line 1
expected ${fingerprint(publicKey(stranger))}  got ${fingerprint(key)} (ssh-ed25519)`,
      hint: `If the host was reinstalled: ${advice}, then again with --accept-new. If not, somebody may be listening: stop.`,
    }
    assert.deepEqual(await complaint(root), changed)
    assert.deepEqual(await complaint(root, '--accept-new'), changed)
    const hosts = laptop.inventory('inventory', { fine, broken: { host: broken } })
    const { stdout } = await laptop.provision(...hosts, join(laptop.folder, 'marks.yaml'), '-e', 'mark=0')
    const screen = `✖ broken · ${changed.message} ${changed.hint} `
    assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(screen.replaceAll(/\s+/g, ' ')), stdout)
    execFileSync('sh', ['-c', advice], { stdio: 'ignore' })
    await works(root, '--accept-new')
    report.injected(3)
    report.saw(`${broken} shows another host key than ~/.ssh/known_hosts line 1`)
    report.after('nothing was sent; both hosts as wanted once the old key was removed by hand')
  })

  it('that is revoked is refused, though it is known as well', async () => {
    know(`@revoked * ssh-ed25519 ${key}`, `${broken} ssh-ed25519 ${key}`)
    assert.deepEqual(await complaint(root, '--accept-new'), {
      stage: 'host key',
      message: `${broken} shows a host key that ${laptop.knownHosts} line 1 revokes\n${fingerprint(key)} (ssh-ed25519)`,
      hint: 'Somebody else may hold this key: stop, and find out why it was revoked.',
    })
  })

  it('that the inventory pins must be the one', async () => {
    know(`${broken} ssh-ed25519 ${key}`)
    assert.deepEqual(await complaint({ ...root, host_key: `ssh-ed25519 ${publicKey(stranger)}` }), {
      stage: 'host key',
      message: `${broken} shows another host key than host_key in the inventory
expected ${fingerprint(publicKey(stranger))}  got ${fingerprint(key)} (ssh-ed25519)`,
      hint: 'If the host was reinstalled, change host_key. If not, somebody may be listening: stop.',
    })
    know()
    await works({ ...root, host_key: `ssh-ed25519 ${key}` })
    await works({ ...root, host_key: fingerprint(key) })
  })
})

describe('a login', () => {
  before(() => know(`${broken} ssh-ed25519 ${key}`))

  it('with a key that the host does not take: which were tried', async () => {
    assert.deepEqual(await complaint({ ...root, key: stranger }), {
      stage: 'authentication',
      message: `${broken} refuses root; it accepts publickey, password\noffered: ~/stranger`,
      hint: `is the user right, and the key in the host's authorized_keys? ssh-copy-id root@${broken}`,
    })
  })

  it('with a key that is not there', async () => {
    assert.deepEqual(await complaint({ ...root, key: join(laptop.folder, 'absent') }), {
      stage: 'authentication',
      message: `there is no key to log in to ${broken} with as root\nnot usable: ~/absent (does not exist)`,
      hint: 'make one with ssh-keygen, load it with ssh-add, or name it in the inventory: key',
    })
  })
})

describe('on the way to a host', () => {
  it('a name that does not exist in DNS', async () => {
    assert.deepEqual(await complaint({ ...root, host: 'mx1.example' }), {
      stage: 'dns',
      message: 'mx1.example has no address in DNS',
      hint: 'is host: in the inventory spelled right?',
    })
  })

  it('a network without a route', async () => {
    assert.deepEqual(await complaint({ ...root, host: '203.0.113.1' }), {
      stage: 'tcp',
      message: 'no route to 203.0.113.1',
      hint: 'is the address right, and the network up?',
    })
  })

  it('a closed port', async () => {
    assert.deepEqual(await complaint({ ...root, port: 2222 }), {
      stage: 'tcp',
      message: `${broken} port 2222 refuses connections`,
      hint: 'does sshd run there, and on this port? port: in the inventory',
    })
  })

  it('something that does not speak SSH', async () => {
    assert.deepEqual(await complaint({ ...root, host: gateway, port: 2525 }), {
      stage: 'banner',
      message: `${gateway} port 2525 does not speak SSH; it greets with "220 mx1.example.org ESMTP"`,
      hint: 'is port: right?',
    })
  })

  it('an installer that is not done', async () => {
    assert.deepEqual(await complaint({ ...root, host: gateway, port: 2526 }), {
      stage: 'banner',
      message: `${gateway} port 2526 does not speak SSH; it greets with "Installation in progress, please wait"`,
      hint: 'the host seems to be busy installing: wait until it is done',
    })
  })

  it('a host that is down: told once the time is up, and done with @failed when it is back', async () => {
    await lab.powerOff('broken')
    assert.deepEqual(await complaint(root, '-T', '1'), {
      stage: 'tcp',
      message: `${broken} port 22 did not answer within 1 s`,
      hint: 'the host is down, or a firewall drops the packets',
    })
    await lab.boot('broken')
    const inventory = laptop.inventory('inventory', { fine, broken: { host: broken } })
    const playbook = join(laptop.folder, 'marks.yaml')
    const again = await laptop.provision(...inventory, playbook, '-e', 'mark=again', '--limit', '@failed')
    assert.equal(again.status, 0, again.stdout + again.stderr)
    assert.match(again.stdout, /^broken {2}changed 1 {3}ok 0 {3}failed 0 /m)
    assert.doesNotMatch(again.stdout, /^fine/m)
  })
})
