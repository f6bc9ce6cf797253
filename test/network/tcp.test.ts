import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectTcp } from '../../src/network/tcp.ts'
import { closedPort, serve, silentPort } from './servers.ts'

const { signal } = new AbortController()
const patience = { timeout: 5000, signal }

describe('a connection', () => {
  it('is open where something listens', async (test) => {
    const outcome = await connectTcp(await serve(test, () => undefined), patience)
    assert.ok(outcome.outcome === 'open')
    outcome.socket.destroy()
  })

  it('is refused where nothing does', async () => {
    assert.deepEqual(await connectTcp(await closedPort(), patience), {
      outcome: 'refused',
      why: 'connections are refused',
    })
  })

  it('is filtered where nothing answers', async (test) => {
    assert.deepEqual(await connectTcp(await silentPort(test), { timeout: 100, signal }), {
      outcome: 'filtered',
      why: 'no answer within 0.1 s',
    })
  })

  it('cannot be tried where this machine has no route', async () => {
    // TCP knows no broadcast: the kernel itself says that there is no way.
    const outcome = await connectTcp({ address: '255.255.255.255', port: 25 }, patience)
    assert.equal(outcome.outcome, 'failed')
  })

  it('is given up when nobody wants to know any more', async (test) => {
    const leaving = new AbortController()
    const outcome = connectTcp(await silentPort(test), { timeout: 5000, signal: leaving.signal })
    leaving.abort()
    assert.deepEqual(await outcome, { outcome: 'failed', why: 'not waited for to the end' })
    assert.equal((await connectTcp(await closedPort(), { timeout: 5000, signal: leaving.signal })).outcome, 'failed')
  })
})
