import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sh } from '../../src/core/shell.ts'
import type { Order } from './controller.ts'
import { shells, step, TestSession } from './shells.ts'
import { firstOutput, lives, uniqueSleep, waitFor } from './victims.ts'

for (const shell of shells) {
  const [name] = shell

  test(`${name}: one session holds the lock, the other learns who, and closing frees it`, async () => {
    const first = new TestSession(shell)
    const second = new TestSession(shell, first.home)
    assert.ok((await first.session.lock("ops@laptop's\nrun 12", 'run:host', [])).held)
    const refused = await second.session.lock('other', 'run:host', [])
    assert.ok(!refused.held)
    const { user, by, id, waitsFor, since = 0, seconds = 99 } = refused
    const holder = [process.getuid?.() === 0 ? 65534 : process.getuid?.(), "ops@laptop's run 12", 'run:host', []]
    assert.deepEqual([user, by, id, waitsFor], holder)
    assert.ok(Math.abs(Date.now() / 1000 - since) < 10 && seconds < 10, `${since}, ${seconds} s`)
    // Nothing is read of the holder but what it said before or says now, at whatever moment it is asked.
    first.session.waits(['one', 'two'])
    const said: unknown[] = []
    while (said.at(-1) !== 'one two') {
      const later = await second.session.lock('other', 'run:host', [])
      assert.ok(!later.held)
      assert.deepEqual([later.by, later.since], [by, since])
      said.push(later.waitsFor.join(' '))
    }
    assert.deepEqual([...new Set(said)].filter(Boolean), ['one two'])
    await first.session.close()
    await taken(second)
    assert.equal(statSync(join(first.home, '.local/state/provision/lock')).mode & 0o777, 0o600)
    await second.close()
    await first.close()
  })

  test(`${name}: the stream holds the lock, a daemon that it starts does not, and closing lets the daemon live`, async () => {
    const first = new TestSession(shell)
    const duration = uniqueSleep()
    await first.session.lock('first', 'run:host', [])
    await first.session.stream([step(0, [], [sh`sleep ${duration} >/dev/null 2>&1 &`])], () => undefined)
    await first.session.close()
    await waitFor('the daemon runs', () => lives(`sleep ${duration}`), 5000)
    const second = new TestSession(shell, first.home)
    await taken(second)
    await second.ask(sh`pkill -f -x ${`sleep ${duration}`}`)
    await second.close()
    await first.close()
  })

  test(`${name}: the end of its input ends the shell, the stream and what it runs, and frees the lock`, async () => {
    const first = new TestSession(shell)
    const duration = uniqueSleep()
    await first.session.lock('first', 'run:host', [])
    const running = first.session.stream([step(0, [], [sh`sleep ${duration}`])], () => undefined)
    const lost = assert.rejects(running, { name: 'UnreachableError', stage: 'connection' })
    await waitFor('the change runs', () => lives(`sleep ${duration}`), 5000)
    first.channel.stdin.end()
    await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
    await lost
    const second = new TestSession(shell, first.home)
    await taken(second)
    await second.close()
    await first.close()
  })

  test(`${name}: kill ends everything, and every promise with it`, async () => {
    const test = new TestSession(shell)
    const duration = uniqueSleep()
    const running = test.session.stream([step(0, [], [sh`sleep ${duration}`])], () => undefined)
    const ended = assert.rejects(running, /the session was ended/)
    await waitFor('the change runs', () => lives(`sleep ${duration}`), 5000)
    test.session.kill()
    await ended
    await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
    for (let again = 0; again < 2; again++) {
      await assert.rejects(
        test.session.stream([step(0, [], [])], () => undefined),
        /the session was ended/,
      )
      await assert.rejects(test.ask(sh`true`), /the session was ended/)
    }
    await test.close()
  })
}

/** Takes the lock. Whoever leaves does not wait until the host has let go of it. */
async function taken({ session }: TestSession): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await session.lock('next', 'run:host', [])).held) {
    assert.ok(performance.now() < deadline, 'the lock is not freed')
    await sleep(20)
  }
}

test('a controller that is killed takes its changes on the host with it', async () => {
  const duration = uniqueSleep()
  const address = { name: 'here', host: 'localhost', connection: 'local' } as const
  const order: Order = { address, change: `echo running; sleep ${duration}` }
  const program = join(import.meta.dirname, 'controller.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)])
  assert.equal(await firstOutput(child), 'running\n')
  await waitFor('the change runs', () => lives(`sleep ${duration}`), 5000)
  child.kill('SIGKILL')
  await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
})

test('what a login prints before the shell runs is not mistaken for anything', async () => {
  const test = new TestSession(['sh', '-c', 'echo "Welcome 0123456789abcdef"; echo "Last login" >&2; exec dash'])
  assert.deepEqual(await test.ask(sh`echo hello`), { status: 0, text: 'hello\n', stderr: '' })
  await test.close()
})

test('a login without a shell is told with its own words', async () => {
  const refusing = new TestSession(['sh', '-c', 'echo "This account is currently not available."; exit 1'])
  await assert.rejects(refusing.ask(sh`true`), {
    stage: 'channel',
    message: 'the login shell ended before it ran sh (exit status 1): This account is currently not available.',
  })
  await refusing.close()
  const cloud = new TestSession(['sh', '-c', 'echo \'Please login as the user "ubuntu" rather than the user "root".\''])
  await assert.rejects(cloud.ask(sh`true`), { stage: 'channel', hint: 'log in as that user: user: ubuntu' })
  await cloud.close()
})

test('a shell that dies is told apart from a lost connection', async () => {
  const test = new TestSession()
  await assert.rejects(test.ask(sh`kill -9 $$`), { message: 'the shell on the host was ended by signal SIGKILL' })
  await test.close()
})

test('what a listener throws ends the stream with that error', async () => {
  const test = new TestSession()
  const running = test.session.stream([step(0, [], [sh`echo x; sleep 5`])], (frame) => {
    if (frame.type === 'output') throw new RangeError('a mistake of the listener')
  })
  await assert.rejects(running, { name: 'RangeError', message: 'a mistake of the listener' })
  await test.close()
})
