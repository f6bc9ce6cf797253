import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lives, uniqueSleep, waitFor } from '../host/victims.ts'
import { look, work } from './control-tasks.ts'
import { play, type Ran, task } from './play.ts'

const folder = mkdtempSync(join(tmpdir(), 'provision-timeout-'))
after(() => rmSync(folder, { recursive: true }))

const failures = ({ events }: Ran) =>
  events.flatMap((event) => (event.type === 'result' && event.failure ? [event.failure.message] : []))
const slow = (name: string, duration: string, more = {}) =>
  task(name, {
    params: { path: join(folder, name), text: 'x', after: `echo begun; sleep ${duration}` },
    timeout: 1,
    ...more,
  })
const quick = () => task('quick', { params: { path: join(folder, 'quick'), text: 'x' } })

test('a task that takes longer than its timeout fails, and what it had started is ended', async () => {
  const duration = uniqueSleep()
  const ran = await play([slow('slow', duration), quick()])
  assert.deepEqual(ran.results, ['failed slow'])
  assert.match(failures(ran)[0] ?? '', / — timed out after 1 s; everything that it had started was ended$/)
  await waitFor('the change ends', () => !lives(`sleep ${duration}`), 5000)
  assert.ok(!existsSync(join(folder, 'quick')))
})

test('ignore_errors goes on behind a task that took too long', async () => {
  const ran = await play([slow('ignored', uniqueSleep(), { ignoreErrors: true }), quick()])
  assert.deepEqual(ran.results, ['ignored ignored', 'changed quick'])
})

test('a task that works from the controller has the same limit: it is told to give up', async () => {
  let toldToGiveUp = false
  const never = look(
    'never',
    async ({ signal }) => {
      await new Promise<void>((resolve) => {
        const alive = setInterval(() => undefined, 1000)
        signal.addEventListener('abort', () => {
          clearInterval(alive)
          toldToGiveUp = true
          resolve()
        })
      })
      return {}
    },
    { timeout: 1 },
  )
  const ran = await play([never])
  assert.deepEqual(
    [ran.results, failures(ran), toldToGiveUp],
    [['failed never'], ['looks — timed out after 1 s'], true],
  )
  let act: () => void = () => undefined
  const acts = [
    {
      what: 'a message',
      from: '',
      to: 'sent',
      apply: () => new Promise<object>((resolve) => (act = () => resolve({}))),
    },
  ]
  const acted = await play([work('acts', async () => ({ acts }), { timeout: 1, ignoreErrors: true })])
  act()
  assert.deepEqual([acted.results, failures(acted)], [['ignored acts'], ['works — timed out after 1 s']])
})
