import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UnreachableError } from '../../src/core/error.ts'
import type { Session } from '../../src/core/session.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import { type Reached, reach } from '../../src/host/reach.ts'
import type { Order } from './controller.ts'
import { Recorder, step } from './shells.ts'
import { Forwarder, listen, SshFolder, TestSshd } from './sshd.ts'
import { firstOutput, lives, uniqueSleep, waitFor } from './victims.ts'

const folder = new SshFolder()
const hostKey = folder.key('host')
const key = folder.key('good', { authorized: true })
const sshd = await TestSshd.start(folder, [hostKey])
writeFileSync(folder.knownHosts, `127.0.0.1 ${readFileSync(`${hostKey}.pub`, 'utf8')}`)
const options = { acceptNew: false }

after(() => {
  sshd.stop()
  folder.remove()
})

async function say(session: Session, word: string): Promise<string | undefined> {
  return (await session.survey([{ id: '0.a', script: sh`echo ${word}` }])).get('0.a')?.text
}

async function refusal(address: HostAddress, more = {}): Promise<UnreachableError> {
  const outcome = await reach(address, { ...options, ...more }).catch((error: unknown) => error)
  assert.ok(outcome instanceof UnreachableError, String(outcome))
  return outcome
}

/** A change that sleeps, once it runs; with the promise of how its stream ends. */
async function sleeping(host: Reached): Promise<{ ended: Promise<unknown>; gone: () => boolean }> {
  const session = await host.session()
  const duration = uniqueSleep()
  const ended = session.stream([step(0, [], [sh`sleep ${duration}`])], () => undefined).catch((error: unknown) => error)
  await waitFor('the change runs', () => lives(`sleep ${duration}`), 10_000)
  return { ended, gone: () => !lives(`sleep ${duration}`) }
}

test('hello, lock and survey travel together; a survey and a stream are one turn each', async () => {
  const host = await reach(sshd.address({ key }), options)
  const session = await host.session()
  assert.deepEqual(await Promise.all([say(session, 'a'), say(session, 'b')]), ['a\n', 'b\n'])
  assert.equal(host.stats.turns, 1)
  await session.stream([step(0, [], [sh`echo x`])], () => undefined)
  assert.equal(host.stats.turns, 2)
  await host.close()
})

test('50 MB of output arrive whole, characters cut by packets included', async () => {
  const host = await reach(sshd.address({ key }), options)
  const session = await host.session()
  let characters = 0
  const change = sh`yes 'ééééééé' | head -c 50000010`
  const end = await session.stream([step(0, [], [change])], (frame) => {
    if (frame.type !== 'output') return
    characters += frame.text.length
    assert.ok(!frame.text.includes('\ufffd'))
  })
  assert.deepEqual([end.reason, characters], ['finished', (50_000_010 / 15) * 8])
  await host.close()
})

test('MaxSessions 1: the second session takes a connection of its own', async () => {
  const small = await TestSshd.start(folder, [hostKey], ['MaxSessions 1'])
  const host = await reach(small.address({ key }), options)
  const [first, second] = [await host.session(), await host.session()]
  assert.deepEqual(await Promise.all([say(first, 'one'), say(second, 'two')]), ['one\n', 'two\n'])
  await host.close()
  small.stop()
})

test('hosts behind a jump host share one connection to it, which ends with the last of them', async () => {
  const jump = await TestSshd.start(folder, [hostKey])
  const hop: HostAddress = { ...jump.address({ key }), name: 'bastion' }
  const shared = { ...options, resolveVia: (name: string) => (name === 'bastion' ? hop : undefined) }
  const hosts = await Promise.all([1, 2, 3].map(() => reach(sshd.address({ key, via: ['bastion'] }), shared)))
  const words = await Promise.all(hosts.map(async (host) => say(await host.session(), 'behind')))
  assert.deepEqual(words, ['behind\n', 'behind\n', 'behind\n'])
  const logins = () => jump.log.split('Accepted publickey').length - 1
  assert.equal(logins(), 1)
  await Promise.all(hosts.map((host) => host.close()))
  const isLeft = () => spawnSync('pgrep', ['-P', String(jump.process.pid)]).status === 1
  await waitFor('the jump host is left', isLeft, 2000)
  const closed = await refusal(sshd.address({ key, port: 1, via: ['bastion'] }), shared)
  assert.equal(closed.stage, 'tcp')
  assert.match(closed.message, /^127\.0\.0\.1 as jump host cannot reach 127\.0\.0\.1 port 1: Connection refused$/)
  jump.stop()
})

test('each jump host must show its own known key', async () => {
  const stranger = await TestSshd.start(folder, [folder.key('unknown-host')])
  const hop = stranger.address({ key })
  const refused = await refusal(sshd.address({ key, via: ['hop'] }), { resolveVia: () => hop })
  assert.equal(refused.stage, 'host key')
  stranger.stop()
})

