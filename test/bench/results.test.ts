import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Results, resultsText, spread } from '../../bench/results.ts'
import { expected } from '../../bench/run.ts'

describe('the figures of several runs', () => {
  it('are median, least and most, of each measure alone', () => {
    const entry = spread([{ seconds: 3, turns: 9 }, { seconds: 1.23456 }, { seconds: 2, forks: 1_000_000.4 }])
    assert.deepEqual(entry, {
      runs: 3,
      figures: { seconds: [2, 1.235, 3], turns: [9, 9, 9], forks: [1_000_000, 1_000_000, 1_000_000] },
    })
  })

  it('have the middle of the two middle ones as median, where their number is even', () => {
    assert.deepEqual(
      spread([{ seconds: 4 }, { seconds: 1 }, { seconds: 2 }, { seconds: 3 }]).figures?.seconds,
      [2.5, 1, 4],
    )
  })
})

describe('results.json', () => {
  const results: Results = {
    contestants: [{ name: 'provision', title: 'provision', version: '0.1.0' }],
    machine: { processors: 2, model: 'M', memoryBytes: 1, kernel: '6.1', system: 'S' },
    scenarios: {
      tasks: {
        commit: 'abc',
        measured: '2026-11-23',
        points: [{ at: 10, tools: { provision: spread([{ seconds: 1 }]), cdist: { leftOut: 'it says "no" @0@' } } }],
      },
    },
  }

  it('says what it was given', () => {
    assert.deepEqual(JSON.parse(resultsText(results)), results)
  })

  it('has sorted names, and a line for each tool at a point', () => {
    const text = resultsText(results)
    assert.match(text, /^ +"cdist": \{"leftOut":.*\},\n +"provision": \{"runs":1,.*\}$/m)
    assert.deepEqual(
      [...text.matchAll(/^ {2}"(\w+)"/gm)].map(([, name]) => name),
      ['contestants', 'machine', 'scenarios'],
    )
  })
})

describe('what smaller points let expect', () => {
  it('lies on the line through the last two', () => {
    const known = [
      { at: 1, seconds: 100 },
      { at: 10, seconds: 2 },
      { at: 40, seconds: 5 },
    ]
    assert.equal(expected(known, 100), 11)
  })

  it('is nothing that excludes where there is at most one', () => {
    assert.equal(expected([], 400), 0)
    assert.equal(expected([{ at: 10, seconds: 50 }], 400), 50)
  })
})
