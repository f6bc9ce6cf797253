import type { Place, Problem } from '../core/error.ts'
import { splitLines } from './lines.ts'

/** Columns that a quoted line may take, so that a frame fits a terminal of 80 with its margin. */
const LINE_WIDTH = 70
/** Columns of a usual terminal. */
const SCREEN_WIDTH = 80
/** Columns kept on the left of a caret when a long line is cut. */
const KEPT_BEFORE = 30
/** Characters on each side of a mistake that are looked at: a line may have millions. */
const REACH = 400
const TAB = '  '

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u
// East Asian wide and fullwidth blocks and pictographs (Unicode TR11): terminals give each two columns.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u
const CONTROL = /^\p{Cc}$/u

/**
 * Quotes the line of `place` and the one above it, with carets under `length` characters:
 *
 *       2 | - name: IPv6
 *       3 |   sysctll: {}
 *         |   ^^^^^^^
 *
 * Tabs become two spaces, control characters `\uFFFD`, and a long line is cut around the carets.
 */
export function frame(text: string, place: Place, length: number): string {
  const lines = linesOf(text)
  const index = Math.min(place.line, lines.length) - 1
  const start = Math.max(0, place.column - 1 - REACH)
  const column = place.column - 1 - start
  const near = (text = ''): string => text.slice(start, start + 2 * REACH)
  const line = near(lines[index])
  const margin = String(index + 1).length
  const before = shown(line.slice(0, column))
  const marked = shown(line.slice(column, column + Math.max(1, length)))
  const from = cutStart(before.length, before.length + marked.length, shown(line).length)
  const quoted = [line]
  if (index > 0 && near(lines[index - 1]).trim() !== '') quoted.unshift(near(lines[index - 1]))
  const rows = quoted.map((row, i) => {
    const number = String(index + 1 - (quoted.length - 1 - i)).padStart(margin)
    return `  ${number} | ${cut(shown(row), from)}`.trimEnd()
  })
  const offset = before.length - from
  const carets = Math.max(1, Math.min(marked.length, LINE_WIDTH - offset))
  rows.push(`  ${' '.repeat(margin)} | ${' '.repeat(offset)}${'^'.repeat(carets)}`)
  return rows.join('\n')
}

let split: { readonly text: string; readonly lines: readonly string[] } | undefined

/** The lines of the text that was split last are kept: a file with many mistakes is quoted many times. */
function linesOf(text: string): readonly string[] {
  if (split?.text !== text) split = { text, lines: splitLines(text) }
  return split.lines
}

/** A problem as the terminal shows it: `file:line:col  message`, the frame, the hint behind the carets or below them. */
export function formatProblem(problem: Problem): string {
  const { place, message, hint } = problem
  const head = place === undefined ? message : `${place.file}:${place.line}:${place.column}  ${message}`
  if (problem.frame !== undefined && hint !== undefined) return `${head}\n${behindCarets(problem.frame, hint)}`
  if (problem.frame !== undefined) return `${head}\n${problem.frame}`
  return hint === undefined ? head : `${head}\n  ${hint}`
}

function behindCarets(quoted: string, hint: string): string {
  const carets = quoted.slice(quoted.lastIndexOf('\n') + 1)
  return carets.length + 1 + hint.length <= SCREEN_WIDTH ? `${quoted} ${hint}` : `${quoted}\n  ${hint}`
}

/** The first `max` problems and how many more there are. Ends with the promise that no host was contacted. */
export function formatProblems(problems: readonly Problem[], max: number): string {
  const more = problems.length - max
  const rest = more > 0 ? `${more} more ${more === 1 ? 'mistake' : 'mistakes'}. ` : ''
  return [...problems.slice(0, max).map(formatProblem), `${rest}Nothing was contacted.`].join('\n')
}

/** One entry per terminal column: a wide character fills two, so that slicing counts columns. */
function shown(text: string): readonly string[] {
  return [...text].reduce<string[]>((columns, character) => {
    if (character === '\t') columns.push(...TAB)
    else if (CONTROL.test(character)) columns.push('\uFFFD')
    else if (ZERO_WIDTH.test(character) && columns.length > 0) columns[columns.length - 1] += character
    else if (WIDE.test(character)) columns.push(character, '')
    else columns.push(character)
    return columns
  }, [])
}

function cutStart(start: number, end: number, width: number): number {
  if (width <= LINE_WIDTH || end < LINE_WIDTH) return 0
  return Math.max(0, start - KEPT_BEFORE)
}

function cut(columns: readonly string[], from: number): string {
  const to = from + LINE_WIDTH
  const kept = columns.slice(from, to)
  if (from > 0 && columns.length > from) kept[0] = '…'
  if (columns.length > to) kept[kept.length - 1] = '…'
  return kept.join('')
}
