import type { Place } from '../core/error.ts'
import { type ChangeOptions, indent } from './changes.ts'
import type { Style } from './style.ts'
import { splitLines } from './text.ts'
import { truncateStart, wrap } from './width.ts'

/** Lines wider than this are hard to follow from one end to the other, however wide the terminal is. */
const READABLE = 100

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
