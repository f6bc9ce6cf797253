import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UnreachableError } from '../../src/core/error.ts'
import type { Resource } from '../../src/core/resource.ts'
import type { Question, Session } from '../../src/core/session.ts'
import { comeBack } from '../../src/engine/reconnect.ts'
import type { Outcome, Recorder } from '../../src/engine/recorder.ts'
import { judge, makeUnit, type Unit } from '../../src/engine/unit.ts'
import { installed } from '../../src/resources/installed.ts'
import { reboot } from '../../src/resources/reboot.ts'
import { task } from './play.ts'

// Between two tries lies a second: the tests wait side by side.
const options = { concurrency: true }

type Answers = { readonly [read: string]: string }

const installer = { system: 'the installer TinyCore\n' }
const system = { system: '' }

interface Course {
  readonly resource?: Resource
  readonly before: Answers
  /** What happens at the next connection. */
  readonly again: () => Answers | UnreachableError
  readonly seconds?: number
  readonly isStopping?: () => boolean
}

/** Waits for a host that takes this course. */
async function wait(course: Course): Promise<{ end: string; reports: readonly Outcome[] }> {
  const { resource = installed as unknown as Resource, before, again, seconds = 30, isStopping = () => false } = course
  const params = resource.params.parse({})
  const [item] = task('wait', { resource, params }).expand({})
  const unit = makeUnit(0, task('wait', { resource, params }), item!, false)
  const reports: Outcome[] = []
  const recorder = { begin: () => undefined, report: (_: Unit, outcome: Outcome) => void reports.push(outcome) }
  const session = (answers: Answers) =>
    ({
      stream: async () => ({ reason: 'finished', answers: new Map() }),
      survey: async (questions: readonly Question[]) => answered(questions, answers),
      note: () => undefined,
    }) as unknown as Session
  const end = await comeBack(
    unit,
    new Map([[0, judge(unit, answered(unit.questions, before))]]),
    session(before),
    seconds,
    recorder as unknown as Recorder,
    isStopping,
    async () => {
      const next = again()
      if (next instanceof Error) throw next
      return session(next)
    },
  )
  return { end, reports }
}

function answered(questions: readonly Question[], answers: Answers) {
  return new Map(questions.map(({ id }) => [id, { status: 0, text: answers[id.replace('0.', '')] ?? '', stderr: '' }]))
}

describe('a host that somebody else takes away', options, () => {
  it('is not waited for where it is there already', async () => {
    const { end, reports } = await wait({ before: system, again: () => assert.fail('nobody connects') })
    assert.deepEqual([end, reports.map(({ status }) => status)], ['done', ['ok']])
  })

  it('is waited for without counting as changed', async () => {
    const { end, reports } = await wait({ before: installer, again: () => system })
    assert.equal(end, 'done')
    assert.deepEqual(
      reports.map(({ status, changes }) => [status, changes]),
      [['ok', []]],
    )
  })

  it('counts as changed where we restarted it', async () => {
    const before = { boot: 'a\n', only_if: '' }
    const { reports } = await wait({
      resource: reboot as unknown as Resource,
      before,
      again: () => ({ ...before, boot: 'b\n' }),
    })
    assert.deepEqual(
      reports.map(({ status, changes }) => [status, changes.length]),
      [['changed', 1]],
    )
  })

  it('is given up when it stays what it was', async () => {
    const { end, reports } = await wait({ before: installer, again: () => installer, seconds: 0.5 })
    assert.equal(end, 'failed')
    assert.deepEqual(reports[0]?.failure, { message: 'waited 0.5 s: system is still the installer TinyCore' })
  })

  it('is given up when it does not answer any more', async () => {
    const lost = new UnreachableError('tcp', '198.51.100.11 does not answer')
    const { reports } = await wait({ before: installer, again: () => lost, seconds: 0.5 })
    assert.deepEqual(reports[0]?.failure, { message: 'waited 0.5 s: 198.51.100.11 does not answer' })
  })

  it('is given up at once when it has another key: it keeps that', async () => {
    const changed = new UnreachableError('host key', 'mx1 shows another host key', 'ssh-keygen -R mx1')
    const { end, reports } = await wait({ before: installer, again: () => changed })
    assert.equal(end, 'failed')
    assert.deepEqual(reports[0]?.failure, {
      message: 'the host is back with another host key\nmx1 shows another host key',
      hint: 'ssh-keygen -R mx1',
    })
  })

  it('is not waited for any longer when the user wants to end', async () => {
    const { end, reports } = await wait({
      before: installer,
      again: () => assert.fail('nobody connects'),
      isStopping: () => true,
    })
    assert.deepEqual([end, reports], ['stopped', []])
  })
})
