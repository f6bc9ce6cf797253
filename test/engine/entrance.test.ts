import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer, LockResult, Session } from '../../src/core/session.ts'
import { Entrance, type EntranceOptions, WaitEndedError } from '../../src/engine/entrance.ts'
import { Waits } from '../../src/engine/waits.ts'

type Taken = Extract<LockResult, { readonly held: false }>

const nothing = { id: '0.x', script: undefined as never }

/** A session whose lock is tried and whose host is asked with these answers, the last one again and again. */
class Fake {
  readonly log: string[] = []
  readonly session: Session
  readonly #tries: (LockResult | ((owner: string, id: string) => LockResult))[]

  constructor(tries: readonly (LockResult | ((owner: string, id: string) => LockResult))[], hold = '') {
    this.#tries = [...tries]
    const answer = (id: string): Answer => ({ status: 0, text: id === 'provision.hold' ? hold : '', stderr: '' })
    this.session = {
      lock: async (owner: string, id: string) => {
        this.log.push('lock')
        const next = this.#tries.length > 1 ? this.#tries.shift() : this.#tries[0]
        return typeof next === 'function' ? next(owner, id) : next
      },
      survey: async (questions: readonly { id: string }[]) => {
        // Whether a guarded change waits for a proof is asked in the same turn; that is not looked at here.
        const asked = questions.map(({ id }) => id).filter((id) => id !== 'provision.unproven')
        this.log.push(`ask ${asked.join(' ')}`.trim())
        return new Map(questions.map(({ id }) => [id, answer(id)]))
      },
      waits: (runs: readonly string[]) => {
        this.log.push(`waits for ${runs.join(' ') || 'nobody'}`)
      },
    } as unknown as Session
  }
}

const mine: LockResult = { held: true, user: 0 }
const theirs: Taken = {
  held: false,
  user: 0,
  id: 'other:mx1',
  by: 'anna@laptop, provision site.yaml, process 12',
  since: 1_800_000_000,
  seconds: 125,
  waitsFor: [],
}

function entrance(options: Partial<EntranceOptions> = {}, waits = new Waits(), signal = new AbortController().signal) {
  const told: string[] = []
  const around = {
    waits,
    signal,
    busy: (text: string) => told.push(text),
    tell: (text: string) => told.push(`· ${text}`),
  }
  return { told, entrance: new Entrance('mx1', { check: false, owner: 'me', ...options }, around) }
}

describe('the lock of a session', () => {
  it('is asked for together with its first questions, and once', async () => {
    const fake = new Fake([mine])
    const { entrance: way } = entrance()
    await way.ask(fake.session, [nothing])
    await way.ask(fake.session, [nothing])
    assert.deepEqual(fake.log, ['lock', 'ask 0.x provision.hold', 'ask 0.x'])
  })

  it('is none in a check', async () => {
    const fake = new Fake([theirs])
    await entrance({ check: true }).entrance.ask(fake.session, [nothing])
    assert.deepEqual(fake.log, ['ask 0.x provision.hold'])
  })

  it('that another run has: who, since when, how long ago, and what to type', async () => {
    const fake = new Fake([theirs])
    await assert.rejects(entrance().entrance.ask(fake.session, []), {
      name: 'UnreachableError',
      stage: 'lock',
      message:
        'another run holds this host: anna@laptop, provision site.yaml, process 12, since 2027-01-15 08:00 UTC, 2 min ago',
      hint: 'Nothing more was done on it. Wait for that run to end: --lock-timeout 600',
    })
    assert.deepEqual(fake.log, ['lock', 'ask provision.hold'])
  })

  it('is waited for, and what was asked meanwhile is asked again', async () => {
    const fake = new Fake([theirs, mine])
    const { entrance: way, told } = entrance({ lockTimeoutSeconds: 0.05 })
    await way.ask(fake.session, [nothing])
    assert.deepEqual(told, [
      '· waiting for anna@laptop, provision site.yaml, since 2 min; for 0.05 s at most',
      'waiting for anna@laptop, provision site.yaml, since 2 min',
    ])
    const asked = 'ask 0.x provision.hold'
    assert.deepEqual(fake.log, ['lock', asked, 'lock', 'waits for nobody', asked])
  })

  it('is not waited for any longer than was said', async () => {
    const { entrance: way } = entrance({ lockTimeoutSeconds: 0.05 })
    await assert.rejects(way.ask(new Fake([theirs]).session, []), {
      message: /^after 0.05 s another run still holds this host: anna@laptop/,
    })
  })

  it('is no longer waited for after Ctrl-C', async () => {
    const ending = new AbortController()
    const { entrance: way } = entrance({ lockTimeoutSeconds: 600 }, new Waits(), ending.signal)
    const asked = way.ask(new Fake([theirs]).session, [])
    setImmediate(() => ending.abort())
    await assert.rejects(asked, WaitEndedError)
  })

  it('may be held by another session of this run on the same host: the login user is root, say', async () => {
    const waits = new Waits()
    const { entrance: way } = entrance({}, waits)
    await way.ask(new Fake([mine]).session, [])
    const again = new Fake([{ ...theirs, id: waits.id('mx1') }])
    await way.ask(again.session, [nothing])
    assert.deepEqual(again.log, ['lock', 'ask 0.x provision.hold'])
  })

  it('of an earlier connection of this run is waited for: its shell is about to end', async () => {
    const waits = new Waits()
    const { entrance: way, told } = entrance({}, waits)
    await way.ask(new Fake([mine]).session, [])
    way.leave()
    const back = new Fake([{ ...theirs, id: waits.id('mx1'), seconds: undefined }, mine])
    await way.ask(back.session, [])
    assert.equal(told.at(-1), 'waiting for anna@laptop, provision site.yaml')
    assert.equal(back.log.filter((line) => line === 'lock').length, 2)
  })

  it('of this run under another name of the host says so', async () => {
    const waits = new Waits()
    const { entrance: way } = entrance({ lockTimeoutSeconds: 600 }, waits)
    const fake = new Fake([{ ...theirs, id: waits.id('smtp') }])
    await assert.rejects(way.ask(fake.session, []), { message: 'this run is at work on this host already, as smtp' })
  })
})

