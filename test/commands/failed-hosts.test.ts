import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { failedLimit, rememberFailed } from '../../src/commands/failed-hosts.ts'
import { UsageError } from '../../src/commands/options.ts'
import { counts } from '../report/recorded.ts'

const original = process.env.XDG_STATE_HOME
let state = ''

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'provision-state-'))
  process.env.XDG_STATE_HOME = state
})
afterEach(() => {
  if (original === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = original
  rmSync(state, { recursive: true })
})

const good = counts({ ok: 1 })
const failed = counts({ failed: 1 })
const unreachable = counts({ unreachable: true })
const ignored = counts({ ignored: 1 })
const untouched = counts({ notReached: 3 })

test('@failed is a list of the hosts that failed or were not reached', () => {
  rememberFailed(['inventory.yaml'], { mx1: failed, mx2: good, mx3: unreachable, mx4: ignored })
  const limit = failedLimit('@failed', ['inventory.yaml']) ?? ''
  assert.equal(limit.startsWith(`@${state}/provision/`), true)
  assert.equal(readFileSync(limit.slice(1), 'utf8'), 'mx1\nmx3\n')
})

test('so are those that a run did not come to any more, or not to the end', () => {
  rememberFailed(['inventory.yaml'], { mx1: good, mx2: failed, mx3: untouched })
  const limit = failedLimit('@failed', ['inventory.yaml']) ?? ''
  assert.equal(readFileSync(limit.slice(1), 'utf8'), 'mx2\nmx3\n')
})

test('a run without failures forgets the list', () => {
  rememberFailed(['inventory.yaml'], { mx1: failed })
  rememberFailed(['inventory.yaml'], { mx1: good })
  assert.deepEqual(readdirSync(join(state, 'provision')), [])
  assert.throws(
    () => failedLimit('@failed', ['inventory.yaml']),
    new UsageError('--limit @failed: no host is remembered as failed in the last run with this inventory'),
  )
})

test('every inventory has a list of its own, however its path is written', () => {
  rememberFailed(['inventory.yaml'], { mx1: failed })
  assert.throws(() => failedLimit('@failed', ['other.yaml']), UsageError)
  assert.throws(() => failedLimit('@failed', ['inventory.yaml', 'other.yaml']), UsageError)
  assert.equal(failedLimit('@failed', [resolve('inventory.yaml')]), failedLimit('@failed', ['./inventory.yaml']))
})

test('any other limit stays as it is, and nothing is written', () => {
  assert.equal(failedLimit('mx1:!mx2', ['inventory.yaml']), 'mx1:!mx2')
  assert.equal(failedLimit('@hosts.txt', ['inventory.yaml']), '@hosts.txt')
  assert.equal(failedLimit(undefined, ['inventory.yaml']), undefined)
  assert.equal(existsSync(join(state, 'provision')), false)
})
