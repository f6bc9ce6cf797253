import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { hello, refusal } from './hello.ts'
import { SshFolder, TestSshd } from './sshd.ts'

// Certificates of hosts and users (ssh-keygen(1), "CERTIFICATES"): ssh2 knows neither, so the ssh program takes over.

const folder = new SshFolder()
const hostKey = folder.key('host')
const hostAuthority = folder.key('host-authority')
const userAuthority = folder.key('user-authority')
const plain = folder.key('plain', { authorized: true })
const certified = folder.key('certified')
const stranger = folder.key('stranger')
sign(hostAuthority, '-h', '-n', '127.0.0.1', hostKey)
sign(userAuthority, '-n', 'root', certified)
const sshd = await TestSshd.start(
  folder,
  [hostKey],
  [`HostCertificate ${hostKey}-cert.pub`, `TrustedUserCAKeys ${userAuthority}.pub`],
)
const name = `[127.0.0.1]:${sshd.port}`

after(() => {
  sshd.stop()
  folder.remove()
})

beforeEach(() => folder.configure(''))

function sign(authority: string, ...args: readonly string[]): void {
  execFileSync('ssh-keygen', [
    '-q',
    '-s',
    authority,
    '-I',
    'test',
    '-V',
    '+1h',
    ...args.slice(0, -1),
    `${args.at(-1)}.pub`,
  ])
}

function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
}

function know(...lines: readonly string[]): void {
  writeFileSync(folder.knownHosts, `${lines.join('\n')}\n`)
}

for (const connection of ['ssh', 'openssh'] as const) {
  const address = sshd.address({ key: plain, connection })

  test(`${connection}: a host that is known by the authority of its certificate only is reached, and nothing is noted`, async () => {
    know(`@cert-authority ${name} ${publicKey(hostAuthority)}`)
    const lines: string[] = []
    assert.equal(await hello(address, { acceptNew: false, trace: (line) => lines.push(line) }), 'root\n')
    if (connection === 'ssh') {
      assert.match(
        lines[0] ?? '',
        /known_hosts line 1 knows 127\.0\.0\.1 by a certificate authority, which only the ssh program can check: reached with it$/,
      )
    }
    assert.equal(readFileSync(folder.knownHosts, 'utf8').trim().split('\n').length, 1)
  })

  test(`${connection}: a certificate of another authority is refused`, async () => {
    know(`@cert-authority * ${publicKey(userAuthority)}`)
    const refused = await refusal(address, { acceptNew: false })
    assert.equal(refused.stage, 'host key', refused.message)
  })

  test(`${connection}: an authority that is revoked vouches for nobody`, async () => {
    know(`@cert-authority * ${publicKey(hostAuthority)}`, `@revoked * ${publicKey(hostAuthority)}`)
    assert.equal((await refusal(address)).stage, 'host key')
  })

  test(`${connection}: a certificate that was signed for another host is refused`, async () => {
    know(`@cert-authority [localhost]:${sshd.port} ${publicKey(hostAuthority)}`)
    const refused = await refusal({ ...address, host: 'localhost' })
    assert.equal(refused.stage, 'host key', refused.message)
  })

  test(`${connection}: with --accept-new, a changed key is refused where a plain key is known`, async () => {
    know(`${name} ${publicKey(stranger)}`)
    const refused = await refusal(address, { acceptNew: true })
    assert.equal(refused.stage, 'host key')
    assert.match(refused.message, /shows another host key than/)
    assert.equal(readFileSync(folder.knownHosts, 'utf8').trim().split('\n').length, 1)
  })

  test(`${connection}: HostKeyAlias names the host to known_hosts, whatever its address and port`, async () => {
    folder.configure('Host 127.0.0.1\nHostKeyAlias mail-cluster')
    know(`mail-cluster ${publicKey(hostKey)}`)
    assert.equal(await hello(address), 'root\n')
    know(`${name} ${publicKey(hostKey)}`)
    assert.equal((await refusal(address)).stage, 'host key')
  })

  test(`${connection}: a pin does not overrule a revoked key`, async () => {
    const pinned = { ...address, hostKey: publicKey(hostKey) }
    know(`somebody-else ${publicKey(hostKey)}`)
    assert.equal(await hello(pinned), 'root\n')
    know(`@revoked 127.0.0.1,${name} ${publicKey(hostKey)}`)
    const refused = await refusal(pinned)
    assert.deepEqual([refused.stage, /revokes/.test(refused.message)], ['host key', true], refused.message)
  })
}

test('openssh: a key whose certificate the host trusts logs in; the key alone is refused', async () => {
  know(`${name} ${publicKey(hostKey)}`)
  const address = sshd.address({ key: certified, connection: 'openssh' })
  assert.equal(await hello(address), 'root\n')
  const refused = await refusal(sshd.address({ key: certified }))
  assert.equal(refused.stage, 'authentication')
  assert.match(refused.hint ?? '', /connection: openssh.*certified-cert\.pub/)
})

test('ssh: a CertificateFile in ssh_config is left to the ssh program', async () => {
  know(`${name} ${publicKey(hostKey)}`)
  folder.configure(`Host 127.0.0.1\nIdentityFile ${certified}\nCertificateFile ${certified}-cert.pub`)
  assert.equal(await hello(sshd.address()), 'root\n')
})

test('ssh: keys that ssh_config revokes are refused by the ssh program', async () => {
  know(`${name} ${publicKey(hostKey)}`)
  const list = join(folder.path, 'revoked-keys')
  execFileSync('ssh-keygen', ['-q', '-k', '-f', list, `${hostKey}.pub`])
  folder.configure(`Host 127.0.0.1\nRevokedHostKeys ${list}`)
  const refused = await refusal(sshd.address({ key: plain }))
  assert.deepEqual([refused.stage, /revokes/.test(refused.message)], ['host key', true], refused.message)
})

test('openssh: a ControlMaster of ssh_config is neither used nor left behind', async () => {
  know(`${name} ${publicKey(hostKey)}`)
  const path = join(folder.path, 'master')
  folder.configure(`Host 127.0.0.1\nControlMaster auto\nControlPersist 60\nControlPath ${path}`)
  assert.equal(await hello(sshd.address({ key: plain, connection: 'openssh' })), 'root\n')
  assert.ok(!existsSync(path), readdirSync(folder.path).join(' '))
})

test('provision ping -vvv says on standard error how a host is reached', () => {
  know(`@cert-authority ${name} ${publicKey(hostAuthority)}`)
  const inventory = join(folder.path, 'inventory.yaml')
  const host = { host: '127.0.0.1', port: sshd.port, user: 'root', key: plain }
  writeFileSync(inventory, JSON.stringify({ all: { hosts: { mx1: host } } }))
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  const args = ['--import', 'tsx', cli, 'ping', '-i', inventory]
  const said = spawnSync(process.execPath, [...args, '-vvv'], { encoding: 'utf8' })
  assert.equal(said.status, 0, said.stderr)
  assert.match(
    said.stderr,
    /^mx1: .* knows 127\.0\.0\.1 by a certificate authority, .*: reached with it\nmx1: ssh -T /m,
  )
  assert.equal(spawnSync(process.execPath, [...args, '-vv'], { encoding: 'utf8' }).stderr, '')
})
