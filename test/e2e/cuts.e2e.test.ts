import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { failuresOf } from './controller.ts'
import { type FaultReport, fault } from './fault.ts'
import { Laptop, read } from './laptop.ts'
import type { Running } from './running.ts'

// A host loses its power, or its controller, at chosen moments of one run: each is waited for on the host itself.

const host = 'mx1'
let lab: Lab
let laptop: Laptop
let inventory: readonly ['-i', string]
let file: string

const playbook = `
- name: Cut
  hosts: all
  tasks:
    - name: File
      file: { path: /srv/cut/file, content: "{{ inventory_hostname }}\\n", validate: "sleep 0.3; test -s %s" }
      notify: restart
    - name: Packages
      packages: { names: [jq, chasquid] }
    - name: User
      user: { name: cut, groups: [adm], shell: /bin/bash }
    - name: Key
      authorized_key: { user: cut, key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILPaNkX9i/jqHbmvgz+Jse+j1xKJO1EcoX2TBAS/PgkH cut }
      guard: false
    - name: Timer
      timer: { name: cut, command: /bin/true, on_calendar: daily }
    - name: Wait
      command: { run: sleep 0.4; touch /srv/cut/waited, creates: /srv/cut/waited }
  handlers:
    - name: restart
      command: sleep 0.3; echo restarted >>/srv/cut/restarts
`

const log = (words: string): string => `grep -q ' ${words}' /var/log/dpkg.log`

/** Shell text that succeeds when the moment has come. */
const moments: Readonly<Record<string, string>> = {
  'the journal of the run has begun': 'ls /var/lib/provision/runs/*/log',
  'a temporary file is validated': 'ls /srv/cut/.provision.*',
  'its handler is owed, the file is in its place': '[ -e /var/lib/provision/owed ] && [ -e /srv/cut/file ]',
  'services are kept from starting': '[ -e /usr/sbin/policy-rc.d ]',
  'the first package is unpacked': log('status half-installed'),
  'a package is unpacked, and not configured': log('status unpacked chasquid'),
  'a package is half configured': log('status half-configured'),
  'all packages are installed': `${log('status installed chasquid')} && ! pidof dpkg`,
  'a user is made': 'getent passwd cut',
  'the keys of the user are written': 'ls -A /home/cut/.ssh | grep .',
  'a unit file is written': '[ -e /etc/systemd/system/cut.timer ]',
  'a command runs': "pgrep -f '^sleep 0.4'",
  'an owed handler runs': '[ -e /srv/cut/waited ] && [ ! -e /srv/cut/restarts ] && sleep 0.1',
}

before(async () => {
  lab = await openLab({ hosts: [{ name: host, release: 'trixie' }] })
  // A host without power is noticed in 4 s, not in 40.
  laptop = new Laptop(lab, 'Host *\nServerAliveInterval 1')
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  inventory = laptop.inventory('inventory', { [host]: { host: lab.host(host).ipv4 } })
  file = laptop.write('cut.yaml', playbook)
  await laptop.onHost(host, 'apt-get -qq update')
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

const reset = `
apt-get purge -qq jq chasquid >/dev/null 2>&1
userdel --remove cut 2>/dev/null
rm -rf /srv/cut /var/lib/provision /etc/systemd/system/cut.* /etc/systemd/system/timers.target.wants/cut.*
systemctl daemon-reload
: >/var/log/dpkg.log
mkdir /srv/cut`

/** Starts the run, and waits on the host until the moment has come. */
async function until(moment: string): Promise<Running> {
  await laptop.onHost(host, reset)
  const wait = `end=$(($(date +%s) + 60)); until { ${moment}; } >/dev/null 2>&1; do [ "$(date +%s)" -lt $end ] || exit 1; done`
  const waiting = laptop.onHost(host, wait)
  const running = laptop.start(...inventory, file)
  await waiting
  return running
}

/** The run after the cut, and the one after that. */
async function assertGoesOn(what: string, report: FaultReport): Promise<void> {
  const next = await laptop.provision(...inventory, file, '--output', 'json', '--lock-timeout', '20')
  assert.equal(next.status, 0, `${what}: ${failuresOf(next)}`)
  const last = await laptop.provision(...inventory, file)
  assert.match(read(last), /^mx1 {2}changed 0 {2}ok 6 {2}failed 0$/m, `${what}: ${last.stdout}`)
  const broken = await laptop.onHost(
    host,
    `dpkg --audit; dpkg --verify jq chasquid; find / -xdev -name '.provision.*' 2>/dev/null
    ls /usr/sbin/policy-rc.d* /var/cache/apt/provision /var/lib/provision/owed 2>/dev/null
    [ "$(cat /srv/cut/file)" = mx1 ] || echo 'the file is not as wanted'
    [ -s /srv/cut/restarts ] || echo 'the handler was not called'
    flock -n /run/provision.lock true || echo 'a lock stays'`,
  )
  assert.equal(broken, '', what)
  report.injected()
}

const state =
  'packages whole (dpkg --audit, --verify), handler called, no temporary file, no lock; converged, 0 changed at the run after'

describe('at each moment', () => {
  fault(
    {
      fault: 'host rebooted, power lost',
      where:
        'at 13 moments of a run: journal, file, owed handler, five of a package, user, keys, timer, command, handler',
    },
    async (report) => {
      for (const [what, moment] of Object.entries(moments)) {
        const running = await until(moment)
        await lab.powerOff(host)
        const { status, stdout } = await running.ended
        assert.equal(status, 3, `${what}: ${stdout}`)
        const lost = new RegExp(
          `^✖ ${host} · (the connection to \\S+ was lost: it does not answer any more)$`,
          'm',
        ).exec(stdout)
        report.saw(lost?.[1] ?? stdout)
        await lab.boot(host)
        await assertGoesOn(what, report)
      }
      report.after(state)
    },
  )

  fault({ fault: 'controller killed', where: 'at the same 13 moments of a run' }, async (report) => {
    for (const [what, moment] of Object.entries(moments)) {
      const running = await until(moment)
      running.signal('SIGKILL')
      await running.ended
      await assertGoesOn(what, report)
    }
    report.saw('nothing more: the program is gone')
    report.after(state)
  })
})
