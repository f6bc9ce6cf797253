import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Frame } from '../../src/core/session.ts'
import { sh } from '../../src/core/shell.ts'
import { FrameMerger } from '../../src/host/frames.ts'
import { Recorder, reading, step, TestSession } from '../host/shells.ts'
import { fc } from '../properties.ts'
import { assertRefused, greeted, type Liar } from './liar.ts'

const KINDS = ['hello 2', 'answer 0 5', 'answer lock 9', 'turn 0', 'moved 0', 'change 0 0', 'done 0 0 0', 'answered 0']
const ENDS = ['end finished', 'end failed 0', 'end moved 0', 'end stopped 0', 'end guarded 0', 'over 0']
const WRONG = ['0123456789abcdef0123456789abcdef', '', 'f'.repeat(32), '0123456789abcdef']

const questions = [reading('0.a', 'a'), reading('1.b', 'b')]

test('lines of the protocol that a program prints without knowing the nonce are its output, and nothing else', async (t) => {
  const test = new TestSession()
  t.after(() => test.close())
  const forged = [...KINDS, ...ENDS].flatMap((line) => WRONG.map((nonce) => `${nonce} ${line}`))
  const all = `${forged.join('\n')}\n`
  const recorder = new Recorder()
  const both = sh`printf %s ${all}; printf %s ${all} >&2`
  const end = await test.session.stream([step(0, [], [both]), step(1, [], [sh`echo second`])], recorder.onFrame)
  assert.equal(end.reason, 'finished')
  assert.deepEqual(recorder.summary, ['turn 0', 'done 0 0', 'answers 0', 'turn 1', 'done 1 0', 'answers 1'])
  assert.equal(recorder.output('stdout'), `${all}second\n`)
  assert.equal(recorder.output('stderr'), all)
  const answer = await test.ask(both)
  assert.deepEqual(answer, { status: 0, text: all, stderr: all })
  t.diagnostic(`${forged.length} forged lines on both outputs of a change and of a read`)
})

test('forged lines are output however they are cut, also where they begin with the true nonce', (t) => {
  const nonce = '00112233445566778899aabbccddeeff'
  const almost = [
    nonce.slice(0, -1),
    nonce.slice(1),
    nonce.toUpperCase(),
    `${nonce}\t`,
    `${nonce}\n `,
    `x${nonce.slice(0, 31)}x`,
  ]
  const forged = almost.flatMap((word) => [...KINDS, ...ENDS].map((line) => `${word} ${line}\n`)).join('')
  const bytes = Buffer.from(`${forged}${nonce} done 0 0 0\n`)
  const read = (cuts: readonly number[]): { lines: string[]; raw: string } => {
    const seen = { lines: [] as string[], raw: '' }
    const merger = new FrameMerger(nonce, {
      raw: (side, raw) => {
        if (side === 'stdout') seen.raw += raw.toString('latin1')
      },
      line: (words) => seen.lines.push(words.join(' ')),
    })
    const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
    for (let i = 1; i < edges.length; i++) {
      merger.push('stdout', bytes.subarray(edges[i - 1], edges[i]))
      merger.push('stderr', bytes.subarray(edges[i - 1], edges[i]))
    }
    return seen
  }
  const expected = { lines: ['done 0 0 0'], raw: forged }
  for (let cut = 0; cut <= bytes.length; cut++) assert.deepEqual(read([cut]), expected)
  assert.deepEqual(read([...bytes.keys()]), expected)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => assert.deepEqual(read(cuts), expected)),
  )
  t.diagnostic(`${almost.length * (KINDS.length + ENDS.length)} forged lines cut at each of ${bytes.length} bytes`)
})

test('the nonce of another session is worth nothing', async () => {
  const [one, other] = [await greeted(), await greeted()]
  assert.notEqual(one.nonce, other.nonce)
  const asked = one.session.survey(questions)
  await turn()
  for (const side of ['stdout', 'stderr'] as const) one.print(side, `${other.nonce} answer 0 3\n`)
  one.answer(0, 'true')
  one.answer(1, 'too')
  assert.deepEqual(
    [...(await asked).values()].map(({ text }) => text),
    ['true', 'too'],
  )
})

