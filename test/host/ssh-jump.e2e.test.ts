import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, beforeEach, test } from 'node:test'
import { UnreachableError } from '../../src/core/error.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import type { ReachOptions } from '../../src/host/options.ts'
import { reach } from '../../src/host/reach.ts'
import { hello, refusal } from './hello.ts'
import { step } from './shells.ts'
import { Forwarder, SshFolder, TestSshd } from './sshd.ts'
import { lives, uniqueSleep, waitFor } from './victims.ts'

const folder = new SshFolder()
const [hostKey, jumpKey] = [folder.key('host'), folder.key('jump')]
const key = folder.key('good', { authorized: true })
const stranger = folder.key('stranger')
const sshd = await TestSshd.start(folder, [hostKey])
// MaxSessions is about shells; what is forwarded is not counted (sshd_config(5)).
const jump = await TestSshd.start(folder, [jumpKey], ['MaxSessions 1', 'LogLevel VERBOSE'])

after(() => {
  sshd.stop()
  jump.stop()
  folder.remove()
})

beforeEach(() =>
  know(`[127.0.0.1]:${sshd.port} ${publicKey(hostKey)}`, `[127.0.0.1]:${jump.port} ${publicKey(jumpKey)}`),
)

function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
}

function know(...lines: readonly string[]): void {
  writeFileSync(folder.knownHosts, `${lines.join('\n')}\n`)
}

/** Options of a run in which `bastion` is a jump host. */
function through(bastion: HostAddress, more: Partial<ReachOptions> = {}): ReachOptions {
  return { acceptNew: false, ...more, resolveVia: (name) => (name === 'bastion' ? bastion : undefined) }
}

test('ssh: thirty hosts behind a jump host that allows one session share one connection to it', async () => {
  const before = jump.log.split('Accepted publickey').length
  const options = through(jump.address({ key }))
  const hosts = Array.from({ length: 30 }, () => hello(sshd.address({ key, via: ['bastion'] }), options))
  assert.deepEqual(await Promise.all(hosts), Array(30).fill('root\n'))
  assert.equal(jump.log.split('Accepted publickey').length - before, 1)
})

for (const connection of ['ssh', 'openssh'] as const) {
  test(`${connection}: a jump host has its own key and pin, and must show its own known key`, async () => {
    const address = sshd.address({ key, via: ['bastion'], connection })
    assert.equal(await hello(address, through(jump.address({ key }))), 'root\n')
    know(`[127.0.0.1]:${sshd.port} ${publicKey(hostKey)}`)
    assert.equal((await refusal(address, through(jump.address({ key })))).stage, 'host key')
    const pinned = jump.address({ key, hostKey: publicKey(jumpKey) })
    assert.equal(await hello(address, through(pinned)), 'root\n')
    const wrong = jump.address({ key, hostKey: publicKey(stranger) })
    assert.equal((await refusal(address, through(wrong))).stage, 'host key')
  })

  test(`${connection}: what is wrong with a jump host is told as such`, async () => {
    const address = sshd.address({ key, via: ['bastion'], connection })
    const refused = await refusal(address, through(jump.address({ key: stranger })))
    assert.equal(refused.stage, 'authentication', refused.message)
    const closed = await refusal({ ...address, port: 1 }, through(jump.address({ key })))
    assert.equal(closed.stage, 'tcp', closed.message)
  })

  test(`${connection}: two jump hosts one behind the other`, async () => {
    const both = { acceptNew: false, resolveVia: (name: string) => (name === 'a' ? sshd : jump).address({ key }) }
    assert.equal(await hello(sshd.address({ key, via: ['a', 'b'], connection }), both), 'root\n')
  })
}

test('ssh: behind a jump host that only the ssh program can reach, hosts are reached by it, too', async () => {
  folder.configure(
    `Host bastion\nHostName 127.0.0.1\nPort ${jump.port}\nUser root\nIdentityFile ${key}\nCertificateFile ${key}.pub`,
  )
  const lines: string[] = []
  const options = { acceptNew: false, trace: (line: string) => lines.push(line) }
  assert.equal(await hello(sshd.address({ key, via: ['bastion'] }), options), 'root\n')
  assert.match(
    lines[0] ?? '',
    /^mx1: ssh_config has CertificateFile for bastion, which only the ssh program knows: reached with it$/,
  )
  folder.configure('')
})

test('the jump host dies in the middle of a change: the hosts behind it are unreachable, and it is named as the reason', async () => {
  const forwarder = await new Forwarder(jump.port).start()
  know(`[127.0.0.1]:${sshd.port} ${publicKey(hostKey)}`, `127.0.0.1 ${publicKey(jumpKey)}`)
  const options = through(jump.address({ key, port: forwarder.port }))
  const hosts = await Promise.all([1, 2].map(() => reach(sshd.address({ key, via: ['bastion'] }), options)))
  const durations = hosts.map(() => uniqueSleep())
  const ended = hosts.map(async (host, n) => {
    const session = await host.session()
    const change = sh`sleep ${durations[n] ?? ''}`
    return session.stream([step(0, [], [change])], () => undefined).catch((error: unknown) => error)
  })
  await waitFor('the changes run', () => durations.every((duration) => lives(`sleep ${duration}`)), 10_000)
  forwarder.cut()
  for (const error of await Promise.all(ended)) {
    assert.ok(error instanceof UnreachableError && error.stage === 'connection', String(error))
    assert.match(error.message, /^127\.0\.0\.1 was lost with its jump host: .*(?:ECONNRESET|closed)/)
  }
  await waitFor('the changes end', () => durations.every((duration) => !lives(`sleep ${duration}`)), 2000)
  assert.equal(
    await hello(sshd.address({ key, via: ['bastion'] }), through(jump.address({ key }))).catch(String),
    'root\n',
  )
  await Promise.all(hosts.map((host) => host.close()))
  forwarder.stop()
})
