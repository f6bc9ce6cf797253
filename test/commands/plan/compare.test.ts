import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compare } from '../../../src/commands/plan/compare.ts'
import type { Line, Result } from '../../../src/commands/plan/ledger.ts'
import { task } from '../../engine/play.ts'

type Shown = Partial<Result['changes'][number]>

const kernel = { what: 'running value', from: '60', to: '10' }

function result(fields: Partial<Omit<Result, 'changes'>> & { readonly changes?: readonly Shown[] }): Result {
  const changes = (fields.changes ?? []).map((change) => ({ what: '', from: '', to: '', script: '', ...change }))
  return {
    type: 'result',
    host: 'mx1',
    play: 'Mail hosts',
    task: 'swappiness',
    place: { file: 'site.yaml', line: 4, column: 5 },
    resource: 'sysctl',
    handler: false,
    status: changes.length > 0 ? 'would change' : 'ok',
    notes: [],
    notifies: [],
    milliseconds: 0,
    fingerprint: { wanted: 'w', does: JSON.stringify(changes) },
    ...fields,
    changes,
  }
}

function line(fields: Parameters<typeof result>[0], isProbe = false): Line {
  const wanted = task('swappiness', { params: {} })
  const about = isProbe ? { ...wanted, resource: { ...wanted.resource, findings: {} } } : wanted
  return { result: result(fields), about: { task: about, handler: false, status: 'skipped' } }
}

const planned = result({ changes: [kernel] })

describe('what has moved since a plan was made', () => {
  it('is nothing where the same would be done from the same state', () => {
    assert.deepEqual(compare([planned], [line({ changes: [kernel] })]), [])
  })

  it('is nothing where an item is as wanted, then and now, whatever its answers', () => {
    assert.deepEqual(compare([result({})], [line({})]), [])
  })

  it('is nothing where a probe sees something else: it looks again at its turn', () => {
    assert.deepEqual(compare([result({ status: 'failed' })], [line({ status: 'ok' }, true)]), [])
  })

  const cases: readonly (readonly [string, Result, Parameters<typeof result>[0], readonly string[]])[] = [
    ['another value', planned, { changes: [{ ...kernel, from: '30' }] }, ['running value was 60, is 30 now']],
    ['as wanted by now', planned, {}, ['running value was 60, is 10 now']],
    ['no longer as wanted', result({}), { changes: [kernel] }, ['running value was 10, is 60 now']],
    [
      'another wish',
      planned,
      { changes: [{ ...kernel, to: '20' }], fingerprint: { wanted: 'x', does: 'y' } },
      ['its parameters or files are others now', 'running value was to become 10, and would become 20 now'],
    ],
    [
      'other text of the same length',
      result({ changes: [{ what: '/etc/x', from: '1 line', to: '1 line', diff: { before: 'a', after: 'c' } }] }),
      { changes: [{ what: '/etc/x', from: '1 line', to: '1 line', diff: { before: 'b', after: 'c' } }] },
      ['/etc/x has other content now'],
    ],
    [
      'another state behind words that are the same: a password',
      result({ changes: [kernel], fingerprint: { wanted: 'w', does: 'd', seen: 'a' } }),
      { changes: [kernel], fingerprint: { wanted: 'w', does: 'd', seen: 'b' } },
      ['its state on the host is another one now'],
    ],
    [
      'nothing to run any more',
      result({ changes: [{ what: 'echo', to: 'run', always: true }] }),
      {},
      ['echo was to run, and is not now'],
    ],
    [
      'a fault',
      planned,
      { status: 'failed', failure: { message: 'could not read "running"' } },
      ['was "would change", is "failed" now: could not read "running"'],
    ],
    ['a reason to skip it', planned, { status: 'skipped' }, ['was "would change", is "skipped" now']],
  ]
  for (const [name, before, now, what] of cases) {
    it(name, () => {
      assert.deepEqual(compare([before], [line(now)]), [{ place: 'site.yaml:4', task: 'swappiness', what }])
    })
  }

  it('names tasks that are gone, and new ones', () => {
    const moved = compare([planned], [line({ task: 'overcommit', changes: [kernel] })])
    assert.deepEqual(
      moved.map(({ task: name, what }) => `${name} ${what}`),
      ['swappiness is not among the tasks now', 'overcommit was not among the tasks'],
    )
  })

  it('says nothing of what a check that was cut did not come to', () => {
    assert.deepEqual(compare([planned, result({ task: 'behind' })], [line({ changes: [kernel] })], false), [])
  })

  it('names handlers that would run, and those that would not', () => {
    const handler = {
      handler: true,
      task: 'restart',
      changes: [{ what: 'nginx', to: 'restart', always: true as const }],
    }
    assert.deepEqual(compare([result(handler)], [])[0]?.what, ['would not run now'])
    assert.deepEqual(compare([], [line(handler)])[0]?.what, ['was not to run, and would now'])
  })

  it('tells the turns of a loop apart that look the same', () => {
    const moved = compare([planned, planned], [line({ changes: [kernel] }), line({})])
    assert.equal(moved.length, 1)
  })
})
