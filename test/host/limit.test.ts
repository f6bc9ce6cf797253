import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { sh } from '../../src/core/shell.ts'
import { Recorder, shells, step, TestSession } from './shells.ts'
import { lives, uniqueSleep, waitFor } from './victims.ts'

describe('time limits', { concurrency: true }, () => {
  for (const shell of shells) {
    const [name] = shell

    test(`${name}: a change that takes too long is ended with everything that it started, and the stream says so`, async () => {
      const test = new TestSession(shell)
      const [child, stubborn, background] = [uniqueSleep(), uniqueSleep(), uniqueSleep()]
      const change = sh`sleep ${background} & sh -c ${`trap "" TERM; sleep ${stubborn}; sleep ${stubborn}`} & sleep ${child}`
      const recorder = new Recorder()
      const steps = [step(0, [], [change], { timeout: 1 }), step(1, [], [sh`true`])]
      const started = performance.now()
      assert.deepEqual(await test.session.stream(steps, recorder.onFrame), {
        reason: 'failed',
        item: 0,
        answers: new Map(),
      })
      const seconds = (performance.now() - started) / 1000
      assert.ok(seconds >= 1 && seconds < 15, `${seconds} s`)
      const done = recorder.frames.find((frame) => frame.type === 'done')
      assert.ok(done?.type === 'done' && done.late)
      for (const duration of [child, stubborn, background]) {
        await waitFor('all of it ends', () => !lives(`sleep ${duration}`), 5000)
      }
      assert.equal((await test.ask(sh`echo alive`)).text, 'alive\n')
      await test.close()
    })

    test(`${name}: a limited change has the functions of the prelude, its outputs and its own exit status`, async () => {
      const test = new TestSession(shell)
      const text = `é 'quoted' "$HOME" \\\n${'long '.repeat(40_000)}\n`
      const recorder = new Recorder()
      const changes = [
        sh`place_file ~/placed mode=0640 text=${text} && file_state ~/placed hash | head -n 1`,
        sh`echo err >&2; cat; echo "$p_nonce$#"; exit 124`,
      ]
      await test.session.stream([step(0, [], changes, { timeout: 30 })], recorder.onFrame)
      assert.equal(readFileSync(join(test.home, 'placed'), 'utf8'), text)
      assert.match(recorder.output('stdout'), /^hash 640 \S+ \S+ \d+\n0\n$/)
      assert.equal(recorder.output('stderr'), 'err\n')
      // 124 is what timeout(1) says at the limit; before the limit it is the change's own.
      assert.deepEqual(
        recorder.frames.flatMap((frame) => (frame.type === 'done' ? [[frame.status, frame.late]] : [])),
        [
          [0, undefined],
          [124, undefined],
        ],
      )
      await test.close()
    })

    test(`${name}: the changes of an item have one limit together; the item behind it has none`, async () => {
      const test = new TestSession(shell)
      const recorder = new Recorder()
      const steps = [
        step(0, [], [sh`sleep 0.7`, sh`sleep 0.7`, sh`sleep 9`], { timeout: 2, ignoreErrors: true }),
        step(1, [], [sh`sleep 1.2`]),
      ]
      assert.equal((await test.session.stream(steps, recorder.onFrame)).reason, 'finished')
      const late = recorder.frames.flatMap((frame) => (frame.type === 'done' ? [frame.late ?? false] : []))
      assert.deepEqual([late.at(-2), late.at(-1)], [true, false])
      await test.close()
    })

    test(`${name}: in a run that is journalled, what a limited change replaces is kept`, async () => {
      const test = new TestSession(shell)
      const run = { id: '20260131T100000Z-3fa9', who: 'anna@laptop', playbook: 'site.yaml', mask: String }
      test.session.record(run)
      const record = { task: 'Write', place: 'site.yaml:1', resource: 'file', changes: ['~/a'], notify: [] }
      const write = (text: string) => sh`place_file ~/a text=${text}`
      await test.session.stream([step(0, [], [write('old')], { record })], () => undefined)
      const limited = [step(1, [], [sh`place_file ~/b text=new`, sh`keep_file ~/a && rm ~/a`], { record, timeout: 30 })]
      assert.equal((await test.session.stream(limited, () => undefined)).reason, 'finished')
      const log = readFileSync(join(test.home, '.local/state/provision/runs', run.id, 'log'), 'utf8')
      assert.match(log, /^kept\t\S+\/b\t/m)
      assert.match(log, /^wrote\t\S+\/a\tabsent$/m)
      await test.close()
    })

    test(`${name}: what is limited ends with the session, too`, async () => {
      const test = new TestSession(shell)
      const duration = uniqueSleep()
      const running = test.session.stream([step(0, [], [sh`sleep ${duration}`], { timeout: 60 })], () => undefined)
      const ended = assert.rejects(running, /the session was ended/)
      await waitFor('the change runs', () => lives(`sleep ${duration}`), 5000)
      test.session.kill()
      await ended
      await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
      await test.close()
    })
  }

  test('no secret of a limited change is in the arguments or the environment of a process', async () => {
    const test = new TestSession()
    const recorder = new Recorder()
    const change = sh`: hidden-word; tr '\0' '\n' </proc/$$/cmdline; tr '\0' '\n' </proc/$PPID/cmdline; env`
    await test.session.stream([step(0, [], [change], { timeout: 30 })], recorder.onFrame)
    assert.match(recorder.output('stdout'), /^sh\n\/dev\/fd\/3\ntimeout\n/)
    assert.doesNotMatch(recorder.output('stdout'), /hidden-word/)
    await test.close()
  })
})
