import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { sh } from '../../src/core/shell.ts'
import { Recorder, reading, step, TestSession } from '../host/shells.ts'
import { assertRefused, greeted, Liar } from './liar.ts'

const questions = [reading('0.a', 'a'), reading('1.b', 'b')]

test('a line of the protocol that never ends, or comes on one output only, does not fill the memory', async (t) => {
  const chunk = Buffer.alloc(65_536, 'x')
  const flood = async (begin: (liar: Liar) => void): Promise<number> => {
    const liar = await greeted()
    const asked = liar.session.survey(questions)
    const ended = assertRefused(liar, asked, /does not keep to the protocol/)
    await turn()
    begin(liar)
    let bytes = 0
    for (; !liar.killed && bytes < 1e9; bytes += chunk.length) {
      liar.print('stdout', chunk)
      await turn()
    }
    await ended
    return bytes
  }
  const endless = await flood((liar) => liar.print('stdout', `${liar.nonce} answer 0`))
  const alone = await flood((liar) => liar.print('stdout', `${liar.nonce} turn 0\n`))
  assert.ok(endless <= 2 * chunk.length, `${endless}`)
  assert.ok(alone < 70e6, `${alone}`)
  t.diagnostic(`refused after ${endless} and ${alone} bytes`)
})

test('what a host prints before it greets, or while nothing is asked, is not kept', async (t) => {
  const liar = new Liar()
  await turn()
  const before = process.memoryUsage()
  const chunk = Buffer.alloc(1_000_000, 'noise\n')
  for (let i = 0; i < 100; i++) {
    for (const side of ['stdout', 'stderr'] as const) liar.print(side, chunk)
    await turn()
  }
  liar.say('hello 2')
  for (let i = 0; i < 100; i++) {
    for (const side of ['stdout', 'stderr'] as const) liar.print(side, chunk)
    await turn()
  }
  const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers
  assert.ok(grown < 50e6, `${grown}`)
  const asked = liar.session.survey(questions.slice(0, 1))
  await turn()
  liar.answer(0, 'still right')
  assert.equal((await asked).get('0.a')?.text, 'still right')
  t.diagnostic(`400 MB of noise, ${Math.round(grown / 1e6)} MB more memory`)
})

test('a host that never answers, or one byte at a time, holds nobody up who ends the session', async () => {
  const silent = await greeted()
  const asked = silent.session.survey(questions)
  await turn()
  silent.session.kill()
  await assert.rejects(asked, /the session was ended/)
  const slow = await greeted()
  const answered = slow.session.survey(questions.slice(0, 1))
  await turn()
  const payload = `text/0/${slow.mark}`
  const line = `${slow.nonce} answer 0 ${payload.length}\n`
  for (const byte of Buffer.from(`${line}${payload}`)) slow.print('stdout', Buffer.of(byte))
  for (const byte of Buffer.from(line)) slow.print('stderr', Buffer.of(byte))
  assert.equal((await answered).get('0.a')?.text, 'text')
})

test('100 MB of one line without an end on each output of a read end as an error, without filling the memory', async (t) => {
  const test = new TestSession()
  t.after(() => test.close())
  const before = process.memoryUsage().rss
  const flood = sh`head -c 100000000 /dev/zero | tr '\0' y >&2; head -c 100000000 /dev/zero | tr '\0' x`
  const answer = await test.ask(flood)
  const grown = process.memoryUsage().rss - before
  assert.equal(answer.status, 1)
  assert.ok(answer.text === '' && answer.stderr.length <= 131_072)
  assert.ok(grown < 150e6, `${grown}`)
  assert.equal((await test.ask(sh`echo alive`)).text, 'alive\n')
  t.diagnostic(`200 MB from a read, ${Math.round(grown / 1e6)} MB more memory`)
})

test('NUL and bytes that are no UTF-8 are seen as what they are in output, and do not shift an answer', async (t) => {
  const test = new TestSession()
  t.after(() => test.close())
  const bytes = sh`printf 'a\000b\377c\303'`
  const recorder = new Recorder()
  await test.session.stream([step(0, [], [sh`${bytes}; ${bytes} >&2`])], recorder.onFrame)
  assert.equal(recorder.output('stdout'), 'a\0b\ufffdc\ufffd')
  assert.equal(recorder.output('stderr'), 'a\0b\ufffdc\ufffd')
  // Shells cannot keep a NUL in a variable: it is left out, and the length fits.
  const answers = await test.session.survey([
    { id: '0.bytes', script: bytes },
    { id: '1.next', script: sh`echo next` },
  ])
  assert.deepEqual(
    [...answers.values()].map(({ text }) => text),
    ['ab\ufffdc\ufffd', 'next\n'],
  )
})
