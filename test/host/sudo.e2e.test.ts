import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { HostAddress } from '../../src/core/task.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { operatorPassword } from '../../src/lab/release.ts'
import type { Order, Outcome } from './controller.ts'
import { firstOutput, lives, uniqueSleep, waitFor } from './victims.ts'

// Debian 13 makes sudo use a terminal of its own (use_pty) by default; Debian 12 has an older sudo.
const releases = ['trixie', 'bookworm'] as const
const lab = await openLab({ hosts: releases.map((release) => ({ name: release, release })) })
const program = join(import.meta.dirname, 'controller.ts')

after(() => lab.close())

function address(name: string, user: string, connection: 'ssh' | 'openssh' = 'ssh'): HostAddress {
  const { ipv4 } = lab.host(name)
  const known = readFileSync(join(lab.directory, 'known_hosts'), 'utf8').split('\n')
  const line = known.find((each) => each.includes(ipv4) && each.includes('ssh-ed25519')) ?? ''
  const hostKey = line.slice(line.indexOf('ssh-ed25519'))
  return { name, host: ipv4, user, key: join(lab.directory, 'key'), hostKey, connection }
}

function command(order: Order): string[] {
  return [process.execPath, '--import', 'tsx', program, JSON.stringify(order)]
}

async function obey(order: Order): Promise<Outcome> {
  const { stdout, stderr } = await lab.execute(command(order), { timeoutSeconds: 60 })
  assert.equal(stderr, '')
  return JSON.parse(stdout) as Outcome
}

for (const release of releases) {
  for (const connection of ['ssh', 'openssh'] as const) {
    const deploy = address(release, 'deploy', connection)
    const operator = address(release, 'operator', connection)

    test(`${release}, ${connection}: a NOPASSWD rule gives a root shell with root's home`, async () => {
      assert.deepEqual(await obey({ address: deploy, become: 'root' }), { text: 'root\n/root\n' })
    })

    test(`${release}, ${connection}: a NOPASSWD rule never sees the password`, async () => {
      // Were it sent without being asked for, the shell would run it.
      const sudoPassword = 'touch /tmp/leaked; exit 9 #'
      assert.deepEqual(await obey({ address: deploy, become: 'root', sudoPassword }), { text: 'root\n/root\n' })
      const { status } = await lab.run(release, ['test', '-e', '/tmp/leaked'])
      assert.equal(status, 1)
    })

    test(`${release}, ${connection}: the password is given where it is asked for`, async () => {
      const order = { address: operator, become: 'root', sudoPassword: operatorPassword }
      assert.deepEqual(await obey(order), { text: 'root\n/root\n' })
    })

    test(`${release}, ${connection}: a wrong password is told`, async () => {
      const outcome = await obey({ address: operator, become: 'root', sudoPassword: 'wrong' })
      assert.deepEqual(outcome, { stage: 'sudo', message: 'sudo refused the password', hint: 'type it again with -K' })
    })

    test(`${release}, ${connection}: a password that is not there is asked for with -K`, async () => {
      assert.deepEqual(await obey({ address: operator, become: 'root' }), {
        stage: 'sudo',
        message: 'sudo asks for a password to become root',
        hint: '-K asks for the password once',
      })
    })

    test(`${release}, ${connection}: the end of the controller ends a change that runs through sudo`, async () => {
      for (const order of [{ address: deploy }, { address: operator, sudoPassword: operatorPassword }]) {
        const duration = uniqueSleep()
        const change = `echo running; sleep ${duration}`
        const child = lab.inNamespace(command({ ...order, become: 'root', change }), {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        assert.equal(await firstOutput(child), 'running\n')
        await waitFor('the change runs', () => lives(`sleep ${duration}`), 5000)
        child.kill('SIGKILL')
        await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
      }
    })
  }

  test(`${release}: a user whom sudo does not know is told so`, async () => {
    const add = `id guest || useradd -m guest && echo guest:secret-word | chpasswd && cp -r /home/deploy/.ssh /home/guest/ && chown -R guest /home/guest`
    assert.equal((await lab.run(release, ['sh', '-c', add])).status, 0)
    const outcome = await obey({ address: address(release, 'guest'), become: 'root', sudoPassword: 'secret-word' })
    assert.equal(outcome.stage, 'sudo')
    assert.match(outcome.message ?? '', /^guest is not in the sudoers file/)
  })

  test(`${release}: requiretty is told with its remedy`, async () => {
    const rule = 'echo "Defaults:deploy requiretty" >/etc/sudoers.d/zz-tty'
    assert.equal((await lab.run(release, ['sh', '-c', rule])).status, 0)
    const outcome = await obey({ address: address(release, 'deploy'), become: 'root' })
    await lab.run(release, ['rm', '/etc/sudoers.d/zz-tty'])
    assert.equal(outcome.stage, 'sudo')
    assert.match(outcome.hint ?? '', /requiretty/)
  })

  test(`${release}: without sudo, only becoming somebody else fails`, async () => {
    await lab.run(release, ['mv', '/usr/bin/sudo', '/usr/bin/sudo.away'])
    const root = address(release, 'root')
    assert.deepEqual(await obey({ address: root, become: 'root' }), { text: 'root\n/root\n' })
    const outcome = await obey({ address: root, become: 'deploy' })
    await lab.run(release, ['mv', '/usr/bin/sudo.away', '/usr/bin/sudo'])
    assert.deepEqual([outcome.stage, outcome.message], ['sudo', 'sudo is not installed on the host'])
  })
}
