import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitCode } from '../../src/commands/exit-code.ts'
import { counts } from '../report/recorded.ts'

const good = counts({ ok: 5 })
const changed = counts({ ok: 4, changed: 1 })
const unknown = counts({ ok: 4, unknown: 1 })
const ignored = counts({ ok: 4, ignored: 1 })
const failed = counts({ failed: 1, notReached: 4 })
const unreachable = counts({ unreachable: true, notReached: 5 })

test('an apply ends with the worst that happened to any host', () => {
  assert.equal(exitCode([good, changed, ignored], false, false), 0)
  assert.equal(exitCode([changed, unreachable], false, false), 3)
  assert.equal(exitCode([unreachable, failed, good], false, false), 1)
  assert.equal(exitCode([], false, false), 0)
})

test('a check ends with 2 when something would change, or might', () => {
  assert.equal(exitCode([good], true, false), 0)
  assert.equal(exitCode([good, changed], true, false), 2)
  assert.equal(exitCode([unknown], true, false), 2)
  assert.equal(exitCode([changed, unreachable], true, false), 3)
  assert.equal(exitCode([changed, failed], true, false), 1)
})

test('an interrupted run says so, whatever else happened', () => {
  assert.equal(exitCode([failed, unreachable, changed], false, true), 130)
})
