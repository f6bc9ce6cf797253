import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sh } from '../../src/core/shell.ts'
import { Recorder, reading, shells, step, TestSession } from './shells.ts'

for (const shell of shells) {
  const [name] = shell

  test(`${name}: changes run in order, and what they brought is read back`, async () => {
    const test = new TestSession(shell)
    const questions = [reading('0.a', 'a'), reading('1.b', 'b'), reading('2.c', 'c')]
    await test.session.survey(questions)
    const recorder = new Recorder()
    const steps = [
      step(0, questions, [sh`echo one >~/a`, sh`echo two >>~/a`]),
      step(1, questions, []),
      step(2, questions, [sh`cp ~/a ~/c`]),
    ]
    const end = await test.session.stream(steps, recorder.onFrame)
    assert.deepEqual(end, { reason: 'finished', answers: new Map() })
    const order = ['turn 0', 'done 0 0', 'done 0 0', 'answers 0', 'turn 1', 'turn 2', 'done 2 0', 'answers 2']
    assert.deepEqual(recorder.summary, order)
    const last = recorder.frames.at(-1)
    assert.ok(last?.type === 'answers')
    assert.equal(last.answers.get('2.c')?.text, 'one\ntwo\n')
    await test.close()
  })

  test(`${name}: a stream stops where the host has moved, and answers what is left`, async () => {
    const test = new TestSession(shell)
    const questions = [reading('0.a', 'a'), reading('1.b', 'a'), reading('2.c', 'c')]
    await test.session.survey(questions)
    const recorder = new Recorder()
    const steps = [0, 1, 2].map((item) => step(item, questions, [sh`echo ${item} >>~/a`]))
    const moved = await test.session.stream(steps, recorder.onFrame)
    assert.deepEqual([moved.reason, moved.item, [...moved.answers.keys()]], ['moved', 1, ['1.b', '2.c']])
    assert.equal(moved.answers.get('1.b')?.text, '0\n')
    // The host compares with what it said last, though another shell of it had said that.
    const again = await test.session.stream(steps.slice(1), recorder.onFrame)
    assert.equal(again.reason, 'finished')
    assert.equal(readFileSync(join(test.home, 'a'), 'utf8'), '0\n1\n2\n')
    await test.close()
  })

  test(`${name}: answers that are no UTF-8 are remembered byte for byte`, async () => {
    const test = new TestSession(shell)
    const questions = [reading('0.a', 'a'), reading('1.b', 'a')]
    await test.session.survey(questions)
    const bytes = sh`printf '\351\201\377\n\n' >~/a`
    const steps = [step(0, questions, [bytes]), step(1, questions, [])]
    assert.equal((await test.session.stream(steps, () => undefined)).reason, 'moved')
    const again = await test.session.stream([step(0, questions, []), step(1, questions, [])], () => undefined)
    assert.equal(again.reason, 'finished')
    await test.close()
  })

  test(`${name}: a failed change ends the stream, unless its errors are ignored`, async () => {
    const test = new TestSession(shell)
    const failing = [sh`echo before`, sh`echo why >&2; exit 7`, sh`echo never`]
    const strict = new Recorder()
    const failed = await test.session.stream([step(0, [], failing), step(1, [], [sh`true`])], strict.onFrame)
    assert.deepEqual(failed, { reason: 'failed', item: 0, answers: new Map() })
    assert.deepEqual(strict.summary, ['turn 0', 'done 0 0', 'done 0 7'])
    const lenient = new Recorder()
    const steps = [step(0, [], failing, { ignoreErrors: true }), step(1, [], [sh`true`])]
    assert.equal((await test.session.stream(steps, lenient.onFrame)).reason, 'finished')
    assert.deepEqual(lenient.summary, [
      'turn 0',
      'done 0 0',
      'done 0 7',
      'answers 0',
      'turn 1',
      'done 1 0',
      'answers 1',
    ])
    await test.close()
  })

  test(`${name}: syntax errors, exit, set -e and signals are the change's own affair`, async () => {
    const test = new TestSession(shell)
    const changes = [sh`if (`, sh`exit 3`, sh`set -e; false; exit 9`, sh`kill -9 $(exec sh -c 'echo $PPID')`, sh`true`]
    const recorder = new Recorder()
    const steps = changes.map((change, item) => step(item, [], [change], { ignoreErrors: true }))
    assert.equal((await test.session.stream(steps, recorder.onFrame)).reason, 'finished')
    const statuses = recorder.frames.flatMap((frame) => (frame.type === 'done' ? [frame.status] : []))
    assert.notEqual(statuses[0], 0)
    assert.deepEqual(statuses.slice(1), [3, 1, 137, 0])
    await test.close()
  })

  test(`${name}: both outputs arrive live and belong to their change`, async () => {
    const test = new TestSession(shell)
    const recorder = new Recorder()
    const change = sh`echo out; echo err >&2; while [ ! -e ~/go ]; do sleep 0.02; done; printf 'no newline'`
    const running = test.session.stream([step(0, [], [change]), step(1, [], [sh`echo second >&2`])], recorder.onFrame)
    while (recorder.output('stdout') === '' || recorder.output('stderr') === '') await sleep(5)
    assert.deepEqual(recorder.summary, ['turn 0'])
    writeFileSync(join(test.home, 'go'), '')
    await running
    const done = recorder.frames.filter((frame) => frame.type === 'done')
    assert.deepEqual(
      done.map(({ item, stdout, stderr }) => [item, stdout, stderr]),
      [
        [0, 'out\nno newline', 'err\n'],
        [1, '', 'second\n'],
      ],
    )
    await test.close()
  })

  test(`${name}: asked to stop, the stream lets the running item finish`, async () => {
    const test = new TestSession(shell)
    const recorder = new Recorder()
    const steps = [0, 1, 2].map((item) => step(item, [], [sh`sleep 0.2`, sh`: >~/done-${item}`]))
    const running = test.session.stream(steps, (frame) => {
      recorder.onFrame(frame)
      if (frame.type === 'turn' && frame.item === 1) test.session.stop()
    })
    const end = await running
    assert.deepEqual([end.reason, end.item], ['stopped', 2])
    assert.deepEqual([existsSync(join(test.home, 'done-1')), existsSync(join(test.home, 'done-2'))], [true, false])
    const next = await test.session.stream([step(3, [], [sh`true`])], () => undefined)
    assert.equal(next.reason, 'finished')
    await test.close()
  })

  test(`${name}: the journal keeps what is owed until it is settled`, async () => {
    const test = new TestSession(shell)
    const journal = async () => (await test.ask(sh`owed_handlers`)).text
    const state = join(test.home, '.local/state/provision')
    await test.session.stream([step(0, [], [sh`true`])], () => undefined)
    assert.ok(!existsSync(state), 'nothing is written when nothing is owed')
    const owes = { owes: ['restart a', 'restart [b]*'] }
    const owing = [
      step(0, [], [sh`owed_handlers`], owes),
      step(1, [], [sh`true`], { owes: ['restart a'] }),
      step(2, [], [], { owes: ['not changed'] }),
      step(3, [], [sh`false`], { owes: ['reload c'], settles: ['restart a'] }),
    ]
    const recorder = new Recorder()
    await test.session.stream(owing, recorder.onFrame)
    assert.equal(recorder.output('stdout'), 'restart a\nrestart [b]*\n', 'the journal comes before the change')
    assert.equal(await journal(), 'restart a\nrestart [b]*\nreload c\n')
    const settling = [
      step(4, [], [sh`true`], { settles: ['restart [b]*'] }),
      step(5, [], [], { settles: ['restart a', 'reload c'] }),
    ]
    await test.session.stream(settling.slice(0, 1), () => undefined)
    assert.equal(await journal(), 'restart a\nreload c\n')
    await test.session.stream(settling.slice(1), () => undefined)
    assert.equal(await journal(), '')
    assert.ok(!existsSync(state), 'an empty journal leaves nothing behind')
    await test.close()
  })

  test(`${name}: a change whose debt cannot be written down does not run`, async () => {
    const test = new TestSession(shell)
    writeFileSync(join(test.home, '.local'), 'in the way')
    const recorder = new Recorder()
    const end = await test.session.stream([step(0, [], [sh`: >~/ran`], { owes: ['restart a'] })], recorder.onFrame)
    assert.equal(end.reason, 'failed')
    assert.ok(!existsSync(join(test.home, 'ran')))
    assert.match(recorder.output('stderr'), /\.local/)
    await test.close()
  })

  test(`${name}: a stream whose shell is killed fails instead of hanging, and the session lives on`, async () => {
    const test = new TestSession(shell)
    const killer = sh`self=$(exec sh -c 'echo $PPID'); parent=$(ps -o ppid= -p "$self"); kill -9 $parent; sleep 1`
    await assert.rejects(
      test.session.stream([step(0, [], [killer])], () => undefined),
      /was killed \(exit 137\)/,
    )
    assert.equal((await test.ask(sh`echo alive`)).text, 'alive\n')
    await test.close()
  })
}

