import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import type { ReachOptions } from '../../src/host/options.ts'
import { reach } from '../../src/host/reach.ts'
import { SshFolder, TestSshd } from './sshd.ts'
import { firstOutput } from './victims.ts'

const folder = new SshFolder()
const hostKeys = [folder.key('host-ed25519'), folder.key('host-rsa', { type: 'rsa' })]
const key = folder.key('good', { authorized: true })
const locked = folder.key('locked', { authorized: true, passphrase: 'open sesame' })
const sshd = await TestSshd.start(folder, hostKeys)
const name = `[127.0.0.1]:${sshd.port}`

after(() => {
  sshd.stop()
  folder.remove()
})

beforeEach(() => {
  folder.configure('')
  know(name, 'host-ed25519')
})

function publicKey(file: string): string {
  return readFileSync(`${join(folder.path, file)}.pub`, 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ')
}

function know(hosts: string, file: string): void {
  writeFileSync(folder.knownHosts, `# first line\n${hosts} ${publicKey(file)}\n`)
}

// Known hosts are read once for an options object, so each reaching takes a new one unless it is told otherwise.
async function hello(address: HostAddress, options: ReachOptions = { acceptNew: false }): Promise<string> {
  const host = await reach(address, options)
  try {
    const session = await host.session()
    const answers = await session.survey([{ id: '0.a', script: sh`echo "hello $(id -un)"` }])
    return answers.get('0.a')?.text ?? ''
  } finally {
    await host.close()
  }
}

async function refusal(
  address: HostAddress,
  options?: ReachOptions,
): Promise<{ stage: string; message: string; hint: string }> {
  try {
    assert.fail(`reached: ${await hello(address, options)}`)
  } catch (error) {
    assert.ok(error instanceof Error && 'stage' in error && 'hint' in error, String(error))
    return { stage: String(error.stage), message: error.message, hint: String(error.hint) }
  }
}

for (const connection of ['ssh', 'openssh'] as const) {
  const address = sshd.address({ key, connection })

  test(`${connection}: a known host is reached`, async () => {
    assert.equal(await hello(address), 'hello root\n')
  })

  test(`${connection}: names in known_hosts may be hashed`, async () => {
    execFileSync('ssh-keygen', ['-H', '-f', folder.knownHosts], { stdio: 'ignore' })
    assert.equal(await hello(address), 'hello root\n')
  })

  test(`${connection}: an unknown host is refused, and known for good once it was accepted`, async () => {
    know('somebody-else', 'host-ed25519')
    const { stage, hint } = await refusal(address)
    assert.equal(stage, 'host key')
    assert.match(hint, /--accept-new/)
    assert.equal(await hello(address, { acceptNew: true }), 'hello root\n')
    assert.equal(await hello(address), 'hello root\n')
    execFileSync('ssh-keygen', ['-F', name, '-f', folder.knownHosts])
  })

  test(`${connection}: a changed host key is refused, also with --accept-new`, async () => {
    know(name, 'good')
    for (const acceptNew of [false, true]) {
      const { stage, message, hint } = await refusal(address, { acceptNew })
      assert.equal(stage, 'host key')
      assert.match(message, /shows another host key than .*known_hosts(?: line |:)2\n/)
      assert.match(hint, /ssh-keygen -R .*If not, somebody may be listening: stop\./)
    }
    assert.match(readFileSync(folder.knownHosts, 'utf8'), /^# first line\n\S+ \S+ \S+\n$/)
  })

  test(`${connection}: a revoked host key is refused`, async () => {
    const line = `${name} ${publicKey('host-ed25519')}\n`
    writeFileSync(folder.knownHosts, `@revoked ${line}${line}`)
    const { stage, message } = await refusal(address)
    assert.equal(stage, 'host key')
    assert.match(message, /revokes/)
  })

  test(`${connection}: a pinned key is enough, and another one is refused`, async () => {
    know('somebody-else', 'host-ed25519')
    assert.equal(await hello({ ...address, hostKey: publicKey('host-ed25519') }), 'hello root\n')
    const wrong = await refusal({ ...address, hostKey: publicKey('good') }, { acceptNew: true })
    assert.equal(wrong.stage, 'host key')
  })

  test(`${connection}: a key that the host does not take is refused by name of stage`, async () => {
    const { stage, message } = await refusal({ ...address, key: folder.key('stranger') })
    assert.equal(stage, 'authentication')
    assert.match(message, /publickey/)
  })
}

test('ssh: a host that is known by its RSA key only does not look changed', async () => {
  know(name, 'host-rsa')
  assert.equal(await hello(sshd.address({ key })), 'hello root\n')
})

test('ssh: hosts that are met at once are all noted, each once', async () => {
  know('somebody-else', 'host-ed25519')
  const options = { acceptNew: true }
  const addresses = ['127.0.0.1', 'localhost'].flatMap((host) => Array(4).fill(sshd.address({ key, host })))
  await Promise.all(addresses.map((address) => hello(address, options)))
  assert.equal(readFileSync(folder.knownHosts, 'utf8').trimEnd().split('\n').length, 4)
})

test('ssh: what was offered, and what could not be, is told', async () => {
  const stranger = folder.key('stranger')
  const { message, hint } = await refusal(sshd.address({ key: stranger }))
  assert.equal(message, `127.0.0.1 refuses root; it accepts publickey\noffered: ${stranger}`)
  assert.match(hint, /ssh-copy-id root@127\.0\.0\.1/)
  const missing = await refusal(sshd.address({ key: join(folder.path, 'absent') }))
  assert.match(missing.message, /^there is no key to log in .*\nnot usable: .*absent \(does not exist\)$/)
})

test('ssh: a FIDO key, which needs its hardware, is told with the way out', async () => {
  const file = join(folder.path, 'touch')
  const kind = 'sk-ssh-ed25519@openssh.com'
  const wire = Buffer.concat([Buffer.from([0, 0, 0, kind.length]), Buffer.from(kind)])
  writeFileSync(file, 'a handle, of no use without the token')
  writeFileSync(`${file}.pub`, `${kind} ${wire.toString('base64')} touch\n`)
  const { stage, message } = await refusal(sshd.address({ key: file }))
  assert.equal(stage, 'authentication')
  assert.match(message, /touch \(a FIDO key, for the ssh program only: connection: openssh\)/)
})

test('ssh: a passphrase is asked for once for all hosts, and again after a wrong one', async () => {
  const typed = ['wrong', 'open sesame', 'never used']
  const asked: string[] = []
  const askPassphrase = async (file: string) => {
    asked.push(file)
    return new Secret(typed.shift() ?? '')
  }
  const options = { acceptNew: false, askPassphrase }
  const hosts = [1, 2, 3].map(() => hello(sshd.address({ key: locked }), options))
  assert.deepEqual(await Promise.all(hosts), Array(3).fill('hello root\n'))
  assert.deepEqual(asked, [locked, locked])
})

test('ssh: a passphrase that nobody can be asked for is told, with the way out', async () => {
  const { stage, message } = await refusal(sshd.address({ key: locked }))
  assert.equal(stage, 'authentication')
  assert.match(message, /locked \(has a passphrase: ssh-add .*locked\)/)
})

test('ssh: a key that the agent has needs no passphrase', async () => {
  const socket = join(folder.path, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket])
  await firstOutput(agent)
  const environment = { ...process.env, SSH_AUTH_SOCK: socket, DISPLAY: ':0', SSH_ASKPASS_REQUIRE: 'force' }
  const askpass = join(folder.path, 'askpass')
  writeFileSync(askpass, '#!/bin/sh\necho open sesame\n', { mode: 0o755 })
  execFileSync('ssh-add', ['-q', locked], { env: { ...environment, SSH_ASKPASS: askpass } })
  process.env.SSH_AUTH_SOCK = socket
  assert.equal(await hello(sshd.address({ key: locked })), 'hello root\n')
  assert.equal(await hello(sshd.address()), 'hello root\n')
  process.env.SSH_AUTH_SOCK = ''
  agent.kill()
})

test('ssh: ssh_config gives the port, the key and the name that known_hosts has', async () => {
  know('mail-cluster', 'host-ed25519')
  folder.configure(
    `Host mx1\nHostName 127.0.0.1\nPort ${sshd.port}\nUser root\nIdentityFile ${key}\nHostKeyAlias mail-cluster`,
  )
  assert.equal(await hello({ name: 'mx1', host: 'mx1', connection: 'ssh' }), 'hello root\n')
})

test('ssh: a ProxyCommand is left to the ssh program, by itself', async () => {
  const pipe = `const s = require("net").connect(${sshd.port}, "127.0.0.1"); process.stdin.pipe(s).pipe(process.stdout)`
  const settings = [
    'User root',
    'HostKeyAlias mail-cluster',
    `IdentityFile ${key}`,
    `ProxyCommand ${process.execPath} -e '${pipe}'`,
  ]
  folder.configure(`Host mx1\n${settings.join('\n')}`)
  know('mail-cluster', 'host-ed25519')
  const lines: string[] = []
  const trace = (line: string) => lines.push(line)
  assert.equal(
    await hello({ name: 'mx1', host: 'mx1', connection: 'ssh' }, { acceptNew: false, trace }),
    'hello root\n',
  )
  assert.equal(lines[0], 'mx1: ssh_config has ProxyCommand for mx1, which only the ssh program knows: reached with it')
})
