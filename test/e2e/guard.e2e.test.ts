import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Lab } from '../../src/lab/lab.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import type { Said } from './controller.ts'
import { type FaultReport, fault } from './fault.ts'
import { anotherKey, everythingDropped, nobodyLogsIn, sudoWithdrawn, wrongAddress } from './guarded-tasks.ts'
import { Laptop } from './laptop.ts'
import { eventually } from './running.ts'

// Changes that cut us off, really: each host has to come back by itself, in time, as it was.

const names = ['network', 'firewall', 'sshd', 'sudo', 'keys', 'fine'] as const

let lab: Lab
let laptop: Laptop
let inventory: readonly string[]

before(async () => {
  lab = await openLab({ hosts: names.map((name, number) => ({ name, release: number % 2 ? 'bookworm' : 'trixie' })) })
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  const hosts = Object.fromEntries(names.map((name) => [name, { host: lab.host(name).ipv4 }]))
  inventory = laptop.inventory('hosts', {
    ...hosts,
    sudo: { ...hosts.sudo, user: 'deploy', become: true },
    keys: { ...hosts.keys, user: 'operator' },
  })
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

function play(...tasks: readonly string[]): string {
  return laptop.write(
    'guarded.yaml',
    `- name: Guarded
  hosts: all
  tasks:
    - file: { path: /tmp/before, content: "before\\n" }
${tasks.join('')}
    - file: { path: /tmp/behind, content: "behind\\n" }
`,
  )
}

/** Nothing of a guard stays: neither files, nor units, nor a timer. */
async function assertNothingLeft(host: string): Promise<void> {
  const left = await laptop.onHost(
    host,
    `ls -d /var/lib/provision/guard /var/lib/provision/restored /home/operator/.local/state/provision/[gr]e* \\
      /etc/systemd/system/provision-guard* \\
      /etc/systemd/system/*.wants/provision-guard* 2>/dev/null; systemctl list-units --state=active,activating,failed --plain --no-legend 'provision-guard*'`,
  )
  assert.equal(left, '', host)
}

async function isThere(host: string, path: string): Promise<boolean> {
  return (await lab.run(host, ['test', '-e', path])).status === 0
}

function line(said: Said, host: string): string {
  return new RegExp(`^${host} +changed .*$`, 'm').exec(said.stdout.split('\n').slice(-14).join('\n'))?.[0] ?? ''
}

beforeEach(() =>
  Promise.all(
    names.map((name) =>
      laptop.onHost(name, 'rm -rf /tmp/before /tmp/behind /var/lib/provision /home/operator/.local/state'),
    ),
  ),
)

describe('a change that cuts us off is put back by the host itself, and the other hosts are provisioned', () => {
  let said: Said
  before(async () => {
    const all = play(wrongAddress, everythingDropped, nobodyLogsIn, sudoWithdrawn, anotherKey)
    said = await laptop.provision(...inventory, all)
    assert.equal(said.status, 1, said.stdout + said.stderr)
    assert.match(line(said, 'fine'), /changed 2 .*failed 0/)
  })

  async function assertPutBack(host: string, what: string, report: FaultReport): Promise<void> {
    assert.match(said.stdout, new RegExp(`^✖ ${host} · `, 'm'), host)
    assert.match(line(said, host), /failed [12] /, said.stdout)
    assert.equal(await isThere(host, '/tmp/behind'), false, host)
    await assertNothingLeft(host)
    const lost = 'no new connection came about within 12 s, so the host put itself back'
    assert.ok(said.stdout.includes(lost), said.stdout)
    assert.ok(said.stdout.includes(what), said.stdout)
    report.injected()
    report.saw(lost)
    report.saw(what)
    // As it was: the next run works on it.
    const next = await laptop.provision(...inventory, play(), '--limit', host)
    assert.equal(next.status, 0, next.stdout)
    report.after('the host is as it was, the other hosts were provisioned; the next run works')
  }

  const at = ' in the middle of a play on six hosts'
  fault({ fault: 'wrong netplan', where: `its address removed${at}` }, (report) =>
    assertPutBack('network', 'put back: /etc/netplan/50-cloud-init.yaml', report),
  )
  fault({ fault: 'firewall that cuts us off', where: `everything dropped${at}` }, (report) =>
    assertPutBack('firewall', 'put back: the rules of the firewall', report),
  )
  fault({ fault: 'sshd broken', where: `it lets nobody in${at}` }, (report) =>
    assertPutBack('sshd', 'removed again: /etc/ssh/sshd_config.d/00-nobody.conf', report),
  )
  fault({ fault: 'sudo withdrawn', where: `from the login user${at}` }, (report) =>
    assertPutBack('sudo', 'put back: /etc/sudoers.d/deploy', report),
  )
  fault({ fault: 'login key removed', where: `from the login user${at}` }, (report) =>
    assertPutBack('keys', 'put back: /home/operator/.ssh/authorized_keys', report),
  )

  it('on a terminal the countdown is seen', async () => {
    const running = laptop.startOnTerminal(80, 24, ...inventory, play(nobodyLogsIn), '--limit', 'sshd')
    await running.until(/or put back in \d+ s/)
    const { status, stdout } = await running.ended
    assert.equal(status, 1)
    const seen = new Set(stripVTControlCharacters(stdout).match(/or put back in \d+ s/g))
    assert.ok(seen.size > 5, [...seen].join('\n'))
  })
})

describe('a guarded change that is well', () => {
  it('is proven, and leaves nothing behind', async () => {
    const well = play(`
    - netplan:
        file: /etc/netplan/91-more.yaml
        config: { version: 2, ethernets: { eth0: { addresses: ["198.51.100.201/24"] } } }
    - sshd: { max_auth_tries: 5 }
    - sudoers: { name: more, user: nobody, commands: /bin/true }
`)
    const said = await laptop.provision(...inventory, well, '--limit', 'fine')
    assert.equal(said.status, 0, said.stdout + said.stderr)
    await assertNothingLeft('fine')
    const again = await laptop.provision(...inventory, well, '--limit', 'fine')
    assert.match(line(again, 'fine') || again.stdout, /changed 0/)
  })

  fault({ fault: 'address changed', where: 'by a task in the middle of a play, there and back' }, async (report) => {
    const move = (address: string): string => `
    - netplan:
        file: /etc/netplan/50-cloud-init.yaml
        config:
          version: 2
          ethernets:
            eth0: { accept-ra: false, addresses: [${address}/24], routes: [{ to: default, via: 198.51.100.1 }] }
`
    const said = await laptop.provision(...inventory, play(move('198.51.100.211')), '--limit', 'network')
    assert.equal(said.status, 0, said.stdout + said.stderr)
    assert.match(said.stdout, /the host answers at 198\.51\.100\.211 now/)
    assert.equal(await isThere('network', '/tmp/behind'), true)
    await assertNothingLeft('network')
    const there = laptop.inventory('moved', {
      network: { host: '198.51.100.211', host_key: await pinnedHostKey(lab, lab.host('network')) },
    })
    const back = await laptop.provision(...there, play(move(lab.host('network').ipv4)))
    assert.equal(back.status, 0, back.stdout + back.stderr)
    report.injected(2)
    report.saw('the host answers at 198.51.100.211 now')
    report.after('proven at the new address, and the run went on there; as wanted')
  })

  it('fails by itself: put back at once, with what is guarded together with it', async () => {
    const failing = play(`
    - guard: true
      block:
        - file: { path: /etc/half, content: "half\\n" }
        - command: exit 3
`)
    const said = await laptop.provision(...inventory, failing, '--limit', 'fine')
    assert.equal(said.status, 1)
    assert.match(said.stdout, /removed again: \/etc\/half/)
    assert.equal(await isThere('fine', '/etc/half'), false)
    await assertNothingLeft('fine')
  })
})

describe('nobody is there to confirm', () => {
  afterEach(() => assertNothingLeft('sshd'))

  const untilRestored = (): Promise<number> =>
    eventually('puts itself back', () => isThere('sshd', '/var/lib/provision/restored'), 30)

  fault({ fault: 'controller killed', where: 'while it proves a change of sshd' }, async (report) => {
    const running = laptop.startOnTerminal(80, 24, ...inventory, play(nobodyLogsIn), '--limit', 'sshd')
    await running.until(/or put back in/)
    running.signal('SIGKILL')
    await running.ended
    await untilRestored()
    assert.equal(await isThere('sshd', '/etc/ssh/sshd_config.d/00-nobody.conf'), false)
    const next = await laptop.provision(...inventory, play(), '--limit', 'sshd')
    assert.equal(next.status, 0, next.stdout)
    assert.match(next.stdout, /this host put back what guarded\.yaml:\d+ had\s+changed/)
    report.injected()
    report.saw('this host put back what guarded.yaml had changed')
    report.after('the host put itself back; the next run says so, and works')
  })

  fault({ fault: 'host rebooted, power lost', where: 'while a change of sshd waits for its proof' }, async (report) => {
    const running = laptop.startOnTerminal(80, 24, ...inventory, play(nobodyLogsIn), '--limit', 'sshd')
    await running.until(/or put back in/)
    await lab.powerOff('sshd')
    running.signal('SIGKILL')
    await lab.boot('sshd')
    await running.ended
    await untilRestored()
    assert.equal(await isThere('sshd', '/etc/ssh/sshd_config.d/00-nobody.conf'), false)
    const next = await laptop.provision(...inventory, play(), '--limit', 'sshd')
    assert.equal(next.status, 0, next.stdout)
    report.injected()
    report.saw('Reload sshd or put back in N s')
    report.after('the host booted as it was before the change; the next run works')
  })
})
