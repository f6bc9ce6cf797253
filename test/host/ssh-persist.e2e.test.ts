import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnreachableError } from '../../src/core/error.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import type { ReachOptions } from '../../src/host/options.ts'
import { type Reached, reach } from '../../src/host/reach.ts'
import { Forwarder } from '../../src/lab/forwarder.ts'
import { SshFolder, TestSshd } from './sshd.ts'
import { waitFor } from './victims.ts'

// Connections that stay open between runs; a run is whoever makes ReachOptions.

const roundTripMilliseconds = 100
const folder = new SshFolder()
const hostKey = folder.key('host')
const key = folder.key('good', { authorized: true })
const sshd = await TestSshd.start(folder, [hostKey])
const known = `127.0.0.1 ${readFileSync(`${hostKey}.pub`, 'utf8')}`
writeFileSync(folder.knownHosts, known)
const before = process.env.XDG_RUNTIME_DIR
process.env.XDG_RUNTIME_DIR = folder.path
const kept = join(folder.path, 'provision')
const forwarder = new Forwarder({ target: { host: '127.0.0.1', port: sshd.port }, roundTripMilliseconds })
const address: Partial<HostAddress> = { key, port: await forwarder.open() }

beforeEach(endAll)

after(async () => {
  await endAll()
  await forwarder.close()
  sshd.stop()
  process.env.XDG_RUNTIME_DIR = before
  folder.remove()
})

async function endAll(): Promise<void> {
  await run({ persistSeconds: 0 })
  await waitFor('the masters end', () => sockets().length === 0, 5000)
  forwarder.reset()
}

function sockets(): readonly string[] {
  return readdirSync(kept)
}

function master(): number {
  const said = spawnSync('ssh', ['-O', 'check', '-o', `ControlPath=${join(kept, sockets()[0]!)}`, 'kept'])
  return Number(/pid=(\d+)/.exec(said.stderr.toString())?.[1])
}

async function ask(host: Reached): Promise<string | undefined> {
  const session = await host.session()
  return (await session.survey([{ id: '0.a', script: sh`echo here` }])).get('0.a')?.text
}

async function run(more: Partial<ReachOptions> = {}, to: Partial<HostAddress> = {}): Promise<string | undefined> {
  const host = await reach(sshd.address({ ...address, ...to }), { acceptNew: false, persistSeconds: 60, ...more })
  try {
    return await ask(host)
  } finally {
    await host.close()
  }
}

const connections = () => forwarder.traffic().connections

test('a repeated run waits for the network three times: channel, shell, question', async () => {
  assert.equal(await run(), 'here\n')
  let fewest = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 6 && fewest > 3; tries++) {
    // The farewell of the run before is no part of this one.
    await sleep(3 * roundTripMilliseconds)
    forwarder.reset()
    assert.equal(await run(), 'here\n')
    fewest = Math.min(fewest, forwarder.traffic().turns)
  }
  assert.equal(fewest, 3)
  assert.equal(connections(), 0)
})

test('without the option the kept connection is not used, and stays', async () => {
  await run()
  const host = await reach(sshd.address(address), { acceptNew: false })
  assert.equal(await ask(host), 'here\n')
  await host.close()
  assert.equal(connections(), 2)
  assert.equal(sockets().length, 1)
})

test('a host that is reached again in a run gets a new connection', async () => {
  const options = { acceptNew: false, persistSeconds: 60 }
  const first = await reach(sshd.address(address), options)
  const again = await reach(sshd.address(address), options)
  assert.deepEqual([await ask(first), await ask(again)], ['here\n', 'here\n'])
  await Promise.all([first.close(), again.close()])
  assert.equal(connections(), 2)
})

test('a master that was killed, and one whose host went away, are replaced', async () => {
  await run()
  process.kill(master(), 'SIGKILL')
  assert.equal(await run(), 'here\n')
  forwarder.cut()
  assert.equal(await run(), 'here\n')
  assert.equal(connections(), 3)
})

test('a host that fell silent is given up after three keepalives, and reached anew', async () => {
  await run({ keepaliveSeconds: 1 })
  const pids = spawnSync('pgrep', ['-P', String(sshd.process.pid)], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
  for (const pid of pids) process.kill(Number(pid), 'SIGSTOP')
  assert.equal(await run({ keepaliveSeconds: 1 }), 'here\n')
  for (const pid of pids) process.kill(Number(pid), 'SIGCONT')
  assert.equal(connections(), 2)
})

test('another pin, key or known_hosts is another connection: what is not trusted any more is not used', async () => {
  await run()
  const other = readFileSync(`${folder.key('other')}.pub`, 'utf8')
  const refused = async (to: Partial<HostAddress>) => {
    const error = await run({}, to).catch((error: unknown) => error)
    assert.ok(error instanceof UnreachableError, String(error))
    return error.stage
  }
  assert.equal(await refused({ hostKey: other }), 'host key')
  assert.equal(await refused({ key: folder.key('stranger') }), 'authentication')
  writeFileSync(folder.knownHosts, `127.0.0.1 ${other}`)
  assert.equal(await refused({}), 'host key')
  writeFileSync(folder.knownHosts, known)
})

test('the folder of the sockets must be of this user alone', async () => {
  chmodSync(kept, 0o755)
  const error = await run().catch((error: unknown) => error)
  chmodSync(kept, 0o700)
  assert.ok(error instanceof UnreachableError)
  assert.match(error.message, /is not a folder of yours alone/)
})

test('without an ssh program that is said', async () => {
  const path = process.env.PATH
  process.env.PATH = kept
  const error = await run().catch((error: unknown) => error)
  process.env.PATH = path
  assert.ok(error instanceof UnreachableError)
  assert.match(error.message, /takes the ssh program, which is not installed here/)
  assert.match(error.hint ?? '', /--persist/)
})
