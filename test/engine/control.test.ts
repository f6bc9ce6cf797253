import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { Report } from '../../src/core/control.ts'
import { HostError } from '../../src/core/error.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Task } from '../../src/core/task.ts'
import { advice, fault, fine, type Look, look } from './control-tasks.ts'
import { play, plays, type Ran, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-control-'))
after(() => rmSync(root, { recursive: true }))
let number = 0
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, `${number++}-`))
})
const at = (name: string): string => join(folder, name)

const write = (name: string): Task => task(name, { params: { path: at(name), text: 'x' } })
const resultsOf = ({ events }: Ran) => events.filter((event) => event.type === 'result')

describe('probes', () => {
  it('look all at once, and are reported in their order', { timeout: 10_000 }, async () => {
    let begun = 0
    let allBegun = (): void => {}
    const all = new Promise<void>((resolve) => {
      allBegun = resolve
    })
    const meet: Look = async () => {
      if (++begun === 3) allBegun()
      await all
      return { findings: [fine] }
    }
    const { results, recap } = await play([look('a', meet), look('b', meet), look('c', meet)])
    assert.deepEqual(results, ['ok a', 'ok b', 'ok c'])
    assert.deepEqual(recap.findings, { right: 3, wrong: 0, advised: 0, unknown: 0 })
  })

  it('see what earlier tasks did, and what their own questions to the host answer', async () => {
    const seen: string[] = []
    const see: Look = async (_, file) => {
      seen.push(file)
      return {}
    }
    await play([write('a'), look('looks', see, { file: at('a') })])
    assert.deepEqual(seen, ['x\n'])
    const { results } = await play([look('looks', see, { file: at('b') })])
    assert.deepEqual(results, ['failed looks'])
    assert.equal(seen.length, 1, 'does not look where the host does not answer')
  })

  for (const check of [false, true]) {
    it(`fail the host at the end of the play when something required is wrong${check ? ', in a check too' : ''}`, async () => {
      const ran = await plays([[look('wrong', [fault, fine]), look('later', [fine])], [look('next play', [fine])]], {
        check,
      })
      assert.deepEqual(ran.results, ['failed wrong', 'ok later'])
      assert.deepEqual([ran.recap.failed, ran.recap.ok, ran.recap.notReached], [1, 1, 1])
      assert.deepEqual(ran.recap.findings, { right: 2, wrong: 1, advised: 0, unknown: 0 })
      const [failed] = resultsOf(ran)
      assert.deepEqual(failed?.findings, [fault, fine])
      assert.deepEqual(failed?.failure, { message: '198.51.100.11: has no name' })
    })
  }

  it('let the tasks and handlers of their play run', async () => {
    const notify = task('one', { params: { path: at('1'), text: '1' }, notify: ['handler'] })
    const { results } = await play([look('wrong', [fault, fault]), notify], { handlers: [write('handler')] })
    assert.deepEqual(results, ['failed wrong', 'changed one', 'changed handler'])
  })

  it('only advise where what is wrong is not required', async () => {
    const { results, recap } = await plays([[look('advises', [advice])], [look('next play', [])]])
    assert.deepEqual(results, ['ok advises', 'ok next play'])
    assert.deepEqual(recap.findings, { right: 0, wrong: 0, advised: 1, unknown: 0 })
  })

  it('fail nothing under ignore_errors', async () => {
    const { results, recap } = await plays([[look('wrong', [fault], { ignoreErrors: true })], [look('next play', [])]])
    assert.deepEqual(results, ['ignored wrong', 'ok next play'])
    assert.equal(recap.failed, 0)
  })

  it('do not know in a check whether what is wrong will still be so after the changes above', async () => {
    const tasks = [write('a'), look('wrong', [fault]), look('advises', [advice])]
    const check = await play(tasks, { check: true })
    assert.deepEqual(check.results, ['would change a', 'unknown wrong', 'ok advises'])
    assert.deepEqual(check.recap.findings, { right: 0, wrong: 0, advised: 1, unknown: 0 })
    const next = await plays([[write('a')], [look('wrong', [fault])]], { check: true })
    assert.deepEqual(next.results, ['would change a', 'unknown wrong'], 'nor after those of the play before')
    assert.deepEqual((await play(tasks)).results, ['changed a', 'failed wrong', 'ok advises'])
    assert.deepEqual((await play(tasks, { check: true })).results, ['ok a', 'failed wrong', 'ok advises'])
  })

  it('that cannot look stop the host, and those behind them give up', { timeout: 10_000 }, async () => {
    let gaveUp = false
    const patient: Look = ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          gaveUp = true
          resolve({})
        })
      })
    const cannot: Look = async () => {
      throw new HostError('no resolver', { hint: 'set resolver:' })
    }
    const { results, recap, events } = await play([look('first', []), look('cannot', cannot), look('waits', patient)])
    assert.deepEqual(results, ['ok first', 'failed cannot'])
    assert.equal(recap.notReached, 1)
    assert.equal(gaveUp, true)
    const [, failed] = events.filter((event) => event.type === 'result')
    assert.deepEqual(failed?.failure, { message: 'no resolver', hint: 'set resolver:' })
  })

  it('give up when the user wants to end, and what they saw so far is not reported', { timeout: 10_000 }, async () => {
    const patient: Look = ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ findings: [fault] })))
    const { results, recap } = await plays([[look('first', [fine]), look('waits', patient)], [look('next play', [])]], {
      during: (event, stop) => {
        if (event.type === 'item' && event.task === 'waits') stop()
      },
    })
    assert.deepEqual(results, ['ok first'])
    assert.deepEqual([recap.ok, recap.failed, recap.notReached], [1, 0, 2])
  })

  it('say, show and keep what they have to; nothing of it under no_log but the verdict', async () => {
    const report: Report = {
      message: 'a table',
      documents: { zone: '; zone', text: 'records' },
      findings: [advice],
      result: { serial: '7' },
    }
    const tasks = (noLog: boolean): readonly Task[] => [
      look('looks', async () => report, { register: 'seen', noLog }),
      task('keeps', {
        uses: ['seen'],
        params: ({ seen }: JsonObject) => ({ path: at('kept'), text: JSON.stringify(seen) }),
      }),
    ]
    const { events } = await play(tasks(false))
    const told = events.flatMap((event) =>
      event.type === 'message' || event.type === 'document' ? [`${event.type} ${event.text}`] : [],
    )
    assert.deepEqual(told, ['message a table', 'document ; zone', 'document records'])
    assert.deepEqual(JSON.parse(readFileSync(at('kept'), 'utf8')), {
      changed: false,
      failed: false,
      skipped: false,
      serial: '7',
    })
    const hidden = await play(tasks(true))
    assert.doesNotMatch(JSON.stringify(hidden.events), /a table|; zone|has no CAA/)
    assert.equal(hidden.recap.findings?.advised, 1)
  })

  it('tell of secrets before anything is reported', async () => {
    const log: string[] = []
    const decrypts: Look = async ({ secret }) => {
      secret('xyzzy')
      return {}
    }
    await play([look('decrypts', decrypts)], {
      onSecret: (value) => log.push(value),
      during: ({ type }) => log.push(type),
    })
    assert.ok(log.indexOf('xyzzy') < log.indexOf('result'))
  })
})
