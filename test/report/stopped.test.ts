import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { createReporter } from '../../src/report/create-reporter.ts'
import { Progress } from '../../src/report/live-progress.ts'
import { counts, play, printed, result, start } from './recorded.ts'

const waiting: Event = {
  type: 'notice',
  host: 'mx1',
  text: 'waiting for anna@laptop, provision site.yaml, since 2 min; for 600 s at most',
}

test('a run that stopped between batches says where and why, which hosts were not touched, and what to type', async () => {
  const recap: Event = {
    type: 'recap',
    check: false,
    interrupted: false,
    stopped: { play: 'Mail hosts', why: 'the check of its batch failed on mx1', untouched: ['mx2', 'mx3'] },
    hosts: {
      mx1: counts({ changed: 2, ok: 50, failed: 1, notReached: 3, milliseconds: 41_000 }),
      mx2: counts({ notReached: 55, milliseconds: 41_000 }),
      mx3: counts({ notReached: 55, milliseconds: 41_000 }),
    },
  }
  const text = await printed([{ ...start, hosts: ['mx1', 'mx2', 'mx3'] }, recap])
  assert.equal(
    text,
    `mx1  changed 2   ok 50   failed 1   not reached 3                          41 s
mx2  changed 0   ok  0   failed 0   not reached 55                         41 s
mx3  changed 0   ok  0   failed 0   not reached 55                         41 s
Stopped in "Mail hosts": the check of its batch failed on mx1. Not touched by
it: mx2, mx3.
Again for what failed:  provision -i inventory.yaml site --limit @failed
`,
  )
})

test('one that was interrupted before anything failed says what to type for what is left', async () => {
  const hosts = { mx1: counts({ ok: 3, notReached: 1 }) }
  const text = await printed([start, { type: 'recap', check: false, interrupted: true, hosts }])
  assert.match(
    text,
    /\nInterrupted: 1 task on 1 host not reached\.\nAgain for what is left: {2}provision .* @failed\n$/,
  )
})

test('a notice is a line of its own', async () => {
  assert.equal(
    await printed([start, play, waiting]),
    '· mx1 · waiting for anna@laptop, provision site.yaml, since 2 min; for 600 s at\n  most\n',
  )
})

test('beside documents it goes to standard error', async () => {
  let warned = ''
  const reporter = createReporter(
    { document: 'zone' },
    {
      stdout: { write: () => assert.fail('a notice is no document') },
      stderr: { write: (text) => (warned += text) },
      verbosity: 0,
      diff: false,
      command: '',
    },
  )
  reporter.event(waiting)
  assert.match(warned, /^mx1 · waiting for anna@laptop/)
})

test('the row of a host says for whom it waits, and a notice leaves it as it is', () => {
  const progress = new Progress()
  const activity = 'waiting for anna@laptop, provision site.yaml, since 2 min'
  for (const event of [start, play, { type: 'host', host: 'mx1', activity } as const, waiting]) progress.apply(event, 0)
  assert.deepEqual(
    progress.rows.map(({ state, doing }) => [state, doing]),
    [
      ['running', activity],
      ['waiting', ''],
    ],
  )
  progress.apply(result('mx1', 'a.yaml:1', 'A', 'ok'), 1)
  assert.equal(progress.rows[0]?.state, 'running')
})