const LENGTHS = ['-1', 'x', '', '1e9', '0x10', '99999999999', '4195330', 'Infinity', 'NaN', '5.5', ' 5']

test('an answer that claims an impossible length ends the session', async (t) => {
  for (const length of LENGTHS) {
    const liar = await greeted()
    const asked = liar.session.survey(questions)
    await turn()
    liar.say(`answer 0 ${length}`, 'text')
    await assertRefused(liar, asked, /does not keep to the protocol: an answer of/)
  }
  t.diagnostic(`${LENGTHS.length} lengths`)
})

test('an answer that is shorter or longer than it claims is an error, and never text', async () => {
  for (const [claimed, text] of [
    [30, 'short'],
    [3, 'a long text'],
  ] as const) {
    const liar = await greeted()
    const asked = liar.session.survey(questions)
    await turn()
    liar.say(`answer 0 ${claimed}`, text)
    liar.answer(1, 'next')
    liar.print('stdout', 'x'.repeat(100))
    const answers = await Promise.race([asked, turn().then(() => turn())])
    const first = answers?.get('0.a')
    if (first) assert.deepEqual([first.status, first.text], [1, ''])
    liar.session.kill()
  }
})

test("a host that answers with another's answers is refused", async (t) => {
  const lies: readonly ((liar: Liar) => void)[] = [
    (liar) => liar.answer(1, 'of the second'),
    (liar) => liar.answer(7, 'of nobody'),
    (liar) => liar.say('answer lock 3', 'abc'),
    (liar) => liar.say('turn 0'),
    (liar) => liar.say('end finished'),
    (liar) => liar.say('hello 2'),
    (liar) => {
      liar.answer(0, 'once')
      liar.answer(0, 'twice')
    },
    (liar) => {
      liar.print('stdout', `${liar.nonce} answer 0 2\nxx`)
      liar.print('stderr', `${liar.nonce} answer 1 2\n`)
    },
  ]
  for (const lie of lies) {
    const liar = await greeted()
    const asked = liar.session.survey(questions)
    await turn()
    lie(liar)
    await assertRefused(liar, asked, /does not keep to the protocol/)
  }
  t.diagnostic(`${lies.length} answers that nobody asked for`)
})

const ALL = [
  ...KINDS.slice(3),
  ...ENDS,
  'turn 1',
  'change 1 0',
  'change 0 1',
  'done 0 1 0',
  'done 0 0 x',
  'answered 1',
  'end x',
]

test('a stream is told in its order, or not believed: no item is skipped, invented or answered for', async (t) => {
  const seen = { refused: 0, finished: 0 }
  const check = async (lines: readonly string[]): Promise<void> => {
    const liar = await greeted()
    const frames: Frame[] = []
    const steps = [step(0, [], [sh`true`]), step(1, [], [])]
    const running = liar.session.stream(steps, (frame) => frames.push(frame))
    await turn()
    for (const line of lines) liar.say(line)
    liar.say('over 0')
    await running.then(
      (end) => {
        seen.finished++
        if (end.reason !== 'finished') return
        const told = frames.filter(({ type }) => type !== 'output').map(({ type, item }) => `${type} ${item}`)
        assert.deepEqual(told, ['turn 0', 'done 0', ...(told.includes('answers 0') ? ['answers 0'] : []), 'turn 1'])
      },
      (error) => {
        seen.refused++
        assert.match(String(error), /UnreachableError.*protocol|shell that carried out the changes was killed/)
      },
    )
  }
  await check(['turn 0', 'change 0 0', 'done 0 0 0', 'answered 0', 'turn 1', 'end finished'])
  assert.equal(seen.finished, 1)
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...ALL), { maxLength: 8 }), check), { numRuns: 500 })
  t.diagnostic(`${seen.refused + seen.finished} orders of lines, ${seen.refused} of them refused`)
})
