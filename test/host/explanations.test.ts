import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostAddress } from '../../src/core/task.ts'
import { PinFiles, sshArguments } from '../../src/host/openssh.ts'
import { explainSshProgram, wasDropped } from '../../src/host/openssh-errors.ts'
import type { ReachOptions } from '../../src/host/options.ts'
import { explainSocket } from '../../src/host/socket.ts'
import { DroppedError, explainSsh } from '../../src/host/ssh-errors.ts'
import { explainSudo } from '../../src/host/sudo.ts'

const address: HostAddress = { name: 'mx1', host: '198.51.100.11', connection: 'openssh' }
const peer = { host: '198.51.100.11', port: 22, user: 'deploy' }

test('each way in which sudo can refuse', () => {
  const explain = (stderr: string, code = 1) => {
    const error = explainSudo('root')({ code, signal: undefined }, { stdout: '', stderr })
    return [error.stage, error.message, error.hint]
  }
  assert.deepEqual(explain('sudo: a password is required\n'), [
    'sudo',
    'sudo asks for a password to become root',
    '-K asks for the password once',
  ])
  assert.deepEqual(explain("env: 'sudo': No such file or directory\n", 127).slice(0, 2), [
    'sudo',
    'sudo is not installed on the host',
  ])
  assert.equal(explain('deploy is not in the sudoers file.\n')[1], 'deploy is not in the sudoers file.')
  assert.match(explain('sudo: sorry, you must have a tty to run sudo\n')[2] ?? '', /requiretty/)
  assert.equal(explain('sudo: unknown user nosuch\n')[1], 'unknown user nosuch')
})

test('socket errors: refused, timed out, no route and no name are told apart', () => {
  const explain = (code: string) => {
    const error = explainSocket(Object.assign(new Error(code), { code }), 'mx1', 22)
    return `${error.stage}: ${error.message}`
  }
  assert.equal(explain('ECONNREFUSED'), 'tcp: mx1 port 22 refuses connections')
  assert.equal(explain('ETIMEDOUT'), 'tcp: mx1 port 22 did not answer in time')
  assert.equal(explain('EHOSTUNREACH'), 'tcp: no route to mx1')
  assert.equal(explain('ENOTFOUND'), 'dns: mx1 has no address in DNS')
  assert.match(explain('EAI_AGAIN'), /^dns: .*resolver does not answer$/)
})

test('a connection that is reset as soon as it is made was dropped, and worth another try', () => {
  const error = explainSocket(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'mx1', 22)
  assert.ok(error instanceof DroppedError)
  assert.equal(error.message, 'mx1 port 22 closed the connection before it greeted')
})

test('a key exchange without common ground points at the ssh program', () => {
  const error = explainSsh(
    new Error('Handshake failed: no matching key exchange algorithm'),
    peer,
    { stage: 'key exchange', greeting: 'SSH-2.0-OpenSSH_10.0\r\n' },
    nothingTried,
  )
  assert.equal(error.stage, 'key exchange')
  assert.match(error.hint ?? '', /^connection: openssh/)
})

test('what sshd says when it takes no connection: too many at once are worth another try, a punishment is not', () => {
  const explain = (greeting: string) =>
    explainSsh(new Error('Connection lost before handshake'), peer, { stage: 'banner', greeting }, nothingTried)
  const full = explain('Exceeded MaxStartups\r\n')
  assert.ok(full instanceof DroppedError)
  assert.equal(full.message, 'sshd of 198.51.100.11 has too many logins in progress (MaxStartups)')
  const punished = explain('Not allowed at this time\r\n')
  assert.ok(!(punished instanceof DroppedError))
  assert.match(punished.message, /takes no connections from here for now/)
})

const nothingTried = { offered: [], unusable: [], certificates: [], accepted: [] }

test('messages of the ssh program', () => {
  const explain = (said: string) => {
    const error = explainSshProgram(said, address)
    return `${error.stage}: ${error.message}`
  }
  assert.match(explain('ssh: Could not resolve hostname nosuch: Name or service not known'), /^dns: /)
  assert.match(explain('ssh: connect to host 198.51.100.11 port 22: Connection refused'), /^tcp: .*refused$/)
  assert.match(explain('kex_exchange_identification: Connection closed by remote host'), /^banner: /)
  assert.match(
    explain('Unable to negotiate with 198.51.100.11: no matching key exchange method found.'),
    /^key exchange/,
  )
  assert.match(explain('deploy@198.51.100.11: Permission denied (publickey).'), /^authentication: .*\(publickey\)\.$/)
  assert.match(explain('Timeout, server 198.51.100.11 not responding.'), /^connection: .*not responding\.$/)
  assert.match(explain('No ED25519 host key is known for 198.51.100.11.\nHost key verification failed.'), /^host key: /)
  const changed = `@@@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @@@\nThe fingerprint for the ED25519 key sent by the remote host is\nSHA256:abc.\nOffending ED25519 key in /root/.ssh/known_hosts:12\nHost key verification failed.`
  assert.equal(
    explain(changed),
    'host key: 198.51.100.11 shows another host key than /root/.ssh/known_hosts:12\ngot SHA256:abc',
  )
})

test('a connection that was dropped before authentication is told from all other ends', () => {
  const dropped =
    'kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 198.51.100.11 port 22\r\n'
  assert.ok(wasDropped(dropped))
  assert.ok(wasDropped('kex_exchange_identification: Connection closed by remote host\n'))
  // Behind a jump host that refused the login, the connection ends in the same words.
  assert.ok(!wasDropped(`root@jump: Permission denied (publickey).\n${dropped}`))
  assert.ok(!wasDropped('Connection closed by 198.51.100.11 port 22\n'), 'may be the end of an authentication')
  assert.ok(!wasDropped(''))
})

async function argumentsFor(given: HostAddress, options: ReachOptions): Promise<readonly string[]> {
  return (await sshArguments(given, options, new PinFiles(), undefined)).args
}

test('the ssh program is told never to ask, to keep nothing, and to do nothing but run the command', async () => {
  const args = await argumentsFor({ ...address, port: 2222, user: 'deploy', key: '/keys/a' }, { acceptNew: false })
  for (const setting of [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ControlMaster=no',
    'ControlPath=none',
    'UpdateHostKeys=no',
    'ForwardAgent=no',
  ]) {
    assert.ok(args.includes(setting), setting)
  }
  assert.deepEqual(args.slice(-6), ['-l', 'deploy', '-p', '2222', '-i', '/keys/a'])
  assert.equal(args[0], '-T')
  assert.ok((await argumentsFor(address, { acceptNew: true })).includes('StrictHostKeyChecking=accept-new'))
  const pin = { ...address, hostKey: 'ssh-ed25519 AAAA' }
  assert.ok((await argumentsFor(pin, { acceptNew: true })).includes('StrictHostKeyChecking=yes'))
})
