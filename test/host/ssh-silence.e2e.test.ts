import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnreachableError } from '../../src/core/error.ts'
import { sh } from '../../src/core/shell.ts'
import { reach } from '../../src/host/reach.ts'
import { step } from './shells.ts'
import { Forwarder, SshFolder, TestSshd } from './sshd.ts'
import { lives, uniqueSleep, waitFor } from './victims.ts'

// A controller that loses its network without a word: asleep, or its cable pulled. Nothing tells sshd.

const folder = new SshFolder()
const hostKey = folder.key('host')
const key = folder.key('good', { authorized: true })
writeFileSync(folder.knownHosts, `127.0.0.1 ${readFileSync(`${hostKey}.pub`, 'utf8')}`)

// On this host `sleep 90` takes a second: the watcher's patience, at the speed of a test.
const programs = join(folder.path, 'programs')
mkdirSync(programs)
const quick = '#!/bin/sh\nif [ "$1" = 90 ]; then set 1; fi\nexec /bin/sleep "$@"\n'
writeFileSync(join(programs, 'sleep'), quick, { mode: 0o755 })
const shell = join(folder.path, 'shell')
const command = `mount --bind ${programs} /usr/local/sbin && eval "$SSH_ORIGINAL_COMMAND"`
writeFileSync(shell, `#!/bin/sh\nexec unshare --mount sh -c '${command}'\n`, { mode: 0o755 })
const sshd = await TestSshd.start(folder, [hostKey], [`ForceCommand ${shell}`])

after(() => {
  mock.timers.reset()
  sshd.stop()
  folder.remove()
})

/** Lets all time for signs of life pass, many times over. */
async function beating(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    mock.timers.tick(20_000)
    await sleep(100)
  }
}

for (const become of [undefined, 'nobody']) {
  test(`the controller's network goes away without a word${become ? ', with the work behind sudo' : ''}: the host ends the work and frees the lock`, async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    const forwarder = await new Forwarder(sshd.port).start()
    const options = { acceptNew: false, keepaliveSeconds: 100_000 }
    const host = await reach(sshd.address({ key, port: forwarder.port }), options)
    const session = await host.session(become)
    // The lock of a user who has no home is nobody's to take.
    if (!become) assert.ok((await session.lock('the laptop', 'run', [])).held)
    const duration = uniqueSleep()
    const ended = session
      .stream([step(0, [], [sh`sleep ${duration}`])], () => undefined)
      .catch((error: unknown) => error)
    await waitFor('the change runs', () => lives(`/bin/sleep ${duration}`), 5000)
    await beating(4000)
    assert.ok(lives(`/bin/sleep ${duration}`), 'signs of life arrive')
    forwarder.freeze()
    await waitFor('the change ends', () => !lives(`/bin/sleep ${duration}`), 5000)

    const other = await reach(sshd.address({ key }), options)
    const next = await other.session(become)
    if (!become) assert.ok((await next.lock('the desktop', 'run', [])).held, 'the lock is free')
    await other.close()
    mock.timers.reset()
    forwarder.cut()
    const error = await ended
    assert.ok(error instanceof UnreachableError && error.stage === 'connection', String(error))
    await host.close()
    forwarder.stop()
  })
}