test('100 MB of output are handed on whole, and neither kept nor held up', async () => {
  const test = new TestSession()
  let bytes = 0
  let highest = 0
  const change = sh`head -c 50000000 /dev/zero | tr '\0' é; head -c 50000000 /dev/zero | tr '\0' y >&2`
  const frames = new Recorder()
  await test.session.stream([step(0, [], [change])], (frame) => {
    if (frame.type === 'output') bytes += Buffer.byteLength(frame.text)
    else frames.onFrame(frame)
    highest = Math.max(highest, process.memoryUsage().arrayBuffers)
  })
  const done = frames.frames.find((frame) => frame.type === 'done')
  assert.ok(done?.type === 'done' && done.stdout.length < 1_200_000 && done.stderr.length < 1_200_000)
  assert.ok(bytes >= 100_000_000, `${bytes}`)
  assert.ok(highest < 80_000_000, `${highest} bytes in buffers`)
  await test.close()
})

test('a hundred steps are one turn', async () => {
  const test = new TestSession()
  const questions = [...Array(100).keys()].map((item) => reading(`${item}.x`, `x${item}`))
  await test.session.survey(questions)
  const before = test.traffic.turns
  const steps = questions.map(({ id }, item) => step(item, questions, [sh`echo ${id} >~/x${item}`]))
  assert.equal((await test.session.stream(steps, () => undefined)).reason, 'finished')
  assert.equal(test.traffic.turns - before, 1)
  await test.close()
})

test('a question that was never asked cannot be compared', async () => {
  const test = new TestSession()
  const steps = [step(0, [reading('0.a', 'a')], [])]
  await assert.rejects(
    test.session.stream(steps, () => undefined),
    /0\.a was not surveyed/,
  )
  await assert.rejects(
    test.session.stream([step(0, [], [sh`true`], { owes: ['a\nb'] })], () => undefined),
    RangeError,
  )
  await test.close()
})
