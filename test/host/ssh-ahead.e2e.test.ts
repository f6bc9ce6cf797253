import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import ssh2 from 'ssh2'
import { UnreachableError } from '../../src/core/error.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import { reach } from '../../src/host/reach.ts'
import { Forwarder } from '../../src/lab/forwarder.ts'
import { SshFolder, TestSshd } from './sshd.ts'
import { firstOutput } from './victims.ts'

// How often a login waits for the network. A forwarder makes each wait last; on a busy machine a pause of this program can
// look like one, so that the fewest of some tries count.

const roundTripMilliseconds = 150

/** Key exchange 1, login with its proof and the channel 2, shell 3, question 4; then the farewell, for which nobody waits. */
const TURNS = 4

const { Client } = ssh2
const folder = new SshFolder()
const hostKeys = ['ed25519', 'rsa', 'ecdsa'].map((type) => folder.key(`host-${type}`, { type }))
const keys = ['ed25519', 'rsa', 'ecdsa'].map((type) => ({ type, file: folder.key(type, { type, authorized: true }) }))
const stranger = folder.key('stranger')
const good = keys[0]!.file
const known = hostKeys.map((file) => `127.0.0.1 ${readFileSync(`${file}.pub`, 'utf8')}`).join('')
writeFileSync(folder.knownHosts, known)
const options = { acceptNew: false }
const sshd = await TestSshd.start(folder, hostKeys)

after(() => {
  sshd.stop()
  folder.remove()
})

async function fewestTurns(address: Partial<HostAddress>, expected: number, to = sshd): Promise<number> {
  const forwarder = new Forwarder({ target: { host: '127.0.0.1', port: to.port }, roundTripMilliseconds })
  const port = await forwarder.open()
  let fewest = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 6 && fewest > expected; tries++) {
    forwarder.reset()
    const host = await reach(to.address({ ...address, port }), { ...options })
    const session = await host.session()
    const answers = await session.survey([{ id: '0.a', script: sh`echo here` }])
    assert.equal(answers.get('0.a')?.text, 'here\n')
    fewest = Math.min(fewest, forwarder.traffic().turns)
    await host.close()
  }
  await forwarder.close()
  return fewest
}

async function withAgent(files: readonly string[], run: () => Promise<void>): Promise<void> {
  const socket = join(folder.path, `agent-${files.length}`)
  const agent = spawn('ssh-agent', ['-D', '-a', socket])
  await firstOutput(agent)
  process.env.SSH_AUTH_SOCK = socket
  execFileSync('ssh-add', ['-q', ...files])
  try {
    await run()
  } finally {
    process.env.SSH_AUTH_SOCK = ''
    agent.kill()
  }
}

for (const { type, file } of keys) {
  test(`a key file (${type}) is proven, and the channel opened, along with the request to log in`, async () => {
    assert.equal(await fewestTurns({ key: file }, TURNS), TURNS)
  })
}

for (const { type, file } of keys) {
  test(`so is the only key of an agent (${type})`, () =>
    withAgent([file], async () => assert.equal(await fewestTurns({}, TURNS), TURNS)))
}

test('an agent of several keys is asked for a signature by the key that the host takes, and by no other', () =>
  withAgent([stranger, folder.key('other'), good], async () => {
    // Two keys refused, the third accepted, and proven along with the channel.
    assert.equal(await fewestTurns({}, TURNS + 3), TURNS + 3)
  }))

test('a wrong key costs a turn, and the channel one more', async () => {
  const wrongFirst = `IdentityFile ${stranger}\nIdentityFile ${good}`
  folder.configure(wrongFirst)
  assert.equal(await fewestTurns({}, TURNS + 2), TURNS + 2)
  folder.configure('')
})

test('a host that wants two keys gets both', async () => {
  const two = await TestSshd.start(folder, hostKeys, ['AuthenticationMethods publickey,publickey'])
  folder.configure(`IdentityFile ${good}\nIdentityFile ${keys[1]!.file}`)
  assert.equal(await fewestTurns({}, TURNS + 2, two), TURNS + 2)
  folder.configure('')
  two.stop()
})

test('a host that opens no channel refuses the one that came with the login, too', async () => {
  const full = await TestSshd.start(folder, hostKeys, ['MaxSessions 0'])
  const host = await reach(full.address({ key: good }), { ...options })
  const error = await host.session().catch((error: unknown) => error)
  assert.ok(error instanceof UnreachableError, String(error))
  assert.equal(`${error.stage}: ${error.message}`, 'channel: 127.0.0.1 opens no channel: open failed')
  await host.close()
  full.stop()
})

test('with an ssh2 of another build everything is as ssh2 does it', async () => {
  const { connect } = Client.prototype
  Client.prototype.connect = function (config) {
    connect.call(this, config)
    const { _protocol: protocol } = this as unknown as { _protocol: { _handlers: { EXT_INFO?: unknown } } }
    delete protocol._handlers.EXT_INFO
    return this
  }
  // Service, question and proof, channel: three turns more.
  assert.equal(await fewestTurns({ key: good }, TURNS + 3), TURNS + 3)
  Client.prototype.connect = connect
})