test('jump hosts that lead in a circle are told', async () => {
  const hop: HostAddress = { ...sshd.address({ key }), via: ['hop'] }
  const refused = await refusal(hop, { resolveVia: () => hop })
  assert.match(refused.message, /^the jump host hop is reached through itself$/)
})

test('a connection that is cut in the middle of a change ends the change on the host', async () => {
  const forwarder = await new Forwarder(sshd.port).start()
  const host = await reach(sshd.address({ key, port: forwarder.port }), options)
  const { ended, gone } = await sleeping(host)
  forwarder.cut()
  await waitFor('the change ends', gone, 5000)
  const error = await ended
  assert.ok(error instanceof UnreachableError && error.stage === 'connection')
  assert.match(error.message, /connection/)
  await host.close()
  forwarder.stop()
})

for (const connection of ['ssh', 'openssh'] as const) {
  test(`${connection}: a controller that is killed takes its changes with it`, async () => {
    const duration = uniqueSleep()
    const address = sshd.address({ key, connection })
    const order: Order = { address, change: `echo running; sleep ${duration}` }
    const program = join(import.meta.dirname, 'controller.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)])
    assert.equal(await firstOutput(child), 'running\n')
    child.kill('SIGKILL')
    await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
  })

  test(`${connection}: kill ends the change at once`, async () => {
    const host = await reach(sshd.address({ key, connection }), options)
    const session = await host.session()
    const duration = uniqueSleep()
    const recorder = new Recorder()
    const ended = assert.rejects(session.stream([step(0, [], [sh`sleep ${duration}`])], recorder.onFrame))
    await waitFor('the change runs', () => lives(`sleep ${duration}`), 10_000)
    session.kill()
    await ended
    await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
    await host.close()
  })

  test(`${connection}: a peer that freezes is given up after three keepalives`, async () => {
    const host = await reach(sshd.address({ key, connection }), { ...options, keepaliveSeconds: 1 })
    const { ended } = await sleeping(host)
    const frozen = spawnSync('pgrep', ['-P', String(sshd.process.pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
    for (const pid of frozen) process.kill(Number(pid), 'SIGSTOP')
    const error = await ended
    for (const pid of frozen) process.kill(Number(pid), 'SIGCONT')
    assert.ok(error instanceof UnreachableError && error.stage === 'connection', String(error))
    await host.close()
  })
}

test('a login that is not SSH is quoted, and an installer recognised', async () => {
  const greet = async (greeting: string) => {
    const server = createServer((socket) => void socket.on('error', () => undefined).write(greeting))
    const port = await listen(server)
    const refused = await refusal(sshd.address({ key, port }))
    server.close()
    return refused
  }
  const mail = await greet('220 mx1.example.org ESMTP\r\n')
  assert.equal(mail.stage, 'banner')
  assert.match(mail.message, /port \d+ does not speak SSH; it greets with "220 mx1\.example\.org ESMTP"$/)
  const installer = await greet('Installation in progress, please wait\n')
  assert.match(installer.hint ?? '', /busy installing/)
})

test('a host that drops connections before its greeting is tried again, until the time for connecting is over', async () => {
  let connections = 0
  const server = createServer((socket: Socket) => {
    connections++
    socket.destroy()
  })
  const refused = await refusal(sshd.address({ key, port: await listen(server) }), { connectTimeoutSeconds: 2 })
  server.close()
  assert.equal(refused.stage, 'banner')
  assert.ok(connections > 2 && connections < 12, `${connections} connections`)
  assert.match(
    refused.message,
    new RegExp(`closed the connection before it greeted \\(${connections} times within 2 s\\)$`),
  )
  assert.match(refused.hint ?? '', /MaxStartups/)
})

test('silence, a closed port and a name that does not exist are told apart', async () => {
  const silent = createServer((socket) => void socket.resume())
  const port = await listen(silent)
  const silence = await refusal(sshd.address({ key, port }), { connectTimeoutSeconds: 0.5 })
  assert.match(`${silence.stage}: ${silence.message}`, /^banner: .* sends no SSH greeting \(no answer within 0\.5 s\)$/)
  await new Promise((resolve) => silent.close(resolve))
  assert.match((await refusal(sshd.address({ key, port }))).message, /refuses connections/)
  assert.equal((await refusal(sshd.address({ key, host: 'nosuch.invalid' }))).stage, 'dns')
})

test('a server that wants a post-quantum key exchange is out of reach, and within reach of the ssh program', async () => {
  const modern = await TestSshd.start(folder, [hostKey], ['KexAlgorithms sntrup761x25519-sha512@openssh.com'])
  const refused = await refusal(modern.address({ key }))
  assert.equal(refused.stage, 'key exchange')
  assert.match(refused.hint ?? '', /^connection: openssh/)
  const host = await reach(modern.address({ key, connection: 'openssh' }), options)
  assert.equal(await say(await host.session(), 'modern'), 'modern\n')
  await host.close()
  modern.stop()
})
