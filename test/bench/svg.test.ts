import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bars } from '../../bench/report/bars.ts'
import { lines } from '../../bench/report/lines.ts'
import { logAxis } from '../../bench/report/svg.ts'

const tools = ['floor', 'script', 'provision', 'one', 'two', 'three', 'four', 'five', 'six', 'seven']
const peers = tools.slice(3)

describe('a logarithmic axis', () => {
  it('puts equal ratios at equal distances, within round values around all of them', () => {
    const axis = logAxis([0.3, 30], 0, 100)
    assert.deepEqual([axis.ticks[0], axis.ticks.at(-1)], [0.2, 50])
    assert.ok(Math.abs(axis.at(2) - axis.at(1) - (axis.at(20) - axis.at(10))) < 1e-9)
    assert.ok(axis.at(0.2) === 0 && Math.abs(axis.at(50) - 100) < 1e-9)
  })

  it('marks only powers of ten over many decades', () => {
    assert.deepEqual(logAxis([0.011, 900], 0, 1).ticks, [0.01, 0.1, 1, 10, 100, 1000])
  })
})

const pictures = {
  bars: bars(
    'Bars & more',
    tools.map((tool, index) => ({ tool, title: `The tool <${tool}>`, seconds: 0.3 * 2 ** index })),
    peers,
  ),
  lines: lines(
    'Lines & more',
    'hosts',
    [1, 2, 10, 50, 200],
    tools.map((tool) => ({
      tool,
      title: `The tool <${tool}>`,
      values: [1, 2, 10, 50, 200].map((at) => ({ at, seconds: at / 10 })),
    })),
    peers,
  ),
}

for (const [name, picture] of Object.entries(pictures)) {
  describe(`a plot of ${name}`, () => {
    it('is small, without script, and says in words what it shows', () => {
      assert.ok(picture.length < 30_000, String(picture.length))
      assert.doesNotMatch(picture, /<script|\son\w+=|href/)
      assert.match(picture, new RegExp(`<title>${name === 'bars' ? 'Bars' : 'Lines'} &amp; more</title>`))
      for (const tool of tools) assert.ok(picture.includes(`The tool &lt;${tool}&gt;`), tool)
      assert.match(picture, /prefers-color-scheme:dark/)
    })

    it('has no two lines of text on each other', () => {
      const texts = [...picture.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, y, words]) => ({
        x: Number(x),
        y: Number(y),
        words,
      }))
      for (const [index, one] of texts.entries()) {
        const near = texts.slice(index + 1).find(({ x, y }) => x === one.x && Math.abs(y - one.y) < 12)
        assert.equal(near, undefined, `${one.words} and ${near?.words}`)
      }
    })
  })
}