describe('two runs that each hold what the other wants', () => {
  it('are noticed: one of them gives up, the other goes on waiting', async () => {
    const [first, second] = [new Waits(), new Waits()]
    const runOf = (waits: Waits): string => waits.id('').slice(0, -1)
    const outcomes = await Promise.all(
      [
        [first, second],
        [second, first],
      ].map(async ([me, other]) => {
        const { entrance: way } = entrance({ lockTimeoutSeconds: 0.05 }, me)
        const stuck = { ...theirs, id: other!.id('mx1'), waitsFor: [runOf(me!)] }
        return way.ask(new Fake([stuck]).session, []).then(
          () => 'held',
          (error: Error) => (/waits for this run/.test(error.message) ? 'gave up' : error.message.slice(0, 12)),
        )
      }),
    )
    assert.deepEqual(outcomes.toSorted(), ['after 0.05 s', 'gave up'])
  })

  it('know of each other by what stands in their locks', async () => {
    const waits = new Waits()
    const held = new Fake([mine])
    await entrance({}, waits).entrance.ask(held.session, [])
    const elsewhere = new Fake([theirs, mine])
    await entrance({ lockTimeoutSeconds: 0.05 }, waits).entrance.ask(elsewhere.session, [])
    assert.deepEqual(held.log.slice(2), ['waits for other', 'waits for nobody'])
  })
})

describe('a hold', () => {
  const now = 1_800_000_000
  const hold = (until: number): string => `${now}\nbob@desk\n${now - 7200}\n${until}\nnew disk\n`

  it('stops an apply before anything is done, and says what to type', async () => {
    await assert.rejects(entrance().entrance.ask(new Fake([mine], hold(now + 60)).session, []), {
      stage: 'hold',
      message: 'bob@desk holds this host until 2027-01-15 08:01 UTC: new disk\nsince 2027-01-15 06:00 UTC, 2 h ago',
      hint: 'Nothing was done on it. When that is over: provision release mx1. Knowingly, this once: --ignore-hold',
    })
  })

  it('is a note in a check, and with --ignore-hold', async () => {
    for (const [options, end] of [
      [{ check: true }, '; an apply would stop here'],
      [{ ignoreHold: true }, ' (ignored)'],
    ] as const) {
      const { entrance: way, told } = entrance(options)
      await way.ask(new Fake([mine], hold(now + 60)).session, [])
      assert.deepEqual(told, [`· bob@desk holds this host until 2027-01-15 08:01 UTC: new disk${end}`])
    }
  })

  it('that is over is nothing; one that cannot be read is one', async () => {
    const { entrance: way, told } = entrance()
    await way.ask(new Fake([mine], hold(now)).session, [])
    assert.deepEqual(told, [])
    await assert.rejects(entrance().entrance.ask(new Fake([mine], `${now}\nbob@desk\n`).session, []), {
      message: /^bob@desk holds this host until an unknown time: /,
    })
  })

  it('is asked for until root has answered, and then never again: what comes in the middle of a run does not end it', async () => {
    const { entrance: way } = entrance()
    const [deploy, root, later] = [new Fake([mine], ''), new Fake([mine], `${now}\n`), new Fake([mine], hold(now + 60))]
    for (const { session } of [deploy, root, later]) await way.ask(session, [])
    assert.deepEqual(
      [deploy, root, later].map(({ log }) => log.includes('ask provision.hold')),
      [true, true, false],
    )
  })
})
