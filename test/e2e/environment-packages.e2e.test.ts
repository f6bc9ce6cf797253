import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { failuresOf, type Said } from './controller.ts'
import { fault } from './fault.ts'
import { Laptop, read } from './laptop.ts'
import { eventually, type Running } from './running.ts'

// dpkg and apt, killed in the middle and held by others.

let lab: Lab
let laptop: Laptop
let inventory: readonly ['-i', string]

/** Makes a package of which one script waits until /tmp/open is there; `$1` is the script. */
const makeSlow = `set -e
rm -rf /srv/slow; mkdir -p /srv/slow/DEBIAN /srv/slow/usr/share/slow; cd /srv/slow
seq 20000 >usr/share/slow/data
printf 'Package: slow\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: lab <lab@example.org>\\nDescription: slow\\n' >DEBIAN/control
printf '#!/bin/sh\\ntouch /tmp/waits; while [ ! -e /tmp/open ]; do sleep 0.1; done\\n' >DEBIAN/$1
chmod 755 DEBIAN/$1
dpkg-deb --root-owner-group --build . /srv/slow.deb >/dev/null
sha256sum </srv/slow.deb | cut -d' ' -f1`

before(async () => {
  lab = await openLab({ hosts: [{ name: 'mx1', release: 'trixie' }] })
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  inventory = laptop.inventory('inventory', { mx1: { host: lab.host('mx1').ipv4 } })
  await laptop.onHost('mx1', 'apt-get -qq update')
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

function playbook(packages: object): string {
  return laptop.write(
    'packages.yaml',
    `- hosts: all\n  tasks: [{ name: Package, packages: ${JSON.stringify(packages)} }]\n`,
  )
}

async function settles(file: string): Promise<void> {
  const next = await laptop.provision(...inventory, file, '--output', 'json')
  assert.equal(next.status, 0, failuresOf(next))
  const last = await laptop.provision(...inventory, file)
  assert.match(read(last), /^mx1 {2}changed 0 {2}ok 1 {2}failed 0$/m)
  assert.equal(
    await laptop.onHost('mx1', 'dpkg --audit; ls /usr/sbin/policy-rc.d* /var/cache/apt/provision 2>/dev/null; true'),
    '',
  )
}

describe('dpkg', () => {
  const victims = { dpkg: ['dpkg'], 'apt-get, dpkg and the script of the package': ['apt-get', 'dpkg', 'slow'] }
  for (const [who, names] of Object.entries(victims)) {
    fault({ fault: 'dpkg interrupted', where: `${who} killed in each script of a package` }, async (report) => {
      for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) {
        const sha256 = (await lab.demand('mx1', ['sh', '-c', makeSlow, 'sh', script])).trim()
        const isRemoval = ['prerm', 'postrm'].includes(script)
        const deb = { name: 'slow', version: '1.0', url: '/srv/slow.deb', sha256 }
        if (isRemoval) await laptop.onHost('mx1', 'dpkg -i /srv/slow.deb')
        await laptop.onHost('mx1', 'rm -f /tmp/waits /tmp/open')
        const file = playbook(isRemoval ? { names: 'slow', state: 'absent' } : { deb })
        const running = laptop.start(...inventory, file)
        await running.while(
          'waits in its script',
          async () => (await lab.run('mx1', ['test', '-e', '/tmp/waits'])).status === 0,
        )
        // The brackets keep the shell that asks from finding itself.
        const scripts = `pgrep -f '[s]low.${script}|tmp[.]ci/${script}'`
        await laptop.onHost(
          'mx1',
          `kill -9 ${names.map((name) => (name === 'slow' ? `$(${scripts})` : `$(pgrep -x ${name})`)).join(' ')}`,
        )
        const said = await running.ended
        await laptop.onHost('mx1', 'touch /tmp/open')
        await eventually('left nothing running', async () => (await lab.run('mx1', ['sh', '-c', scripts])).status !== 0)
        report.injected()
        assert.equal(said.status, 1, said.stdout)
        const words = /^ *(E: Sub-process \/usr\/bin\/dpkg exited unexpectedly|Killed)$/m
        assert.match(said.stdout, words)
        report.saw(words.exec(said.stdout)?.[0] ?? '')
        await settles(file)
        const state = await lab.run('mx1', ['dpkg-query', '-W', '-f', `\${db:Status-Status}`, 'slow'])
        assert.equal(state.stdout === 'installed', !isRemoval, state.stdout)
        await laptop.onHost('mx1', 'dpkg --purge slow')
      }
      report.after('as wanted, dpkg --audit finds nothing; 0 changed at the run after')
    })
  }
})

describe('apt', () => {
  const hold = (lock: string): string => `systemd-run --quiet --collect --expand-environment=no --unit=holder perl -e '
    use Fcntl; open(C, ">", "/proc/self/comm"); print C "unattended-upgr"; close C; open(F, "+>>", "${lock}"); $l = pack("s s l! l! i", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die;
    open(G, ">", "/tmp/held"); sleep 300'
    timeout 10 sh -c 'until [ -e /tmp/held ]; do sleep 0.05; done'; rm /tmp/held`

  for (const lock of ['/var/lib/dpkg/lock-frontend', '/var/lib/dpkg/lock', '/var/lib/apt/lists/lock']) {
    fault({ fault: 'dpkg locked', where: `another program holds ${lock}` }, async (report) => {
      await laptop.onHost('mx1', `apt-get -qq -y purge tree; ${hold(lock)}`)
      const late = await laptop.provision(...inventory, playbook({ names: 'tree', lock_timeout: 1 }))
      assert.equal(late.status, 1)
      const gaveUp = new RegExp(`unattended-upgr \\(process \\d+\\) still holds ${lock}`)
      assert.match(late.stdout, gaveUp)
      report.injected()
      report.saw(gaveUp.exec(late.stdout)?.[0] ?? '')

      const file = playbook({ names: 'tree', lock_timeout: 60 })
      const running: Running = laptop.start(...inventory, file, '-vv')
      const waiting = new RegExp(`waiting for unattended-upgr \\(process \\d+\\), which holds ${lock}`)
      await running.until(waiting)
      await laptop.onHost('mx1', 'systemctl stop holder')
      const said: Pick<Said, 'status' | 'stdout'> = await running.ended
      assert.equal(said.status, 0, said.stdout)
      report.injected()
      report.saw(waiting.exec(said.stdout)?.[0] ?? '')
      await settles(file)
      report.after('nothing was changed where it gave up; done as soon as it is released; 0 changed at the run after')
    })
  }
})
