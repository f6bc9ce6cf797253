import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { JsonObject } from '../../src/core/json.ts'
import type { Lab } from '../../src/lab/lab.ts'
import type { Said } from './controller.ts'
import { type FaultReport, fault } from './fault.ts'
import { Laptop, openTwoHosts, read } from './laptop.ts'
import { eventually } from './running.ts'

// Hosts that have no memory, no processes or no time left, each beside one that has.

let lab: Lab
let laptop: Laptop

before(async () => {
  lab = await openTwoHosts()
  // Silence is noticed in 4 s, not in 40.
  laptop = new Laptop(lab, 'Host *\nServerAliveInterval 1')
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

/** The first task takes something away from every shell of the run, on the host that has /tmp/starve. */
const playbook = (home: string, limit: string): string => `- hosts: all
  tasks:
    - name: Starve
      command:
        run: rm /tmp/starve; for shell in $(pgrep -u $(id -u) -x sh); do prlimit ${limit} --pid $shell; done
        only_if: test -e /tmp/starve
    - file: { path: ${home}/app.conf, content: "new\\n" }
    - name: Sum
      command: { run: "sha256sum <${home}/app.conf >${home}/sum", creates: ${home}/sum }
`

async function suffer(
  report: FaultReport,
  fields: JsonObject,
  home: string,
  limit: string,
  says: readonly RegExp[],
): Promise<void> {
  const file = laptop.write('app.yaml', playbook(home, limit))
  const run = (): Promise<Said> => laptop.provision(...laptop.twoHosts({}, fields), file)
  await laptop.onHost(
    'broken',
    `touch /tmp/starve; echo old >${home}/app.conf; chown $(stat -c %U ${home}) ${home}/app.conf`,
  )
  const said = await run()
  await laptop.onHost('broken', 'rm -f /tmp/starve')
  report.injected()
  assert.ok([1, 3].includes(said.status), said.stdout)
  assert.match(read(said), /^fine {2,}changed 2 {2}ok 1 {2}failed 0$/m)
  for (const words of says) {
    assert.match(said.stdout, words)
    report.saw(words.exec(said.stdout)?.[0] ?? '')
  }
  assert.equal(
    await laptop.onHost('broken', `cat ${home}/app.conf; ls -A ${home} | grep -c .provision; true`),
    'old\n0\n',
  )
  const next = await run()
  assert.equal(next.status, 0, next.stdout)
  assert.match(read(await run()), /^broken {2}changed 0 {2}ok 3 {2}failed 0$/m)
  report.after('the old file stayed whole; as wanted; 0 changed at the run after')
}

describe('a host', () => {
  const kind = 'no memory or processes left'

  fault({ fault: kind, where: 'no process may be started from one task on' }, (report) =>
    suffer(report, { user: 'deploy' }, '/home/deploy', '--nproc=1', [
      /the shell that carried out the changes was killed \(exit 2\)/,
      /Cannot fork/,
    ]),
  )

  fault({ fault: kind, where: 'no process gets memory from one task on' }, (report) =>
    suffer(report, {}, '/srv', '--as=4000000', [
      /error while loading shared libraries: \S+ failed to map segment from shared object/,
    ]),
  )

  fault({ fault: 'host stalled', where: 'its sshd is stopped in the middle of a task' }, async (report) => {
    const tasks = `
    - name: Take long
      command: while [ -e /tmp/wait ]; do sleep 0.1; done
    - file: { path: /srv/stalled, content: "new\\n" }`
    const file = laptop.write('stalled.yaml', `- hosts: all\n  tasks:${tasks}\n`)
    await laptop.onHost('broken', 'touch /tmp/wait')
    const running = laptop.start(...laptop.twoHosts(), file)
    await running.while(
      'is at work',
      async () => (await lab.run('broken', ['pgrep', '-f', '^sleep 0.1$'])).status === 0,
    )
    const stopped = (await laptop.onHost('broken', 'pgrep -f "^sshd(-session)?: root@notty"')).trim().split('\n')
    await laptop.onHost('broken', `kill -STOP ${stopped.join(' ')}`)
    const began = performance.now()
    const said = await running.ended
    report.injected()
    const words = /the connection to [\d.]+ was lost: it does not answer any\s+more/
    assert.equal(said.status, 3, said.stdout)
    assert.ok(performance.now() - began < 15_000)
    assert.match(said.stdout, words)
    report.saw(words.exec(said.stdout)?.[0] ?? '')
    assert.match(read(said), /^fine {2,}changed 2 {2}ok 0 {2}failed 0$/m)
    await laptop.onHost('broken', `rm /tmp/wait; kill -CONT ${stopped.join(' ')}`)
    await eventually(
      'is free',
      async () => (await lab.run('broken', ['pgrep', '-f', '^sshd(-session)?: root@notty'])).status !== 0,
    )
    const next = await laptop.provision(...laptop.twoHosts(), file)
    assert.equal(next.status, 0, next.stdout)
    const last = await laptop.provision(...laptop.twoHosts(), file)
    assert.match(read(last), /^broken {2}changed 1 {2}ok 1 {2}failed 0$/m)
    report.after('the other host done; as wanted; the file not changed again at the run after')
  })
})
