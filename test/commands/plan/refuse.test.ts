import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PlanEvent, SavedPlan } from '../../../src/commands/plan/format.ts'
import type { PlanKey } from '../../../src/commands/plan/key.ts'
import { hostHashes, type Line, type Result } from '../../../src/commands/plan/ledger.ts'
import { refusals } from '../../../src/commands/plan/refuse.ts'
import type { Play } from '../../../src/core/task.ts'
import type { HostRecap } from '../../../src/engine/events.ts'
import { task } from '../../engine/play.ts'
import { counts } from '../../report/recorded.ts'

const key: PlanKey = { id: 'test', hash: (value) => JSON.stringify(value) ?? '' }
const names = ['mx1', 'mx2', 'mx3'] as const
const wanted = task('one', { params: {} })

function playOf(fields: Partial<Play> = {}, port?: number): Play {
  return {
    name: 'test',
    place: { file: 'site.yaml', line: 1, column: 1 },
    hosts: names.map((name) => ({
      host: { name, host: name, connection: 'ssh', ...(port === undefined ? {} : { port }) },
      tasks: [wanted],
      handlers: [],
    })),
    serial: undefined,
    anyErrorsFatal: false,
    ...fields,
  }
}

function resultOf(host: string, fields: Partial<Result> = {}): Result {
  const place = { file: 'site.yaml', line: 4, column: 5 }
  const ref = { host, play: 'test', task: 'one', place, resource: 'line', handler: false }
  return { type: 'result', ...ref, status: 'ok', changes: [], notes: [], notifies: [], milliseconds: 0, ...fields }
}

interface Case {
  /** What the plan says of the item of mx1, which is as wanted otherwise. */
  readonly own?: Partial<Result>
  readonly planned?: readonly PlanEvent[]
  readonly recap?: HostRecap
  /** What the second check says of mx1. */
  readonly now?: Partial<Result>
  readonly recapNow?: HostRecap
  readonly play?: Partial<Play>
  readonly port?: number
}

/** Who is refused, and the first line of why. */
function refused({ own, planned = [], recap = counts({ ok: 1 }), now, recapNow, play, port }: Case): readonly string[] {
  const recaps = (mx1: HostRecap) => ({ mx1, mx2: counts({ ok: 1 }), mx3: counts({ ok: 1 }) })
  const plan: Pick<SavedPlan, 'events' | 'hosts'> = {
    events: [
      ...names.map((name) => resultOf(name, name === 'mx1' ? own : {})),
      ...planned,
      { type: 'recap', check: true, interrupted: false, hosts: recaps(recap) },
    ],
    hosts: Object.fromEntries(names.map((name) => [name, hostHashes([playOf(play)], name, key)])),
  }
  const lines = names.map((name): Line => {
    return {
      result: resultOf(name, name === 'mx1' ? now : {}),
      about: { task: wanted, handler: false, status: 'skipped' },
    }
  })
  const checked = { interrupted: false, spent: new Map<string, number>(), hosts: recaps(recapNow ?? counts({ ok: 1 })) }
  const all = refusals('plan.json', plan as SavedPlan).after(checked, [playOf(play, port)], lines, key)
  return [...all].map(
    ([
      name,
      {
        event,
        recap: { failed, unreachable, notReached },
      },
    ]) => {
      const why = event?.type === 'result' ? event.failure?.message : undefined
      return `${name} ${unreachable ? 'unreachable' : `failed ${failed}, not reached ${notReached}`}: ${why ?? ''}`
    },
  )
}

const change = { what: '/a', from: 'old', to: 'new', script: '' }
const moved = { status: 'would change', changes: [change] } as const
const seen = 'it is not as the plan saw it: nothing was changed on it'
const unreachable: PlanEvent = { type: 'unreachable', host: 'mx1', stage: 'tcp', message: 'no route' }
const finding = { id: 'x', verdict: 'wrong', importance: 'required', subject: 's', text: 't' } as const
const fault = { status: 'failed', findings: [finding] } as const

describe('a plan is applied to', () => {
  const cases: readonly (readonly [string, Case, readonly string[]])[] = [
    ['every host that is as it was', {}, []],
    ['no host that has moved', { now: moved }, [`mx1 failed 1, not reached 1: ${seen}`]],
    [
      'no host that is reached in another way',
      { port: 2222 },
      names.map((name) => `${name} failed 1, not reached 1: ${seen}`),
    ],
    [
      'no host whose second check did not come to its end',
      { recapNow: counts({ ok: 1, notReached: 1 }) },
      ['mx1 failed 1, not reached 1: nothing was changed on it: it could not be checked again to its end'],
    ],
    ['no host that cannot be reached', { recapNow: counts({ unreachable: true }) }, ['mx1 unreachable: ']],
    [
      'no host that its check could not reach',
      { planned: [unreachable], recap: counts({ unreachable: true }) },
      ['mx1 failed 1, not reached 1: nothing is planned for it: its check could not reach it'],
    ],
    [
      'no host whose check failed',
      { own: { status: 'failed' } },
      ['mx1 failed 1, not reached 1: nothing is planned for it: its check failed at "one"'],
    ],
    ['a host about which a probe reported a fault', { own: fault, now: fault }, []],
    [
      'no host whose check did not come to its end',
      { recap: counts({ ok: 1, notReached: 3 }) },
      ['mx1 failed 1, not reached 1: nothing is planned for it: its check did not come to its end'],
    ],
    [
      'none at all where one of them must not be lost',
      { now: moved, play: { anyErrorsFatal: true } },
      [
        `mx1 failed 1, not reached 1: ${seen}`,
        ...['mx2', 'mx3'].map(
          (name) =>
            `${name} failed 1, not reached 1: nothing was changed on it: mx1 failed, and any failure ends the run`,
        ),
      ],
    ],
    [
      'the others, where so many may be lost',
      { now: moved, play: { maxFailPercentage: 50 } },
      [`mx1 failed 1, not reached 1: ${seen}`],
    ],
  ]
  for (const [name, input, expected] of cases) it(name, () => assert.deepEqual(refused(input), expected))
})
