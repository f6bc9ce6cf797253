import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { Task } from '../../src/core/task.ts'
import { type PlayOptions, play, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-order-'))
after(() => rmSync(root, { recursive: true }))
let log = ''
beforeEach(() => {
  log = join(mkdtempSync(join(root, 'run-')), 'log')
})
const entries = (): readonly string[] => readFileSync(log, 'utf8').trim().split('\n')

// Each host says when it begins and ends; between the two there is time for others to begin.
function slow(host: string, fails?: string): Task {
  const end = host === fails ? 'exit 1' : ':'
  const after = `echo begin ${host} >>${log}; sleep 0.3; echo end ${host} >>${log}; ${end}`
  return task('slow', { params: { path: `${log}.${host}`, text: 'done', after } })
}

type RunWanted = Pick<PlayOptions, 'forks' | 'lastTimes'> & { readonly fails?: string }

function run(hosts: number, wanted: PlayOptions['play'], options: RunWanted = {}) {
  const { forks, fails, lastTimes } = options
  const names = Array.from({ length: hosts }, (_, index) => `h${index + 1}`)
  return play((host) => [slow(host, fails)], {
    hosts: names,
    play: wanted ?? {},
    ...(forks ? { forks } : {}),
    ...(lastTimes ? { lastTimes } : {}),
  })
}

describe('the order of hosts', () => {
  it('is all at once', async () => {
    await run(3, {})
    assert.deepEqual(
      entries().map((entry) => entry.split(' ')[0]),
      ['begin', 'begin', 'begin', 'end', 'end', 'end'],
    )
  })

  it('is in batches where `serial` says so, the last size for what is left', async () => {
    await run(4, { serial: [1, '50%'] })
    const begun = entries().map((entry) => entry.split(' ')[0])
    assert.deepEqual(begun, ['begin', 'end', 'begin', 'begin', 'end', 'end', 'begin', 'end'])
  })

  it('is bounded by --forks', async () => {
    await run(3, {}, { forks: 1 })
    assert.deepEqual(
      entries().map((entry) => entry.split(' ')[0]),
      ['begin', 'end', 'begin', 'end', 'begin', 'end'],
    )
  })

  it('begins with those that took longest the last time, and with new ones, where not all run at once', async () => {
    const lastTimes = new Map([
      ['h1', 5],
      ['h2', 900],
    ])
    await run(3, {}, { forks: 1, lastTimes })
    const begun = entries().filter((entry) => entry.startsWith('begin'))
    assert.deepEqual(begun, ['begin h3', 'begin h2', 'begin h1'])
  })

  it('goes on with the next batch when some hosts of one failed', async () => {
    const some = await run(3, { serial: [2] }, { fails: 'h1' })
    assert.deepEqual(some.results.toSorted(), ['changed slow', 'changed slow', 'failed slow'])
  })

  it('ends when every host of a batch failed', async () => {
    const all = await run(3, { serial: [1] }, { fails: 'h1' })
    assert.deepEqual(all.results, ['failed slow'])
  })

  it('ends with the first failure under any_errors_fatal', async () => {
    const { results, events } = await run(3, { serial: [2], anyErrorsFatal: true }, { fails: 'h1' })
    const recap = events.find((event) => event.type === 'recap')
    assert.ok((recap?.hosts.h3?.notReached ?? 0) > 0)
    assert.equal(results.includes('failed slow'), true)
    assert.equal(
      entries().some((entry) => entry.endsWith(' h3')),
      false,
    )
  })
})
