import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timedPlays, type Work } from '../../src/commands/profile-plays.ts'
import { timedSession } from '../../src/commands/profile-session.ts'
import { account } from '../../src/commands/profile-sum.ts'
import { TaskTimes } from '../../src/commands/profile-tasks.ts'
import { PHASES, type Phase, type Span } from '../../src/core/profile.ts'
import type { Answer, Session } from '../../src/core/session.ts'
import type { Play } from '../../src/core/task.ts'
import { task } from '../engine/play.ts'
import { fc } from '../properties.ts'
import { result } from '../report/recorded.ts'

function span(phase: Phase, start: number, end: number, name: string = phase): Span {
  return { host: 'mx1', phase, name, start, end }
}

function brief(spans: readonly Span[], from: number, to: number): readonly string[] {
  return account(spans, from, to).map(({ phase, milliseconds }) => `${phase} ${milliseconds}`)
}

describe('the sum of a profile', () => {
  it('counts each moment once: what keeps the program busy before what it waits for', () => {
    assert.deepEqual(brief([span('survey', 10, 50), span('plan', 20, 25), span('connect', 0, 12)], 0, 60), [
      'connect 10',
      'survey 35',
      'plan 5',
      'other 10',
    ])
  })

  it('has the parts of a phase, and nothing of what lies outside of its time', () => {
    const spans = [span('connect', -5, 4, 'settings'), span('connect', 4, 10, 'tcp'), span('close', 20, 30)]
    assert.deepEqual(account(spans, 0, 20), [
      { phase: 'connect', milliseconds: 10, parts: { settings: 4, tcp: 6 } },
      { phase: 'other', milliseconds: 10 },
    ])
  })

  it('adds up, whatever overlaps', () => {
    const spans = fc.array(
      fc
        .tuple(fc.constantFrom(...PHASES), fc.nat({ max: 900 }), fc.nat({ max: 300 }))
        .map(([phase, start, length]) => span(phase, start, start + length)),
    )
    fc.assert(
      fc.property(spans, fc.nat({ max: 400 }), fc.integer({ min: 500, max: 1000 }), (all, from, to) => {
        const phases = account(all, from, to)
        const sum = phases.reduce((total, { milliseconds }) => total + milliseconds, 0)
        assert.ok(Math.abs(sum - (to - from)) < 0.1 * phases.length, `${sum}, expected ${to - from}`)
      }),
    )
  })
})

describe('a timed session', () => {
  it('counts a question that was asked meanwhile from the answer before it, and a lock that another run holds', async () => {
    const answers: (() => void)[] = []
    const locks = [false, true]
    const plain = {
      survey: () =>
        new Promise<ReadonlyMap<string, Answer>>((resolve) => {
          answers.push(() => resolve(new Map()))
        }),
      lock: async () => ({ held: locks.shift(), user: 0, by: 'anna', since: 0, seconds: 0, id: '', waitsFor: [] }),
    } as unknown as Session
    const took: { readonly phase: Phase; readonly start: number; readonly end: number }[] = []
    const session = timedSession(plain, (phase, _, start) => took.push({ phase, start, end: performance.now() }))
    const surveys = [session.survey([]), session.survey([])]
    for (const [index, answer] of answers.entries()) {
      answer()
      await surveys[index]
    }
    await session.lock('anna', 'run:mx1', [])
    await session.lock('anna', 'run:mx1', [])
    assert.deepEqual(
      took.map(({ phase }) => phase),
      ['survey', 'survey', 'lock'],
    )
    assert.ok(took[1]!.start >= took[0]!.end)
  })
})

describe('timed plays', () => {
  it('tell what each task costs here, and do what the plays do', async () => {
    const looks = task('a probe', { params: {} })
    const probe = { ...looks.resource, control: async () => ({ result: { seen: 1 } }) }
    const plays: readonly Play[] = [
      {
        name: 'test',
        place: looks.place,
        serial: undefined,
        anyErrorsFatal: false,
        hosts: [
          {
            host: { name: 'mx1', host: '198.51.100.11', connection: 'ssh' },
            tasks: [task('a line', { params: { path: '/a', text: 'a' } })],
            handlers: [{ name: 'probe', task: task('a probe', { params: {}, resource: probe }) }],
          },
        ],
      },
    ]
    const heard: string[] = []
    const [timed] = timedPlays(plays, (host, { name }, handler, work: Work, start) => {
      assert.ok(start <= performance.now())
      heard.push(`${host} ${handler ? 'handler' : 'task'} ${name}: ${work}`)
    })
    const { tasks, handlers } = timed!.hosts[0]!
    const [line] = tasks[0]!.expand({})
    line!.resource.read(line!.params, {})
    assert.deepEqual(
      line!.resource.plan(line!.params, { now: 'b\n' }, {}),
      plays[0]!.hosts[0]!.tasks[0]!.resource.plan(line!.params, { now: 'b\n' }, {}),
    )
    const [item] = handlers[0]!.task.expand({})
    const controller = { signal: new AbortController().signal, secret: () => undefined }
    assert.deepEqual(await item!.resource.control?.({}, {}, controller), { result: { seen: 1 } })
    assert.deepEqual(heard, [
      'mx1 task a line: render',
      'mx1 task a line: questions',
      'mx1 task a line: plan',
      'mx1 handler a probe: render',
      'mx1 handler a probe: look',
    ])
  })
})

describe('the times of tasks', () => {
  it('are those of all items of a task on a host, the slowest first', () => {
    const times = new TaskTimes([])
    const tell = (host: string, place: string, name: string, milliseconds: number): void => {
      const event = { ...result(host, place, name, 'changed'), milliseconds }
      assert.ok(event.type === 'result')
      times.note(event)
    }
    tell('mx1', 'a.yaml:2', 'first 1', 10)
    tell('mx1', 'a.yaml:2', 'first 2', 15)
    tell('mx2', 'a.yaml:2', 'first 1', 30)
    tell('mx1', 'a.yaml:9', 'as wanted', 0)
    assert.deepEqual(
      times.slowest(2).map(({ host, task, items, milliseconds }) => [host, task, items, milliseconds]),
      [
        ['mx2', 'first 1', 1, 30],
        ['mx1', 'first 1', 2, 25],
      ],
    )
    assert.equal(times.slowest(9).length, 2)
  })
})
