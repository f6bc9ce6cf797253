import type { Place } from '../core/error.ts'
import { type ChangeOptions, indent } from './changes.ts'
import type { Style } from './style.ts'
import { splitLines } from './text.ts'
import { displayWidth, spread, truncateStart, wrap } from './width.ts'

/** Lines wider than this are hard to follow from one end to the other, however wide the terminal is. */
const READABLE = 100
/** Beside a long place a title keeps so many columns, even where its line gets too long. */
const LEAST_ROOM = 20

/** How a screen is to look: what every part of a report is told. */
export interface Look extends ChangeOptions {
  /** Columns that a line may fill. */
  readonly width: number
  readonly style: Style
}

/** The width of text on a terminal with so many columns: one stays free, so that no terminal wraps. */
export function textWidth(columns: number): number {
  return Math.min(columns, READABLE) - 1
}

/** `tasks/sysctl.yaml:2`, cut from the left where it would take more than half of the line. */
export function placeText(place: Place, look: Look): string {
  return truncateStart(`${place.file}:${place.line}`, Math.floor(look.width / 2))
}

/** Sentences for the reader, moved to the right and wrapped where the line ends. */
export function prose(text: string, by: number, look: Look): readonly string[] {
  return indent(
    splitLines(text).flatMap((line) => wrap(line, look.width - by)),
    by,
  )
}

/**
 * `✖ mx2 · Packages                                          tasks/packages.yaml:4`
 *
 * @param sign One column, painted, or nothing.
 */
export function title(sign: string, host: string, subject: string, right: string, look: Look): readonly string[] {
  const { style, width } = look
  const indented = sign === '' ? 0 : 2
  const before = `${' '.repeat(indented)}${host} · `
  const room = width - displayWidth(before) - (right === '' ? 0 : displayWidth(right) + 2)
  const [first = '', ...more] = wrap(subject, Math.max(LEAST_ROOM, room))
  const line = spread(before + first, right, width)
  const middle = line.slice(indented + host.length, right === '' ? undefined : -right.length)
  const start = `${sign}${sign === '' ? '' : ' '}${style.strong(host)}`
  return [`${start}${middle}${style.faint(right)}`, ...prose(more.join(' '), 2, look)]
}
