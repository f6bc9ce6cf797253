import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { targets } from '../../bench/report/targets.ts'
import { wins } from '../../bench/report/winners.ts'
import { madeResults } from './made-results.ts'

const measured = madeResults({
  tasks: {
    10: { provision: { turnsAfterLogin: 4, seconds: 0.45 } },
    40: {
      floor: { seconds: 0.4 },
      provision: { turnsAfterLogin: 4, bytesUp: 24_000, seconds: 0.5, memoryBytes: 91e6 },
    },
    400: { floor: { seconds: 0.4 }, provision: { turnsAfterLogin: 4, seconds: 0.75 } },
  },
  distance: {
    30: {
      floor: { seconds: 0.4 },
      provision: { seconds: 0.5 },
      'ansible-mitogen': { seconds: 7 },
      'ansible-pipelining': { seconds: 20 },
    },
  },
  hosts: {
    1: { provision: { seconds: 0.5, memoryBytes: 80e6 } },
    50: { provision: { seconds: 2, memoryBytes: 100e6 } },
    200: { provision: 'it failed with status 2' },
  },
  'site-first': {
    0: { script: { seconds: 20 }, provision: { seconds: 25 }, ansible: { seconds: 90 }, itamae: { seconds: 24 } },
  },
})

describe('the table of targets', () => {
  const rows = targets(measured)
  const row = (subject: string) => {
    const found = rows.filter((one) => one.subject.includes(subject))
    assert.equal(found.length, 1, `${subject}: ${found.map((one) => one.subject)}`)
    return [found[0]?.measured, found[0]?.isMet]
  }

  const cases: Record<string, readonly [string, boolean | undefined]> = {
    'RTT 30 ms: of `ssh': ['1.3 × (0.50 s to 0.40 s)', true],
    'RTT 30 ms: than Ansible with Mitogen': ['14 × (7.00 s to 0.50 s)', false],
    'RTT 30 ms: than Ansible with pipelining': ['40 × (20.0 s to 0.50 s)', true],
    'RTT 30 ms: than pyinfra': ['not measured', undefined],
    'RTT 100 ms: of `ssh': ['not measured', undefined],
    'turns after authentication': ['4', true],
    'same turns for 10, 40, 400 tasks': ['4', true],
    'bytes sent': ['24.0 kB', true],
    'beyond `ssh host true`': ['3.5 × (0.35 s to 0.10 s)', false],
    '50 hosts against 1': ['4.0 × (2.00 s to 0.50 s)', true],
    'controller, 200 hosts': ['not measured', undefined],
    'controller, 1 host, the most': ['91.0 MB', false],
    'controller, 50 hosts': ['100 MB', true],
    'hand-written script': ['1.3 × (25.0 s to 20.0 s)', true],
  }
  for (const [subject, expected] of Object.entries(cases)) {
    it(subject, () => assert.deepEqual(row(subject), expected))
  }

  it('says of 200 hosts how they failed', () => {
    assert.deepEqual(
      rows.filter(({ subject }) => subject === '200 hosts').map(({ measured, isMet }) => [measured, isMet]),
      [['it failed with status 2', false]],
    )
  })

  it('names the fastest peer of the first run', () => {
    assert.deepEqual(row('first run of `site.yaml`, of')[1], true)
    const peers = rows.find(({ target }) => target === 'faster than every peer')
    assert.deepEqual([peers?.measured, peers?.isMet], ['25.0 s; itamae 24.0 s', false])
  })
})

describe('where another tool needs less', () => {
  it('is each measure of each scenario in which one does, `ssh host true` aside', () => {
    assert.deepEqual(wins(measured), [
      { scenario: 'site-first', measure: 'seconds', tool: 'script', points: ['RTT 0 ms: 20.0 s to 25.0 s'] },
      { scenario: 'site-first', measure: 'seconds', tool: 'itamae', points: ['RTT 0 ms: 24.0 s to 25.0 s'] },
    ])
  })
})
