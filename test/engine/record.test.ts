import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { notReady, type Resource, resource } from '../../src/core/resource.ts'
import { sh } from '../../src/core/shell.ts'
import type { Task } from '../../src/core/task.ts'
import { judge, makeUnit, recordOf, toStep } from '../../src/engine/unit.ts'
import { line, task } from './play.ts'

const folder = mkdtempSync(join(tmpdir(), 'provision-record-'))
after(() => rmSync(folder, { recursive: true }))

const waiting = resource({
  name: 'waiting',
  summary: '',
  examples: '',
  params: () => z.strictObject({ ready: z.boolean() }),
  read: () => ({ now: sh`` }),
  plan: ({ ready }) =>
    ready ? [{ what: 'port 25', from: 'closed', to: 'open', apply: sh`:`, waits: true }] : notReady('nothing is there'),
})

function stepOf(wanted: Task, answer = 'old\n'): ReturnType<typeof toStep> {
  const [item] = wanted.expand({})
  const unit = makeUnit(0, wanted, item!, false)
  return toStep(unit, judge(unit, new Map([['0.now', { status: 0, text: answer, stderr: '' }]])))
}

const params = { path: join(folder, 'x'), text: 'new' }
const known = { task: 'a line', place: 'play.yaml:1', resource: 'line', notify: ['restart'] }

test('a change is written down with what it changes and whom it notifies', () => {
  const { record } = stepOf(task('a line', { params, notify: ['restart'] }))
  assert.deepEqual(record, { ...known, changes: [params.path] })
})

test('of a task with no_log only that something changed', () => {
  const { record } = stepOf(task('a line', { params, notify: ['restart'], noLog: true }))
  assert.deepEqual(record, { ...known, changes: ['hidden by no_log'] })
})

test('what changes nothing is not written down', () => {
  assert.equal(stepOf(task('a line', { params }), 'new\n').record, undefined)
  assert.equal(stepOf(task('a line', { params, check: true })).record, undefined)
})

test('what only waits, or cannot begin, is written down where it fails', () => {
  const wait = stepOf(task('wait', { params: { ready: true }, resource: waiting as Resource }))
  assert.deepEqual([wait.record?.idle, wait.record?.changes], [true, ['port 25']])
  const stuck = stepOf(task('wait', { params: { ready: false }, resource: waiting as Resource }))
  assert.deepEqual([stuck.record?.idle, stuck.record?.failure], [true, 'nothing is there'])
})

test('a failure of a task with no_log says nothing of itself', () => {
  const wanted = task('a line', { params, resource: line as Resource, noLog: true })
  const unit = makeUnit(0, wanted, wanted.expand({})[0]!, false)
  const verdict = judge(unit, new Map([['0.now', { status: 0, text: 'old\n', stderr: '' }]]))
  assert.equal(recordOf(unit, verdict, { message: 'is still hunter2' }).failure, 'hidden by no_log')
})
