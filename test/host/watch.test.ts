import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sh } from '../../src/core/shell.ts'
import { shells, step, TestSession } from './shells.ts'
import { lives, uniqueSleep, waitFor } from './victims.ts'

/** A session in which the watcher sleeps for so many seconds instead of 90. */
function watched(shell: readonly string[], seconds: string, home?: string): TestSession {
  const test = new TestSession(shell, home)
  test.channel.stdin.write(`sleep() { case $1 in 90) exec sleep ${seconds} ;; *) command sleep "$1" ;; esac; }\n`)
  return test
}

describe('a watcher', { concurrency: true }, () => {
  for (const shell of shells) {
    const [name] = shell

    test(`${name}: the controller falls silent without a word in the middle of a change: the host ends the change and gives the lock back`, async () => {
      // Time enough for the change to begin on a busy machine.
      const first = watched(shell, '8')
      const duration = uniqueSleep()
      assert.ok((await first.session.lock('first', 'run:host', [])).held)
      const running = first.session.stream([step(0, [], [sh`: >~/began; sleep ${duration}`])], () => undefined)
      const ended = assert.rejects(running, { stage: 'connection' })
      await waitFor('the change runs', () => existsSync(join(first.home, 'began')), 20_000)
      await waitFor('the change ends', () => !lives(`sleep ${duration}`), 40_000)
      await ended
      const second = new TestSession(shell, first.home)
      assert.ok((await second.session.lock('second', 'run:host', [])).held)
      await second.close()
      await first.close()
    })

    test(`${name}: a survey that takes long is no silence`, async () => {
      const test = watched(shell, '1')
      await test.session.lock('first', 'run:host', [])
      assert.equal((await test.ask(sh`sleep 3.5; echo done`)).text, 'done\n')
      await test.close()
    })

    test(`${name}: a session that ends takes its watcher along, and leaves daemons alone`, async () => {
      const [watcher, daemon] = [uniqueSleep(), uniqueSleep()]
      const test = watched(shell, watcher)
      await test.session.lock('first', 'run:host', [])
      await test.session.stream([step(0, [], [sh`sleep ${daemon} >/dev/null 2>&1 &`])], () => undefined)
      await waitFor('both run', () => lives(`sleep ${watcher}`) && lives(`sleep ${daemon}`), 5000)
      await test.session.close()
      await waitFor('the watcher is gone', () => !lives(`sleep ${watcher}`), 5000)
      assert.ok(lives(`sleep ${daemon}`))
      const cleaner = new TestSession(shell, test.home)
      await cleaner.ask(sh`pkill -x -f ${`sleep ${daemon}`}`)
      await cleaner.close()
      await test.close()
    })
  }
})

for (const shell of shells) {
  const [name] = shell

  test(`${name}: a controller that gives signs of life keeps its session, in a stream and while idle`, async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    const test = watched(shell, '0.5')
    await test.session.lock('first', 'run:host', [])
    const beating = async (milliseconds: number) => {
      const end = performance.now() + milliseconds
      while (performance.now() < end) {
        mock.timers.tick(20_000)
        await sleep(50)
      }
    }
    const { turns } = test.traffic
    const streaming = test.session.stream([step(0, [], [sh`sleep 1.4`])], () => undefined)
    await beating(1600)
    assert.equal((await streaming).reason, 'finished')
    await beating(1200)
    assert.equal(test.traffic.turns, turns + 1, 'a beat is no turn')
    assert.equal((await test.ask(sh`echo alive`)).text, 'alive\n')
    mock.timers.reset()
    await test.close()
  })
}

test('a check, which holds no lock, starts no watcher', async () => {
  const test = new TestSession()
  const { text } = await test.ask(sh`ps -o args= --ppid $$`)
  assert.doesNotMatch(text, /sleep/)
  await test.close()
})
