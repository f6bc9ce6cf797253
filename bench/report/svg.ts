/**
 * What all plots share: a frame that can be read on light and dark pages, and a logarithmic axis.
 */

/** Pixels of the whole plot; a page scales it. */
export const width = 760

/** Of one line of text. */
export const textHeight = 12

/** `provision` first, in the colour that stands out; peers in the order of the list. */
const colours = [
  ['#0969da', '#58a6ff'],
  ['#cf222e', '#ff7b72'],
  ['#bc4c00', '#f0883e'],
  ['#8250df', '#bc8cff'],
  ['#1a7f37', '#3fb950'],
  ['#9a6700', '#d29922'],
  ['#bf3989', '#f778ba'],
  ['#0e7490', '#39c5cf'],
] as const

/** Of the floor and the hand-written script, which are no peers. */
const grey = ['#59636e', '#9198a1'] as const

/** The class of a tool's lines and bars: one of `provision`, `reference` and `peer0` to `peer6`. */
export function toolClass(tool: string, peers: readonly string[]): string {
  if (tool === 'provision') return 'provision'
  const index = peers.indexOf(tool)
  return index < 0 ? 'reference' : `peer${index % (colours.length - 1)}`
}

/** A whole picture around its content, with a title for those who cannot see it. */
export function picture(title: string, height: number, content: readonly string[]): string {
  const names = ['provision', ...colours.slice(1).map((_, index) => `peer${index}`)]
  const rules = (shade: 0 | 1) =>
    ['reference', ...names]
      .map((name, index) => colourRule(name, index === 0 ? grey[shade] : colours[index - 1]![shade]))
      .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui,sans-serif" font-size="${textHeight}">
<title>${escaped(title)}</title>
<style>
.page{fill:#fff}.grid{stroke:#d0d7de}text{fill:#1f2328}.faint{fill:#59636e}${rules(0)}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.grid{stroke:#30363d}text{fill:#e6edf3}.faint{fill:#9198a1}${rules(1)}}
.line{fill:none;stroke-width:1.5}.line.provision{stroke-width:3}.line.reference{stroke-dasharray:4 3}
</style>
<rect class="page" width="${width}" height="${height}" rx="6"/>
${text(16, 24, escaped(title), 'font-size="15" font-weight="bold"')}
${content.join('\n')}
</svg>
`
}

/** Written out and not as a variable: not every program that shows SVG knows those. */
function colourRule(name: string, colour: string): string {
  return `.line.${name}{stroke:${colour}}.area.${name}{fill:${colour}}`
}

/** Text that starts at `x`; further attributes as they stand. */
export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes && ` ${attributes}`}>${content}</text>`
}

export function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A logarithmic axis: where a value lies, and the round values to mark. */
export interface LogAxis {
  at(value: number): number
  readonly ticks: readonly number[]
}

/** @param from pixels of the least value; @param to those of the greatest. */
export function logAxis(values: readonly number[], from: number, to: number): LogAxis {
  const marks = [-3, -2, -1, 0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const low = marks.findLast((mark) => mark <= least * 0.95) ?? least
  const high = marks.find((mark) => mark >= most) ?? most
  const at = (value: number): number => from + (Math.log(value / low) / Math.log(high / low)) * (to - from)
  const inside = marks.filter((mark) => mark >= low && mark <= high)
  // Where there are many decades, the powers of ten are enough.
  const ticks = inside.length > 10 ? inside.filter((mark) => Math.log10(mark) % 1 === 0) : inside
  return { at, ticks: ticks.map((tick) => Number(tick.toPrecision(1))) }
}
