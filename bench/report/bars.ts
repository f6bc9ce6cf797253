/**
 * One bar for each tool.
 */
import { escaped, logAxis, picture, text, toolClass, width } from './svg.ts'
import { seconds } from './words.ts'

/** A tool's bar. */
export interface Bar {
  readonly tool: string
  readonly title: string
  readonly seconds: number
}

const rowHeight = 24
const top = 44
const left = 230
const right = width - 70

/** Bars on a logarithmic axis, in the order given, each with its figure. */
export function bars(title: string, all: readonly Bar[], peers: readonly string[]): string {
  const bottom = top + all.length * rowHeight
  const axis = logAxis(
    all.map((bar) => bar.seconds),
    left,
    right,
  )
  const grid = axis.ticks.flatMap((tick) => {
    const x = axis.at(tick)
    return [
      `<path class="grid" d="M${x.toFixed(1)} ${top - 4}V${bottom}"/>`,
      text(x, bottom + 16, `${tick} s`, 'class="faint" text-anchor="middle"'),
    ]
  })
  const rows = all.flatMap((bar, index) => {
    const y = top + index * rowHeight
    const x = Math.max(axis.at(bar.seconds), left + 1)
    const name = toolClass(bar.tool, peers)
    const weight = bar.tool === 'provision' ? ' font-weight="bold"' : ''
    return [
      text(left - 10, y + 15, escaped(bar.title), `text-anchor="end"${weight}`),
      `<rect class="area ${name}" x="${left}" y="${y + 3}" width="${(x - left).toFixed(1)}" height="${rowHeight - 8}" rx="2"/>`,
      text(x + 6, y + 15, seconds(bar.seconds), weight.trim()),
    ]
  })
  const scale = text(right, bottom + 32, 'wall time, logarithmic', 'class="faint" text-anchor="end"')
  return picture(title, bottom + 42, [...grid, ...rows, scale])
}
