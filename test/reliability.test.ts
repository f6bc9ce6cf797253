import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type FaultRow, faults, reliabilityPage, sortFaults } from '../scripts/reliability.ts'

// What tests on real hosts have recorded: test/e2e/fault.ts.

const rows = JSON.parse(readFileSync(join(import.meta.dirname, 'e2e/reliability.json'), 'utf8')) as FaultRow[]

describe('the table of faults', () => {
  it('has every fault', () => {
    assert.deepEqual(
      faults.filter((fault) => !rows.some((row) => row.fault === fault)),
      [],
    )
  })

  it('has rows of tests that there are, each with points, what was seen and how it ended', () => {
    for (const { fault, where, points, saw, after, test } of rows) {
      const name = `${fault}: ${where}`
      assert.ok(faults.includes(fault), name)
      assert.ok(existsSync(join(import.meta.dirname, test)), test)
      assert.ok(points > 0 && saw.length > 0 && after !== '', name)
      assert.doesNotMatch(saw.join('\n'), /\/tmp\/|\n\n|\d{8}T\d{6}Z/, name)
    }
  })

  it('is sorted, so that recording again moves no line', () => {
    assert.deepEqual(rows, sortFaults(rows))
  })

  it('counts the points, and names a fault once', () => {
    const row: FaultRow = {
      fault: 'disk full',
      where: 'in a file',
      points: 3,
      saw: ['a `line`', 'b'],
      after: 'as wanted',
      test: 'x',
    }
    const page = reliabilityPage([row, { ...row, where: 'in a package', points: 2 }])
    assert.ok(page.includes("| **disk full** | in a file | 3 | `a 'line'`<br>`b` | as wanted | `x` |\n"), page)
    assert.ok(page.includes('|  | in a package | 2 |'), page)
    assert.match(page, /^5 points in 2 tests\./m)
  })
})
