import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnreachableError } from '../../src/core/error.ts'
import type { Session } from '../../src/core/session.ts'
import { type Proving, prove, putBackFailure } from '../../src/engine/prove.ts'
import type { Connection } from '../../src/engine/sessions.ts'

type Answer = Awaited<ReturnType<Session['confirm']>> | 'refused'

/** A host whose every new connection gives the next answer; the real one is in test/e2e/guard.e2e.test.ts. */
function host(...answers: readonly Answer[]) {
  const waiting = [...answers]
  const tried: (string | undefined)[] = []
  let open = 0
  const connect = async (movedTo: string | undefined): Promise<Connection> => {
    tried.push(movedTo)
    const answer = waiting.length > 1 ? waiting.shift() : waiting[0]
    if (answer === undefined || answer === 'refused') throw new UnreachableError('tcp', `${movedTo ?? 'mx1'} refuses`)
    open++
    const session = { confirm: async () => answer } as unknown as Session
    return {
      session: async () => session,
      close: async () => {
        open--
      },
    }
  }
  return { connect, tried, isOpen: () => open }
}

function proving(over: Partial<Proving> & Pick<Proving, 'connect'>): Proving {
  const signal = new AbortController().signal
  return { become: undefined, addresses: [], seconds: 30, busy: () => undefined, signal, ...over }
}

test('a new connection that may confirm is what is gone on with', async () => {
  const { connect, isOpen } = host('confirmed')
  const proof = await prove(proving({ connect }))
  assert.ok('session' in proof)
  assert.equal(proof.movedTo, undefined)
  assert.equal(isOpen(), 1)
})

test('as long as the changes are not all made, it is tried again, and no connection stays', async () => {
  const { connect, tried, isOpen } = host('refused', 'applying', 'confirmed')
  const said: string[] = []
  const proof = await prove(proving({ connect, busy: (activity) => said.push(activity) }))
  assert.ok('session' in proof)
  assert.equal(tried.length, 3)
  assert.equal(isOpen(), 1)
  assert.match(said[0] ?? '', /^proving, or put back in 30 s$/)
})

test('where the old address is gone, the new one counts', async () => {
  const gone = host('refused')
  const there = host('confirmed')
  const connect = (movedTo: string | undefined) => (movedTo === undefined ? gone : there).connect(movedTo)
  const proof = await prove(proving({ connect, addresses: ['192.0.2.7'] }))
  assert.ok('session' in proof)
  assert.equal(proof.movedTo, '192.0.2.7')
})

test('a host that has put itself back says how that went, and why stands with it', async () => {
  const { connect, isOpen } = host('refused', 'pending', { restored: 'net.yaml:3\n2026-01-31\nput back: /etc/a' })
  const proof = await prove(proving({ connect }))
  assert.ok('putBack' in proof)
  assert.equal(proof.why, 'it came too late')
  assert.equal(isOpen(), 0)
  const failure = putBackFailure(proof, 30)
  assert.equal(failure.message, 'no new connection came about within 30 s, so the host put itself back')
  assert.equal(failure.output, 'it came too late\n2026-01-31\nput back: /etc/a')
})

test('whoever ends it is told that the host acts by itself', async () => {
  const ending = new AbortController()
  const { connect } = host('refused')
  const proof = prove(proving({ connect, signal: ending.signal, busy: () => ending.abort() }))
  await assert.rejects(proof, /ended before a new connection was proven: the host puts itself back within 30 s/)
})
