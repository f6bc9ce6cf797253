import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isChanges } from '../../src/core/resource.ts'
import { command } from '../../src/resources/command.ts'
import { script } from '../../src/resources/script.ts'

const NOTHING = { creates: '', removes: '', unless: '', only_if: '', output: '' }

// A session hands text to `eval` in a subshell of its own, with nothing on standard input.
const LIKE_A_SESSION = 'text=$(cat); exec </dev/null; (eval " $text")'

/** The change script of a command without a guard. */
function act(params: object | string): string {
  const plan = command.plan(command.params.parse(params), NOTHING, {})
  assert.ok(isChanges(plan) && plan[0])
  return plan[0].apply.reveal()
}

/** What `register` keeps of a command that only reads. */
function ask(run: (text: string) => { stdout: string }, params: object): unknown {
  const wanted = command.params.parse({ ...params, read_only: true, success_codes: [0, 3, 124, 127] })
  const { stdout } = run(command.read(wanted, {}).output.reveal())
  const now = { ...NOTHING, output: stdout }
  assert.deepEqual(command.plan(wanted, now, {}), [])
  return command.result?.(wanted, now)
}

for (const shell of ['dash', 'bash --posix', 'busybox sh']) {
  const [program = '', ...options] = shell.split(' ')
  const run = (input: string) => spawnSync(program, [...options, '-c', LIKE_A_SESSION], { input, encoding: 'utf8' })

  describe(`in ${shell}`, () => {
    test('a command ends as its text ends', () => {
      assert.equal(run(act('exit 3')).status, 3)
      assert.equal(run(act('set -e; false; true')).status, 1)
      assert.equal(run(act({ run: 'exit 2', success_codes: [0, 2] })).status, 0)
      assert.equal(run(act({ run: 'exit 0', success_codes: [1] })).status, 1)
      assert.equal(run(act({ run: 'set -e; (exit 4); true', success_codes: [0, 2] })).status, 4)
      assert.notEqual(run(act({ run: 'true', chdir: '/does/not/exist' })).status, 0)
    })

    test('it gets its directory, its environment and its standard input, with a time limit and without', () => {
      for (const limit of [{}, { timeout: 20 }]) {
        const text = act({ run: 'pwd; echo "$A"; cat', chdir: '/usr', env: { A: "it's $B" }, stdin: 'a\nb', ...limit })
        assert.equal(run(text).stdout, "/usr\nit's $B\na\nb")
      }
    })

    test('a question keeps its outputs and its exit code apart', () => {
      const two = { run: 'printf "out\\036 1\\n\\n"; printf "err 1\\nerr 2" >&2; exit 3' }
      const result = { rc: 3, stdout: 'out\x1e 1', stderr: 'err 1\nerr 2' }
      assert.deepEqual(ask(run, two), result)
      assert.deepEqual(ask(run, { ...two, timeout: 20 }), result)
      assert.deepEqual(ask(run, { run: 'true' }), { rc: 0, stdout: '', stderr: '' })
    })

    test('neither its text nor its standard input shows in the arguments or the environment of a process', () => {
      // Prints the processes that show the word which it reads from standard input. Its own text holds that word.
      const spy = ': "hunter2-hunter2"; grep -alF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true'
      const stdin = 'hunter2-hunter2'
      assert.equal(run(act({ run: spy, stdin })).stdout, '')
      assert.equal(run(act({ run: spy, stdin, timeout: 20 })).stdout, '')
      assert.match(run(act({ run: `sh -c '${spy}'`, stdin })).stdout, /cmdline/, 'the spy sees what is there to see')
    })

    test('a time limit ends everything that the command started', async () => {
      const { status, stdout, stderr } = run(act({ run: 'sleep 300 & echo $!; wait', timeout: 1.2 }))
      assert.equal(status, 124)
      assert.match(stderr, /ended at the time limit of 1\.2 s/)
      assert.ok(await isGone(Number(stdout)))
    })

    test('the end of the session ends a command with a time limit, too', async () => {
      const child = spawn(program, [...options, '-c', LIKE_A_SESSION], { detached: true })
      child.stdin.end(act({ run: 'sleep 300 & echo $!; wait', timeout: 300 }))
      const [output] = (await once(child.stdout, 'data')) as [Buffer]
      // The session's last act: TERM to its process group.
      process.kill(-Number(child.pid), 'SIGTERM')
      assert.ok(await isGone(Number(output)))
    })

    test('a script runs by its interpreter with its arguments, and its file is gone afterwards', () => {
      const content = Buffer.from('#!/usr/bin/env bash\necho "$BASH" "$PWD" "$@"; cat; echo "$0" >&2; exit 5\n')
      const wanted = script.params.parse({ src: 'a.sh', args: ["it's", 'a b'], chdir: '/usr', stdin: 'in' })
      const plan = script.plan(wanted, NOTHING, { src: { path: 'a.sh', content } })
      assert.ok(isChanges(plan) && plan[0])
      const { status, stdout, stderr } = run(plan[0].apply.reveal())
      assert.match(stdout, /^\S+bash \/usr it's a b\nin$/)
      assert.equal(status, 5)
      assert.notEqual(spawnSync('test', ['-e', stderr.trim()]).status, 0)
    })
  })
}

/** Whether the process ends soon. */
async function isGone(pid: number): Promise<boolean> {
  assert.ok(pid > 1)
  for (let tries = 0; tries < 200; tries++) {
    // `ps` shows processes that ended and were not waited for as Z.
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    if (stdout.trim() === '' || stdout.startsWith('Z')) return true
    await sleep(50)
  }
  process.kill(pid, 'SIGKILL')
  return false
}
