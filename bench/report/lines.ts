/**
 * One line for each tool over the points of a scenario.
 */
import { escaped, logAxis, picture, text, textHeight, toolClass, width } from './svg.ts'
import { seconds } from './words.ts'

/** A tool's line: an entry for each point at which it was measured. */
export interface Line {
  readonly tool: string
  readonly title: string
  readonly values: readonly { readonly at: number; readonly seconds: number }[]
}

const top = 48
const height = 400
const bottom = height - 52
const left = 60
const right = width - 240

/** Lines on a logarithmic axis of time; the points stand at equal distances, so that 0 has a place among them. */
export function lines(
  title: string,
  axisTitle: string,
  points: readonly number[],
  all: readonly Line[],
  peers: readonly string[],
): string {
  const x = (at: number): number => left + (points.indexOf(at) / Math.max(points.length - 1, 1)) * (right - left)
  const axis = logAxis(
    all.flatMap(({ values }) => values.map((value) => value.seconds)),
    bottom,
    top,
  )
  const grid = [
    ...axis.ticks.flatMap((tick) => {
      const y = axis.at(tick).toFixed(1)
      return [
        `<path class="grid" d="M${left} ${y}H${right}"/>`,
        text(left - 8, Number(y) + 4, `${tick} s`, 'class="faint" text-anchor="end"'),
      ]
    }),
    ...points.map((at) => text(x(at), bottom + 18, String(at), 'class="faint" text-anchor="middle"')),
    text((left + right) / 2, bottom + 38, escaped(axisTitle), 'class="faint" text-anchor="middle"'),
    text(right, top - 10, 'wall time, logarithmic', 'class="faint" text-anchor="end"'),
  ]
  const drawn = all.flatMap(({ tool, values }) => {
    const name = toolClass(tool, peers)
    const places = values.map((value) => [x(value.at), axis.at(value.seconds)] as const)
    const path = places.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`).join('')
    const dots = places.map(
      ([px, py]) => `<circle class="area ${name}" cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3"/>`,
    )
    return [`<path class="line ${name}" d="${path}"/>`, ...dots]
  })
  return picture(title, height, [...grid, ...drawn, ...labels(all, points, axis.at, peers)])
}

/** The tools' names at the right, at the height of their last points, moved apart where they would touch. */
function labels(
  all: readonly Line[],
  points: readonly number[],
  y: (seconds: number) => number,
  peers: readonly string[],
): readonly string[] {
  const step = textHeight + 3
  const wanted = all
    .flatMap(({ tool, title, values }) => {
      const last = values.at(-1)
      return last
        ? [
            {
              tool,
              words: `${title} ${seconds(last.seconds)}${last.at === points.at(-1) ? '' : ` at ${last.at}`}`,
              last,
              y: y(last.seconds) + 4,
            },
          ]
        : []
    })
    .sort((a, b) => a.y - b.y)
  // From below upwards first, so that the lowest stays in the picture, then from above downwards.
  let limit = bottom + 4
  for (const label of wanted.toReversed()) {
    label.y = Math.min(label.y, limit)
    limit = label.y - step
  }
  return wanted.map(({ tool, words, y }) =>
    text(
      right + 14,
      y,
      escaped(words),
      `class="area ${toolClass(tool, peers)}"${tool === 'provision' ? ' font-weight="bold"' : ''}`,
    ),
  )
}
