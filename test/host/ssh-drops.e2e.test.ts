import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import { reach } from '../../src/host/reach.ts'
import { fault } from '../e2e/fault.ts'
import { hello, refusal } from './hello.ts'
import { Forwarder, listen, SshFolder, TestSshd } from './sshd.ts'

// Hosts that drop connections, and hosts that answer slowly, never, or with something else.

const folder = new SshFolder()
const hostKey = folder.key('host')
const key = folder.key('good', { authorized: true })
const stranger = folder.key('stranger')
const known = readFileSync(`${hostKey}.pub`, 'utf8').trim()
writeFileSync(folder.knownHosts, `127.0.0.1 ${known}\n`)
const sshd = await TestSshd.start(folder, [hostKey])

after(() => {
  sshd.stop()
  folder.remove()
})

/** How often an sshd logged something. */
function count(server: TestSshd, words: string): number {
  return server.log.split(words).length - 1
}

/** A server that does with each connection what a test wants, and how many there were. */
async function serve(
  greet: (socket: Socket) => void,
): Promise<{ port: number; connections: () => number; stop: () => void }> {
  let connections = 0
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    connections++
    sockets.push(socket)
    // The client hangs up in the middle of what it is told.
    socket.on('error', () => undefined)
    greet(socket)
  })
  const port = await listen(server)
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port, connections: () => connections, stop }
}

for (const connection of ['ssh', 'openssh'] as const) {
  const hosts = connection === 'ssh' ? 20 : 8

  fault(
    { fault: 'MaxStartups reached', where: `${hosts} connections at once (${connection}), sshd takes one at a time` },
    async (report) => {
      const narrow = await TestSshd.start(folder, [hostKey], ['MaxStartups 1:100:1'])
      const options = { acceptNew: false, connectTimeoutSeconds: 30 }
      const address = narrow.address({ key, connection })
      const said = await Promise.all(Array.from({ length: hosts }, () => hello(address, options)))
      assert.deepEqual(said, Array(hosts).fill('root\n'))
      assert.ok(count(narrow, 'MaxStartups') > 0, narrow.log)
      assert.equal(count(narrow, 'Accepted publickey'), hosts)
      narrow.stop()
      report.injected(hosts)
      report.saw('nothing: those that were dropped try again')
      report.after('all were let in, each logged in once')
    },
  )

  test(`${connection}: a refused login is never tried a second time`, async () => {
    const fresh = await TestSshd.start(folder, [hostKey], ['LogLevel VERBOSE'])
    const refused = await refusal(fresh.address({ key: stranger, connection }), { connectTimeoutSeconds: 5 })
    assert.equal(refused.stage, 'authentication')
    await sleep(1500)
    assert.deepEqual([count(fresh, 'Connection from'), count(fresh, 'Failed publickey')], [1, 1], fresh.log)
    fresh.stop()
  })

  test(`${connection}: a login that is cut off in its middle is not tried a second time`, async () => {
    const fresh = await TestSshd.start(folder, [hostKey], ['LogLevel VERBOSE', 'MaxAuthTries 1'])
    const refused = await refusal(fresh.address({ key: stranger, connection }), { connectTimeoutSeconds: 5 })
    assert.equal(refused.stage, 'authentication', refused.message)
    await sleep(1500)
    assert.equal(count(fresh, 'Connection from'), 1, fresh.log)
    fresh.stop()
  })

  test(`${connection}: garbage, a byte a second, silence behind the greeting: each is given up in time, with the stage`, async () => {
    const cases: [string, (socket: Socket) => void, RegExp][] = [
      ['silence', (socket) => void socket.resume(), /^banner: /],
      ['garbage', (socket) => void socket.write(Buffer.alloc(5000, 0x9b)), /^(?:banner|key exchange|connection): /],
      ['tarpit', drip('xyzzy '.repeat(100)), /^banner: /],
      [
        'silence behind the greeting',
        (socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
        /^(?:key exchange|connection): /,
      ],
    ]
    for (const [name, greet, expected] of cases) {
      const server = await serve(greet)
      const started = performance.now()
      // The time for connecting ends with the greeting for the ssh program; behind that its keepalives are the limit.
      const limits = { connectTimeoutSeconds: 2, keepaliveSeconds: 1 }
      const refused = await refusal(sshd.address({ key, connection, port: server.port }), limits)
      const seconds = (performance.now() - started) / 1000
      assert.match(`${refused.stage}: ${refused.message}`, expected, name)
      assert.ok(seconds < 6, `${name}: ${seconds} s`)
      assert.equal(server.connections(), 1, name)
      server.stop()
    }
  })
}

test('openssh: the one exit status of ssh is told apart by what it says: name, port, key exchange, login, loss', async () => {
  const odd = await TestSshd.start(folder, [hostKey], ['KexAlgorithms diffie-hellman-group14-sha256'])
  folder.configure('Host *\nKexAlgorithms curve25519-sha256')
  const stage = async (more: Partial<HostAddress>) =>
    (await refusal(sshd.address({ key, connection: 'openssh', ...more }))).stage
  assert.equal(await stage({ host: 'nosuch.invalid' }), 'dns')
  assert.equal(await stage({ port: 1 }), 'tcp')
  assert.equal(await stage({ port: odd.port }), 'key exchange')
  assert.equal(await stage({ key: stranger }), 'authentication')
  folder.configure('')
  odd.stop()
  const forwarder = await new Forwarder(sshd.port).start()
  const host = await reach(sshd.address({ key, connection: 'openssh', port: forwarder.port }), { acceptNew: false })
  const session = await host.session()
  await session.survey([{ id: '0.a', script: sh`true` }])
  forwarder.cut()
  await assert.rejects(session.survey([{ id: '0.b', script: sh`true` }]), { stage: 'connection' })
  await host.close()
  forwarder.stop()
})

function drip(text: string): (socket: Socket) => void {
  return (socket) => {
    let sent = 0
    const timer = setInterval(() => socket.write(text.charAt(sent++)), 300)
    socket.on('close', () => clearInterval(timer))
  }
}

test('ssh: MaxSessions 1: a session of root and one of another user have a connection each', async () => {
  const small = await TestSshd.start(folder, [hostKey], ['MaxSessions 1'])
  const host = await reach(small.address({ key }), { acceptNew: false })
  const users = await Promise.all(
    [undefined, 'nobody', 'daemon'].map(async (become) => {
      const session = await host.session(become)
      return (await session.survey([{ id: '0.a', script: sh`id -un` }])).get('0.a')?.text
    }),
  )
  assert.deepEqual(users, ['root\n', 'nobody\n', 'daemon\n'])
  assert.equal(count(small, 'Accepted publickey'), 3)
  await host.close()
  small.stop()
})

test('a host whose packets are lost, with no end of the connection, is given up after three keepalives', async () => {
  const forwarder = await new Forwarder(sshd.port).start()
  const host = await reach(sshd.address({ key, port: forwarder.port }), { acceptNew: false, keepaliveSeconds: 1 })
  const session = await host.session()
  await session.survey([{ id: '0.a', script: sh`true` }])
  forwarder.freeze()
  const started = performance.now()
  await assert.rejects(session.survey([{ id: '0.b', script: sh`true` }]), {
    stage: 'connection',
    message: 'the connection to 127.0.0.1 was lost: it does not answer any more',
  })
  const seconds = (performance.now() - started) / 1000
  assert.ok(seconds > 1.5 && seconds < 5, `${seconds} s`)
  await host.close()
  forwarder.stop()
})
