import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Span } from '../../src/core/profile.ts'
import { traceOf } from '../../src/report/profile-trace.ts'
import { fc } from '../properties.ts'
import { brokenRules } from './trace-rules.ts'

const place = { file: 'tasks/packages.yaml', line: 4, column: 3 }

describe('a trace', () => {
  it('names the run, and has the program and each host as threads, with times in microseconds', () => {
    const { displayTimeUnit, traceEvents } = traceOf(
      [
        { host: undefined, phase: 'start', name: 'Node', start: 0, end: 41.25 },
        { host: 'mx1', phase: 'stream', name: 'stream', start: 100, end: 900 },
        { host: 'mx1', phase: undefined, name: 'Packages', start: 110.5, end: 300, place },
      ],
      'site.yaml',
    )
    assert.equal(displayTimeUnit, 'ms')
    const meta = { ph: 'M', pid: 1 }
    assert.deepEqual(traceEvents, [
      { ...meta, name: 'process_name', tid: 0, args: { name: 'site.yaml' } },
      { ...meta, name: 'thread_name', tid: 1, args: { name: 'provision' } },
      { ...meta, name: 'thread_sort_index', tid: 1, args: { sort_index: 1 } },
      { name: 'Node', cat: 'start', ph: 'X', ts: 0, dur: 41_250, pid: 1, tid: 1, args: {} },
      { ...meta, name: 'thread_name', tid: 2, args: { name: 'mx1' } },
      { ...meta, name: 'thread_sort_index', tid: 2, args: { sort_index: 2 } },
      { name: 'stream', cat: 'stream', ph: 'X', ts: 100_000, dur: 800_000, pid: 1, tid: 2, args: {} },
      {
        name: 'Packages',
        cat: 'item',
        ph: 'X',
        ts: 110_500,
        dur: 189_500,
        pid: 1,
        tid: 2,
        args: { place: 'tasks/packages.yaml:4' },
      },
    ])
  })

  it('gives what goes on at once on a host threads of their own', () => {
    const looks = [0, 1, 2].map((index): Span => {
      return { host: 'mx1', phase: 'look', name: `probe ${index}`, start: 10 + index, end: 50 + index }
    })
    const { traceEvents } = traceOf([...looks, { ...looks[0]!, name: 'later', start: 60, end: 70 }], 'site.yaml')
    const named = traceEvents.flatMap((event) => (event.name === 'thread_name' ? [event.args.name] : []))
    assert.deepEqual(named, ['mx1', 'mx1 · 2', 'mx1 · 3'])
    assert.equal(traceEvents.at(-1)?.tid, 1)
  })

  it('follows the rules of the format, whatever took time', () => {
    const span = fc
      .record({
        host: fc.constantFrom(undefined, 'mx1', 'mx2'),
        phase: fc.constantFrom(undefined, 'connect' as const, 'survey' as const, 'plan' as const),
        name: fc.string(),
        start: fc.double({ min: 0, max: 50, noNaN: true }),
        length: fc.double({ min: 0, max: 20, noNaN: true }),
      })
      .map(({ length, ...rest }): Span => ({ ...rest, end: rest.start + length }))
    fc.assert(
      fc.property(fc.array(span), (spans) => {
        const trace = JSON.parse(JSON.stringify(traceOf(spans, 'site.yaml'))) as unknown
        assert.deepEqual(brokenRules(trace), [])
      }),
    )
  })
})
