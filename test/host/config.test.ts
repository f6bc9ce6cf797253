import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { UnreachableError } from '../../src/core/error.ts'
import { parseJump, parseSshConfig, readSshConfig } from '../../src/host/config.ts'

test('without an ssh program, the defaults of ssh apply', () => {
  const config = parseSshConfig('', 'mx1')
  assert.deepEqual([config.hostname, config.port, config.user, config.jumps], ['mx1', 22, undefined, []])
  assert.ok(config.identityFiles.includes(`${homedir()}/.ssh/id_ed25519`))
  assert.equal(config.userKnownHosts[0], `${homedir()}/.ssh/known_hosts`)
})

test('what ssh -G prints', () => {
  const text = [
    'hostname 198.51.100.11',
    'port 2222',
    'user deploy',
    'identityfile ~/.ssh/mail',
    'identityfile /etc/keys/b',
    'identitiesonly yes',
    'identityagent none',
    'userknownhostsfile ~/.ssh/known_hosts /etc/more',
    'globalknownhostsfile none',
    'hashknownhosts yes',
    'hostkeyalias mail-cluster',
    'serveraliveinterval 5',
    'proxyjump admin@jump.example.org:2022,[2001:db8::1]',
    'proxycommand none',
  ].join('\n')
  assert.deepEqual(parseSshConfig(text, 'mx1'), {
    hostname: '198.51.100.11',
    port: 2222,
    user: 'deploy',
    identityFiles: [`${homedir()}/.ssh/mail`, '/etc/keys/b'],
    identitiesOnly: true,
    agent: undefined,
    userKnownHosts: [`${homedir()}/.ssh/known_hosts`, '/etc/more'],
    globalKnownHosts: [],
    hashKnownHosts: true,
    hostKeyAlias: 'mail-cluster',
    keepaliveSeconds: 5,
    jumps: ['admin@jump.example.org:2022', '[2001:db8::1]'],
    programOnly: undefined,
  })
})

test('what only the ssh program can do is named', () => {
  for (const keyword of ['ProxyCommand', 'CertificateFile', 'PKCS11Provider', 'RevokedHostKeys', 'KnownHostsCommand']) {
    assert.equal(parseSshConfig(`${keyword.toLowerCase()} /some/thing\n`, 'mx1').programOnly, keyword)
  }
})

test('the local user is no user that ssh_config names', () => {
  assert.equal(parseSshConfig(`user ${userInfo().username}\n`, 'mx1').user, undefined)
})

test('jump hosts as people write them', () => {
  assert.deepEqual(parseJump('jump'), { host: 'jump' })
  assert.deepEqual(parseJump('admin@jump:2022'), { host: 'jump', user: 'admin', port: 2022 })
  assert.deepEqual(parseJump('ssh://admin@[2001:db8::1]:22'), { host: '2001:db8::1', user: 'admin', port: 22 })
  assert.deepEqual(parseJump('[2001:db8::1]'), { host: '2001:db8::1' })
})

test('ssh itself is asked, and a host that looks like an option stays a host', async () => {
  const config = await readSshConfig('mx1.example.org', { user: 'deploy', port: 2222 })
  assert.deepEqual([config.hostname, config.port, config.user], ['mx1.example.org', 2222, 'deploy'])
  const trap = join(mkdtempSync(join(tmpdir(), 'provision-test-')), 'trap')
  const odd = await readSshConfig(`-oProxyCommand=touch ${trap}`, {}).catch((error: unknown) => error)
  // ssh refuses such a name since 9.6, and looked it up before.
  assert.ok(odd instanceof UnreachableError ? /invalid characters/.test(odd.message) : typeof odd === 'object')
  assert.ok(!existsSync(trap))
  rmSync(dirname(trap), { recursive: true })
})
