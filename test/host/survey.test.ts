import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Script, sh } from '../../src/core/shell.ts'
import { fc } from '../properties.ts'
import { shells, step, TestSession } from './shells.ts'

const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((value) => !value.includes('\0'))

// What a shell's grammar is made of, but nothing that could write, run or wait for something.
const word = fc.constantFrom(
  ...'\'"(){};&|<$`#! \n\\',
  'if',
  'then',
  'fi',
  'do',
  'done',
  'case',
  'esac',
  '$(',
  'in',
  '<<E',
)
const fragment = fc.array(word, { maxLength: 12 }).map((words) => words.join(''))

for (const shell of shells) {
  const [name] = shell

  test(`${name}: every text comes back as it was, also in a large bundle`, async () => {
    const test = new TestSession(shell)
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        const questions = texts.map((value, index) => ({ id: `${index}.text`, script: sh`printf %s ${value}` }))
        const answers = await test.session.survey(questions)
        assert.deepEqual(
          [...answers.values()].map((answer) => answer.text),
          texts,
        )
        assert.ok([...answers.values()].every(({ status, stderr }) => status === 0 && stderr === ''))
      }),
      { numRuns: 25 },
    )
    await test.close()
  })

  test(`${name}: fragments of shell grammar end no session and shift no answer`, async () => {
    const test = new TestSession(shell)
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { minLength: 1, maxLength: 10 }), async (fragments) => {
        const broken = fragments.map((value, index) => ({ id: `${index}.broken`, script: asScript(value) }))
        const answers = await test.session.survey([...broken, { id: 'last.one', script: sh`echo still here` }])
        assert.deepEqual(answers.get('last.one'), { status: 0, text: 'still here\n', stderr: '' })
      }),
      { numRuns: 25 },
    )
    await test.close()
  })

  test(`${name}: the exit status and every newline are kept, whatever the read does to its shell`, async () => {
    const test = new TestSession(shell)
    const cases: [Script, number, string][] = [
      [sh`printf 'a\n\n\n'`, 0, 'a\n\n\n'],
      [sh`echo a; exit 3`, 3, 'a\n'],
      [sh`false`, 1, ''],
      [sh`exec printf 'é\n'`, 0, 'é\n'],
      [sh`exec sh -c 'echo x; exit 4'`, 4, 'x\n'],
      [sh`trap 'echo bye' EXIT; echo hi`, 0, 'hi\nbye\n'],
      [sh`exec >/dev/null; echo lost; exit 5`, 5, ''],
      [sh`kill -9 $(exec sh -c 'echo $PPID')`, 137, ''],
      [sh`set -e; false; echo not reached`, 1, ''],
      [sh`nosuchcommand`, 127, ''],
      [sh`cat`, 0, ''],
      [sh`echo "$#" "$p_nonce"`, 0, '0 \n'],
    ]
    const questions = cases.map(([script], index) => ({ id: `${index}.case`, script }))
    const answers = await test.session.survey(questions)
    const got = [...answers.values()].map(({ status, text }) => [status, text])
    assert.deepEqual(
      got,
      cases.map(([, status, expected]) => [status, expected]),
    )
    await test.close()
  })

  test(`${name}: a syntax error is the read's own failure and says so on its stderr`, async () => {
    const test = new TestSession(shell)
    const answers = await test.session.survey([
      { id: '0.warns', script: sh`echo one >&2; echo 1` },
      { id: '1.broken', script: sh`if then (` },
      { id: '2.warns', script: sh`echo three >&2` },
    ])
    assert.deepEqual(answers.get('0.warns'), { status: 0, text: '1\n', stderr: 'one\n' })
    assert.notEqual(answers.get('1.broken')?.status, 0)
    assert.match(answers.get('1.broken')?.stderr ?? '', /syntax error/i)
    assert.deepEqual(answers.get('2.warns'), { status: 0, text: '', stderr: 'three\n' })
    await test.close()
  })

  test(`${name}: 4 MiB is the most that an answer holds`, async () => {
    const test = new TestSession(shell)
    const answers = await test.session.survey([
      { id: '0.fits', script: sh`head -c 4000000 /dev/zero | tr '\0' x` },
      { id: '1.large', script: sh`head -c 5000000 /dev/zero | tr '\0' x` },
      { id: '2.next', script: sh`echo next` },
    ])
    assert.equal(answers.get('0.fits')?.text.length, 4_000_000)
    assert.deepEqual(answers.get('1.large'), { status: 1, text: '', stderr: 'the answer is longer than 4 MiB\n' })
    assert.equal(answers.get('2.next')?.text, 'next\n')
    await test.close()
  })

  test(`${name}: where a stray process writes on the same output, an answer is right or an error`, async () => {
    const test = new TestSession(shell)
    await test.ask(sh`: >~/noise`)
    const noisy = sh`sh -c 'while [ -e ~/noise ]; do echo noise; done' &`
    await test.session.stream([step(9, [], [noisy])], () => undefined)
    const questions = [...Array(20).keys()].map((n) => ({
      id: `${n}.x`,
      script: sh`head -c 100000 /dev/zero | tr '\0' x`,
    }))
    const answers = await test.session.survey(questions)
    await test.ask(sh`rm ~/noise`)
    for (const { status, text: said, stderr } of answers.values()) {
      if (status === 0) assert.equal(said, 'x'.repeat(100_000))
      else assert.match(stderr, /another process wrote into the answer/)
    }
    assert.equal(answers.size, 20)
    await test.close()
  })
}

test('the environment is the same whatever the login gave', async () => {
  const test = new TestSession()
  const { text: said } = await test.ask(sh`umask; echo "$LC_ALL $DEBIAN_FRONTEND $PATH"; pwd`)
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  assert.equal(said, `0022\nC noninteractive ${path}\n${test.home}\n`)
  await test.close()
})

test('neither random word reaches the environment or the arguments of a process', async () => {
  const test = new TestSession()
  const { text: said } = await test.ask(sh`env; cat /proc/$$/cmdline; cat /proc/$$/environ`)
  assert.doesNotMatch(said, /[0-9a-f]{16}/)
  await test.close()
})

test('connecting, locking and the first survey share one turn', async () => {
  const test = new TestSession()
  mkdirSync(join(test.home, 'unused'))
  const [lock, answers] = await Promise.all([
    test.session.lock('somebody', 'run:host', []),
    test.session.survey([{ id: '0.a', script: sh`echo a` }]),
  ])
  assert.deepEqual([lock.held, answers.get('0.a')?.text, test.traffic.turns], [true, 'a\n', 1])
  await test.close()
})

/** Text that nobody quoted, as a user's `command` may be. */
function asScript(value: string): Script {
  return sh(Object.assign([value], { raw: [value] }))
}
