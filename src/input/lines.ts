import type { Place } from '../core/error.ts'

const LINE_BREAK = /\r\n|\n|\r/g

/** Where the lines of a text begin: turns offsets into places. */
export class Lines {
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (const match of text.matchAll(LINE_BREAK)) this.#starts.push(match.index + match[0].length)
  }

  /** The place of an offset (UTF-16 code units from 0, as editors count). */
  place(offset: number, file: string): Place {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { file, line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }

  /** The offset of a place; lines beyond the end count as the last line. */
  offset(line: number, column: number): number {
    const start = this.#starts[Math.min(line, this.#starts.length) - 1] ?? 0
    return start + column - 1
  }
}

/** A text's lines without their line breaks. */
export function splitLines(text: string): string[] {
  return text.split(LINE_BREAK)
}
