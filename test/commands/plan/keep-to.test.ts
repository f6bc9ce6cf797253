import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { keepTo } from '../../../src/commands/plan/keep-to.ts'
import { ownKey } from '../../../src/commands/plan/key.ts'
import { Ledger } from '../../../src/commands/plan/ledger.ts'
import { Witness } from '../../../src/commands/plan/witness.ts'
import type { Json } from '../../../src/core/json.ts'
import type { Plan } from '../../../src/core/resource.ts'
import { Masker } from '../../../src/core/secret.ts'
import type { Play, Task } from '../../../src/core/task.ts'
import type { Status } from '../../../src/engine/events.ts'
import type { Entry } from '../../../src/engine/segment.ts'
import { task } from '../../engine/play.ts'

const state = mkdtempSync(join(tmpdir(), 'provision-state-'))
const original = process.env.XDG_STATE_HOME
process.env.XDG_STATE_HOME = state
const key = ownKey()
after(() => {
  if (original === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = original
  rmSync(state, { recursive: true })
})

const place = { file: 'play.yaml', line: 1, column: 1 }
const one = task('one', { params: { path: '/a', text: 'new' } })

/** What the check of a task came to: each item's status and what its host answered, or a word about the whole task. */
type Found = Status | readonly { readonly status: Status; readonly now: string }[]

/** Checks a task, then answers what its first item would do later. */
function later(
  wanted: Task,
  found: Found | undefined,
  now: string,
  as: 'task' | 'handler' = 'task',
  runtime = {},
): Plan {
  const witness = new Witness()
  const hosts = [
    {
      host: { name: 'mx1', host: 'mx1', connection: 'ssh' as const },
      tasks: as === 'task' ? [wanted] : [],
      handlers: as === 'handler' ? [{ name: wanted.name, task: wanted }] : [],
    },
  ]
  const plays: readonly Play[] = witness.watch([
    { name: 'test', place, hosts, serial: undefined, anyErrorsFatal: false } as Play,
  ])
  const ledger = new Ledger(witness, key, new Masker())
  const taskOf = (all: readonly Play[]): Task =>
    as === 'task' ? all[0]!.hosts[0]!.tasks[0]! : all[0]!.hosts[0]!.handlers[0]!.task
  const watched = taskOf(plays)
  const note = (status: Status, about: Entry): void => {
    const ref = { host: 'mx1', play: 'test', task: wanted.name, place, resource: 'line', handler: as === 'handler' }
    ledger.note({ type: 'result', ...ref, status, changes: [], notes: [], notifies: [], milliseconds: 0 }, about)
  }
  if (typeof found === 'string') note(found, { task: watched, handler: false, status: 'unknown' })
  else if (found) {
    for (const [index, item] of watched.expand({}).entries()) {
      item.resource.plan(item.params, { now: found[index]!.now }, {})
      note(found[index]!.status, { number: index, task: watched, item, handler: false, reads: [], questions: [] })
    }
  }
  const kept = taskOf(keepTo(plays, ledger.lines, witness, key)).expand(runtime)
  const item = kept.at(-1)!
  return item.resource.plan(item.params, { now }, {})
}

function outcome(plan: Plan): string {
  if ('impossible' in plan) return plan.impossible
  return 'notReady' in plan ? plan.notReady : plan.map(({ what, from }) => `${what} ${from}`).join()
}

describe('an item keeps to the plan', () => {
  const cases: readonly (readonly [string, string, Parameters<typeof later>])[] = [
    ['what was planned is done', '/a old', [one, [{ status: 'would change', now: 'old' }], 'old']],
    [
      'also where a task before it has brought another state',
      '/a between',
      [one, [{ status: 'would change', now: 'old' }], 'between'],
    ],
    ['or nothing, where that is done by now', '', [one, [{ status: 'would change', now: 'old' }], 'new']],
    [
      'what was as wanted stays as it is',
      'not in the plan: /a, old → new',
      [one, [{ status: 'ok', now: 'new' }], 'old'],
    ],
    ['what was unknown does what it turns out to need', '/a old', [one, [{ status: 'unknown', now: '' }], 'old']],
    ['so does a task of which nothing was known', '/a old', [one, 'unknown', 'old']],
    ['a skipped task stays skipped', 'not in the plan: /a, old → new', [one, 'skipped', 'old']],
    ['a task that the check never came to does nothing', 'not in the plan: /a, old → new', [one, undefined, 'old']],
    ['a handler that nothing had notified yet may be notified', '/a old', [one, undefined, 'old', 'handler']],
    [
      'a task that is never applied is left alone',
      '/a old',
      [{ ...one, check: true }, [{ status: 'ok', now: 'new' }], 'old'],
    ],
    ['a task that checks leave out decides itself', '/a old', [{ ...one, check: false }, 'skipped', 'old']],
  ]
  for (const [name, expected, args] of cases) {
    it(name, () => assert.equal(outcome(later(...args)), expected))
  }

  it('each turn of a loop has its own permission', () => {
    const loop = task('loop', {
      params: (runtime: { readonly item?: Json }) => ({ path: `/${runtime.item}`, text: 'new' }),
      loop: ['a', 'b'],
    })
    const found = [
      { status: 'would change', now: 'old' },
      { status: 'ok', now: 'new' },
    ] as const
    assert.equal(outcome(later(loop, found, 'old')), 'not in the plan: /b, old → new')
  })

  it('other parameters are not those of the plan, though the same thing would change', () => {
    const wanted = task('one', {
      params: (runtime: { readonly text?: Json }) => ({ path: '/a', text: runtime.text ?? 'new' }),
    })
    const found = [{ status: 'would change', now: 'old' }] as const
    assert.equal(
      outcome(later(wanted, found, 'old', 'task', { text: 'other' })),
      'its parameters are not those of the plan',
    )
  })
})
