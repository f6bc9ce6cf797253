import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { InputError } from '../../src/core/error.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Task } from '../../src/core/task.ts'
import { actsInto, fault, look, work } from './control-tasks.ts'
import { plays, type Ran, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-plays-'))
after(() => rmSync(root, { recursive: true }))
let number = 0
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, `${number++}-`))
})
const at = (name: string): string => join(folder, name)

const resultsOf = ({ events }: Ran) => events.filter((event) => event.type === 'result')

describe('hostvars', () => {
  const hosts = ['h1', 'h2']
  const reports = (host: string): readonly Task[] => [
    look('looks', async () => ({ result: { name: `${host}.example.org` } }), { register: 'seen' }),
  ]
  const uses = (host: string): readonly Task[] => [
    task('uses', {
      uses: ['hostvars'],
      params: ({ hostvars }: JsonObject) => ({ path: at(host), text: JSON.stringify(hostvars) }),
    }),
  ]

  it('hold what every host knew when the play began', async () => {
    await plays([reports, uses, uses], { hosts })
    const kept = JSON.parse(readFileSync(at('h1'), 'utf8')) as { [host: string]: JsonObject }
    assert.deepEqual(Object.keys(kept), hosts)
    assert.deepEqual(
      hosts.map((host) => (kept[host]?.seen as JsonObject | undefined)?.name),
      ['h1.example.org', 'h2.example.org'],
    )
    assert.deepEqual(Object.keys(kept.h2 ?? {}).toSorted(), ['host', 'seen'])
  })

  it('are unknown in a check where what they would hold comes with a change', async () => {
    const acts = (host: string): readonly Task[] => [
      work('acts', async () => ({ acts: actsInto(at('acts'), host === 'h1' ? ['one'] : []) }), { register: 'done' }),
    ]
    const needs = [
      task('needs', {
        uses: ['hostvars'],
        params: ({ hostvars }: JsonObject) => {
          const { h1 } = hostvars as { h1: { done?: JsonObject } }
          if (!h1.done) throw new InputError([{ message: 'hostvars.h1 has no "done"' }])
          return { path: at('needs'), text: 'x' }
        },
      }),
    ]
    const ran = await plays([acts, needs], { hosts, check: true })
    assert.deepEqual(ran.results.toSorted(), ['ok acts', 'unknown needs', 'unknown needs', 'would change acts'])
    assert.deepEqual(resultsOf(ran).at(-1)?.notes, ['unknown until "acts" is applied'])
  })
})

describe('a host that failed', () => {
  const hosts = ['h1', 'h2']
  const counted = ({ recaps }: Ran): readonly number[] => hosts.map((host) => recaps[host]!.notReached)
  const wrongOn =
    (...failing: readonly string[]) =>
    (host: string): readonly Task[] => [look('looks', failing.includes(host) ? [fault] : [])]
  const three = [look('a', []), look('b', []), look('c', [])]

  it('counts the tasks of the plays behind as not reached, once each', async () => {
    assert.deepEqual(counted(await plays([wrongOn('h1'), three, three], { hosts })), [6, 0])
    assert.deepEqual(counted(await plays([wrongOn('h1'), wrongOn('h2'), three], { hosts })), [4, 3])
    assert.deepEqual(counted(await plays([wrongOn('h1', 'h2'), three], { hosts })), [3, 3])
  })

  it('does so in batches, too', async () => {
    const options = { hosts, play: { serial: [1] } }
    assert.deepEqual(counted(await plays([wrongOn('h2'), three], options)), [3, 3], 'a batch that failed ends the run')
    assert.deepEqual(counted(await plays([wrongOn('h1'), three], options)), [3, 4])
  })
})
