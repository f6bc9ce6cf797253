import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostAddress } from '../../src/core/task.ts'
import { explainSshProgram, sshArguments } from '../../src/host/openssh.ts'
import { explainSocket } from '../../src/host/socket.ts'
import { explainSsh } from '../../src/host/ssh-errors.ts'
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

test('a key exchange without common ground points at the ssh program', () => {
  const error = explainSsh(
    new Error('Handshake failed: no matching key exchange algorithm'),
    peer,
    { stage: 'key exchange', greeting: 'SSH-2.0-OpenSSH_10.0\r\n' },
    { offered: [], unusable: [], accepted: [] },
  )
  assert.equal(error.stage, 'key exchange')
  assert.match(error.hint ?? '', /^connection: openssh/)
})

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

test('the ssh program is told never to ask, and jump hosts by the names of the inventory', () => {
  const resolveVia = (name: string): HostAddress | undefined =>
    name === 'jump' ? { name, host: '2001:db8::1', user: 'admin', port: 2022, connection: 'ssh' } : undefined
  const via = { ...address, via: ['jump', 'other.example.org'], port: 2222, key: '/keys/a' }
  const args = sshArguments(via, 'deploy', { acceptNew: false, resolveVia }, undefined)
  assert.ok(args.includes('BatchMode=yes') && args.includes('StrictHostKeyChecking=yes'))
  const rest = ['-l', 'deploy', '-p', '2222', '-i', '/keys/a', '-J', 'admin@[2001:db8::1]:2022,other.example.org']
  assert.deepEqual(args.slice(-8), rest)
  assert.ok(
    sshArguments(address, 'deploy', { acceptNew: true }, undefined).includes('StrictHostKeyChecking=accept-new'),
  )
})
