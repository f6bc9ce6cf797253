import { clock, duration } from './duration.ts'
import type { HostRow, Progress } from './live-progress.ts'
import type { Style } from './style.ts'
import { oneLine } from './text.ts'
import { displayWidth, fit, truncate } from './width.ts'

/** Rows wider than this are not easier to read. */
const WIDEST = 120
const WIDEST_BAR = 30
/** Below so many columns a row has no bar, and a finished host does not say how much it changed. */
const ROOM_FOR_BAR = 32
const ROOM_FOR_CHANGES = 60

const ORDER = ['running', 'failed', 'unreachable', 'waiting', 'done'] as const

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Columns that all rows of a frame share. */
interface Columns {
  readonly host: number
  readonly bar: number
  readonly counter: number
  readonly right: number
  readonly width: number
}

/**
 * The lines of one frame: a title with the clock, a row per host (running ones first), and how many did not fit.
 * At most `rows - 2` lines, each narrower than the terminal.
 */
export function drawRows(progress: Progress, size: Size, now: number, style: Style): readonly string[] {
  const width = Math.max(0, Math.min(size.columns - 1, WIDEST))
  const room = Math.max(0, size.rows - 3)
  const rows = ORDER.flatMap((state) => progress.rows.filter((row) => row.state === state))
  const shown = rows.length <= room ? rows : rows.slice(0, Math.max(0, room - 1))
  const hidden = rows.slice(shown.length)
  const columns = columnsOf(shown, progress, width, now)
  return [
    header(progress, width, now, style),
    ...shown.map((row) => drawRow(row, rightText(row, progress, width, now), columns, style)),
    ...(hidden.length > 0 && room > 0 ? [style.faint(truncate(summary(hidden), width))] : []),
  ]
}

function header(progress: Progress, width: number, now: number, style: Style): string {
  const time = truncate(clock(now - progress.started), width)
  const title = fit(oneLine(progress.title), Math.max(0, width - time.length - 2))
  return `${style.strong(title)}${width > time.length + 2 ? '  ' : ''}${style.faint(time)}`
}

function columnsOf(shown: readonly HostRow[], progress: Progress, width: number, now: number): Columns {
  const longest = Math.max(0, ...shown.map((row) => displayWidth(oneLine(row.host))))
  return {
    width,
    host: Math.min(longest, Math.max(6, Math.floor(width / 4))),
    bar: width < ROOM_FOR_BAR ? 0 : Math.min(WIDEST_BAR, Math.round((width - 24) * 0.42)),
    counter: Math.max(0, ...shown.map((row) => counter(row).length)),
    right: Math.max(5, ...shown.map((row) => rightText(row, progress, width, now).length)),
  }
}

function drawRow(row: HostRow, right: string, columns: Columns, style: Style): string {
  const host = fit(oneLine(row.host), columns.host)
  const bar = columns.bar > 0 ? `${drawBar(row, columns.bar, style)}  ` : ''
  const numbers = columns.counter > 0 ? `${counter(row).padStart(columns.counter)}  ` : ''
  const before = 2 + columns.host + 2 + (columns.bar > 0 ? columns.bar + 2 : 0) + displayWidth(numbers)
  const room = Math.max(0, columns.width - before)
  const rightRoom = columns.right > 0 && room >= columns.right + 8 ? columns.right + 2 : 0
  const task = fit(oneLine(doing(row)), room - rightRoom)
  const time = rightRoom > 0 ? `  ${right.padEnd(columns.right)}` : ''
  const line = `  ${paint(row, style)(host)}  ${bar}${numbers}${paint(row, style)(task)}${style.faint(time)}`
  // On the narrowest screens even the name does not fit: better no colour than a broken row.
  return before > columns.width ? truncate(`  ${host}`, columns.width) : line
}

function drawBar(row: HostRow, columns: number, style: Style): string {
  const halves = row.total === 0 ? 0 : Math.floor((Math.min(row.ended, row.total) / row.total) * columns * 2)
  const filled = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '')
  const colour = row.state === 'failed' || row.state === 'unreachable' ? style.bad : style.good
  return colour(filled) + style.faint('─'.repeat(columns - filled.length))
}

function counter(row: HostRow): string {
  return row.total === 0 ? '' : `${row.ended}/${row.total}`
}

function doing(row: HostRow): string {
  if (row.state === 'failed') return `failed: ${row.doing}`
  return row.state === 'unreachable' ? `unreachable: ${row.doing}` : row.doing
}

function rightText(row: HostRow, progress: Progress, width: number, now: number): string {
  const wait = now - row.since
  if (row.state === 'running') return wait < 1000 ? '' : duration(Math.floor(wait / 1000) * 1000)
  if (row.state !== 'done' || row.changed === 0 || width < ROOM_FOR_CHANGES) return ''
  return progress.check ? `would change ${row.changed}` : `${row.changed} changed`
}

function paint(row: HostRow, style: Style): (text: string) => string {
  if (row.state === 'failed' || row.state === 'unreachable') return style.bad
  return row.state === 'running' ? (text) => text : style.faint
}

function summary(hidden: readonly HostRow[]): string {
  const parts = ORDER.map((state) => [state, hidden.filter((row) => row.state === state).length] as const)
  const counts = parts.filter(([, number]) => number > 0).map(([state, number]) => `${number} ${state}`)
  return `  … ${hidden.length} more: ${counts.join(', ')}`
}
