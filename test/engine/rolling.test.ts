import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fault, look } from './control-tasks.ts'
import { type PlayOptions, plays, type Ran, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-rolling-'))
after(() => rmSync(root, { recursive: true }))
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'))
})
const hosts = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']
const at = (host: string): string => join(folder, host)
const changed = (): readonly string[] => hosts.filter((host) => existsSync(at(host)))

/** Every host gets a file; it fails on those named, before it is written. */
function roll(options: PlayOptions, failing: readonly string[] = []): Promise<Ran> {
  const tasks = (host: string) => [
    ...(failing.includes(host) ? [task('stops', { params: { path: '/nowhere/at/all', text: 'x' } })] : []),
    task('marks', { params: { path: at(host), text: 'x' }, notify: ['restart'] }),
  ]
  const restart = task('restart', { params: { path: `${folder}/restarted`, text: 'x' } })
  return plays([tasks, (host) => [task('later', { params: { path: `${at(host)}.later`, text: 'x' } })]], {
    hosts,
    handlers: [restart],
    ...options,
  })
}

const stopOf = ({ events }: Ran) => events.flatMap((event) => (event.type === 'recap' ? [event.stopped] : []))[0]

describe('batch_check', () => {
  const checked = (ill: readonly string[]) => (host: string) => [
    // The handlers of the batch have run by then.
    look('checks', async () => ({
      findings: ill.includes(host) || !existsSync(`${folder}/restarted`) ? [fault] : [],
    })),
  ]

  it('that fails ends the run ahead of the next batch: the hosts of it and of all behind it are not touched', async () => {
    const ran = await roll({ play: { serial: [2] }, batchCheck: checked(['h4']) })
    assert.deepEqual(changed(), ['h1', 'h2', 'h3', 'h4'])
    assert.deepEqual(stopOf(ran), {
      play: 'test',
      why: 'the check of its batch failed on h4',
      untouched: ['h5', 'h6'],
    })
    assert.deepEqual(
      hosts.map((host) => [ran.recaps[host]?.failed, ran.recaps[host]?.notReached]),
      // Nobody begins the second play, whose one task each of them misses.
      [
        [0, 1],
        [0, 1],
        [0, 1],
        [1, 1],
        [0, 2],
        [0, 2],
      ],
    )
  })

  it('that holds lets every batch have its turn, each checked at its own end', async () => {
    const ran = await roll({ play: { serial: [2] }, batchCheck: checked([]) })
    assert.deepEqual(changed(), hosts)
    assert.equal(stopOf(ran), undefined)
    const order = ran.events.flatMap((event) => (event.type === 'result' ? [`${event.task} ${event.host}`] : []))
    const place = (entry: string): number => order.indexOf(entry)
    for (const [batch, next] of [
      [['h1', 'h2'], 'h3'],
      [['h3', 'h4'], 'h5'],
    ] as const) {
      for (const host of batch) {
        assert.ok(place(`marks ${host}`) < place(`checks ${host}`))
        assert.ok(place(`checks ${host}`) < place(`marks ${next}`), order.join('\n'))
      }
    }
  })

  it('is not made where the batch has ended the run already', async () => {
    const ran = await roll({ play: { serial: [2], anyErrorsFatal: true }, batchCheck: checked([]) }, ['h1'])
    assert.equal(
      ran.events.some((event) => event.type === 'result' && event.task === 'checks'),
      false,
    )
  })
})

describe('max_fail_percentage', () => {
  it('ends the run behind a batch of which more than that failed; the others of the batch were carried out', async () => {
    const ran = await roll({ play: { serial: [3], maxFailPercentage: 33 }, forks: 10 }, ['h2'])
    assert.deepEqual(changed(), ['h1', 'h3'])
    assert.equal(stopOf(ran)?.why, 'h2 failed: 1 of 3 hosts, more than 33 %')
    assert.deepEqual(stopOf(ran)?.untouched, ['h4', 'h5', 'h6'])
  })

  it('lets it go on where just that share failed', async () => {
    const ran = await roll({ play: { serial: [2], maxFailPercentage: 50 } }, ['h2', 'h3'])
    assert.deepEqual(changed(), ['h1', 'h4', 'h5', 'h6'])
    assert.equal(stopOf(ran), undefined)
  })

  it('begins no further host of the batch once it is exceeded', async () => {
    const ran = await roll({ play: { maxFailPercentage: 10 }, forks: 1 }, ['h1'])
    assert.deepEqual(changed(), [])
    assert.deepEqual(stopOf(ran)?.untouched, ['h2', 'h3', 'h4', 'h5', 'h6'])
  })
})

it('Ctrl-C between batches begins no other one', async () => {
  const ran = await roll({
    play: { serial: [1] },
    during: (event, stop) => {
      if (event.type === 'result' && event.host === 'h2' && event.task === 'marks') stop()
    },
  })
  assert.deepEqual(changed(), ['h1', 'h2'])
  assert.equal(
    ran.events.some((event) => event.type === 'host' && event.host === 'h3'),
    false,
  )
  assert.equal(stopOf(ran), undefined)
})
