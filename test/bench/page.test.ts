import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pagesOf } from '../../bench/report/page.ts'
import { madeResults } from './made-results.ts'

const pages = pagesOf(
  madeResults({
    tasks: {
      10: {
        floor: { seconds: 0.4 },
        provision: { seconds: 0.5, memoryBytes: 80e6 },
        ansible: { seconds: 12, memoryBytes: 50e6 },
      },
      40: {
        floor: { seconds: 0.4, turns: 9 },
        provision: { seconds: 0.6, memoryBytes: 81e6, turns: 11, bytesUp: 17_600 },
        ansible: 'by its smaller points it would take 200 s',
      },
    },
    'first-run': { 40: { script: { seconds: 1 }, provision: { seconds: 1.5 }, ansible: { seconds: 40 } } },
  }),
)
const page = pages['performance.md'] ?? ''

describe('the page', () => {
  it('shows a plot of each scenario that was measured, and no other', () => {
    const shown = new Set([...page.matchAll(/\]\((.*?\.svg)\)/g)].map(([, file]) => file))
    assert.deepEqual([...shown].sort(), ['performance/first-run.svg', 'performance/tasks.svg'])
    assert.deepEqual(Object.keys(pages).sort(), ['performance.md', ...shown].sort())
  })

  it('has each point with its ratio to the floor', () => {
    assert.match(page, /^\| \| 10 tasks \| 40 tasks \|$/m)
    assert.match(page, /^\| \*\*Tool provision\*\* \| 0\.50 s \(1\.3 ×\) \| 0\.60 s \(1\.5 ×\) \|$/m)
    assert.match(page, /^\| Tool ansible \| 12\.0 s \(30 ×\) \| – \|$/m)
  })

  it('has the columns of what was measured, in detail', () => {
    assert.match(page, /^\| \| wall \| least to most \| of the floor \| of provision \| memory \| sent \| turns \|$/m)
    assert.match(
      page,
      /^\| \*\*Tool provision\*\* \| 0\.60 s \| one run \| 1\.5 × \| 1\.0 × \| 81\.0 MB \| 17\.6 kB \| 11 \|$/m,
    )
  })

  it('says what was left out and why, and what could not be had', () => {
    assert.match(page, /^- Tool ansible, 40 tasks: by its smaller points it would take 200 s\.$/m)
    assert.match(page, /^\| Tool cdist \| could not be had \|$/m)
  })

  it('says where another tool needs less', () => {
    assert.match(page, /^- \*\*Tool ansible\*\*, memory of the controller: .*\(10 tasks: 50\.0 MB to 80\.0 MB\)$/m)
    assert.match(page, /^- \*\*Tool script\*\*, wall time: first run \(40 tasks: 1\.00 s to 1\.50 s\)$/m)
    assert.doesNotMatch(page, /\*\*Tool ansible\*\*, wall time/)
  })

  it('leaves unmet and unmeasured targets as they are', () => {
    assert.match(page, /^\| bytes sent, 40 tasks \| ≤ 25\.0 kB \| 17\.6 kB \| yes \|$/m)
    assert.match(page, /^\| 50 hosts against 1 \| ≤ 6 × \| not measured \| +\|$/m)
  })
})
