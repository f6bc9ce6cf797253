import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostPlay, Play } from '../../src/core/task.ts'
import { batches, tooMuchLost } from '../../src/engine/batches.ts'

function playOf(hosts: number, rolling: Partial<Play>): Play {
  const one = (number: number): HostPlay => ({
    host: { name: `h${number}`, host: 'localhost', connection: 'local' },
    tasks: [],
    handlers: [],
  })
  const place = { file: 'play.yaml', line: 1, column: 1 }
  const all = Array.from({ length: hosts }, (_, index) => one(index + 1))
  return { name: 'test', place, hosts: all, serial: undefined, anyErrorsFatal: false, ...rolling }
}

// As Ansible's PlaybookExecutor._get_serialized_batches and pct_to_int (lib/ansible/executor/playbook_executor.py) make them:
// a share is one of all hosts of the play, rounded down, at least one host; the last entry counts for what is left.
const sizes: readonly (readonly [hosts: number, serial: Play['serial'], sizes: readonly number[]])[] = [
  [5, undefined, [5]],
  [5, [1], [1, 1, 1, 1, 1]],
  [5, [2], [2, 2, 1]],
  [5, [9], [5]],
  [9, [2, 3], [2, 3, 3, 1]],
  [10, [1, 5, 10], [1, 5, 4]],
  [10, ['30%'], [3, 3, 3, 1]],
  [10, ['10%', '20%', '100%'], [1, 2, 7]],
  [3, ['50%'], [1, 1, 1]],
  [3, ['0%'], [1, 1, 1]],
  [100, ['29%'], [29, 29, 29, 13]],
  [6, [1, '50%'], [1, 3, 2]],
  [0, [1], []],
]

for (const [hosts, serial, expected] of sizes) {
  test(`${hosts} hosts in batches of ${serial?.join(', ') ?? 'no size'}: ${expected.join(', ')}`, () => {
    const made = batches(playOf(hosts, { serial }))
    assert.deepEqual(
      made.map((batch) => batch.length),
      expected,
    )
    assert.deepEqual(
      made.flat().map(({ host }) => host.name),
      playOf(hosts, {}).hosts.map(({ host }) => host.name),
    )
  })
}

test('the share must be exceeded, not equalled: Ansible’s own example', () => {
  const lost = (count: number, maxFailPercentage: number) =>
    tooMuchLost(playOf(0, { maxFailPercentage }), ['a', 'b', 'c', 'd'].slice(0, count), 4)
  assert.deepEqual([lost(1, 49), lost(2, 50), lost(1, 25)], [undefined, undefined, undefined])
  assert.equal(lost(2, 49), 'a, b failed: 2 of 4 hosts, more than 49 %')
  assert.equal(lost(1, 0), 'a failed: 1 of 4 hosts, more than 0 %')
})

test('a batch that is lost as a whole ends the run whatever was said; one that is not lost never does', () => {
  const all = ['a', 'b', 'c']
  assert.equal(tooMuchLost(playOf(0, {}), all, 3), 'all 3 hosts of the batch failed')
  assert.equal(tooMuchLost(playOf(0, { maxFailPercentage: 100 }), all, 3), 'all 3 hosts of the batch failed')
  assert.equal(tooMuchLost(playOf(0, {}), ['a'], 1), 'a failed')
  assert.equal(tooMuchLost(playOf(0, {}), ['a'], 3), undefined)
  assert.equal(tooMuchLost(playOf(0, { anyErrorsFatal: true, maxFailPercentage: 0 }), [], 3), undefined)
  assert.equal(tooMuchLost(playOf(0, { anyErrorsFatal: true }), ['b'], 3), 'b failed, and any failure ends the run')
})
