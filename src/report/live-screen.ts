import { stripVTControlCharacters } from 'node:util'
import { displayWidth } from './width.ts'

// ECMA-48 and DEC private modes, all that a frame needs: CUU, EL, ED, DECAWM, DECTCEM.
const up = (lines: number): string => (lines > 0 ? `\x1b[${lines}A` : '')
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const NO_WRAP = '\x1b[?7l'
const WRAP = '\x1b[?7h'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

/**
 * The rows at the bottom of a terminal that are drawn over and over, and the lines that scroll away above them.
 * Every frame is one write that ends with the terminal in its usual state, so nothing needs to be put right
 * when the process ends, however it ends.
 */
export class Screen {
  readonly #write: (text: string) => void
  #drawn: readonly number[] = []

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** Replaces the rows. They must be narrower than `columns`; what is above them may wrap. */
  draw(above: readonly string[], rows: readonly string[], columns: number): void {
    const scrolled = above.length === 0 ? '' : `${CLEAR_BELOW}${above.join('\n')}\n`
    // Without wrapping, a character that the terminal draws wider than we think cannot break the count of lines.
    const drawn = rows.length === 0 ? '' : `${NO_WRAP}${rows.map((row) => `${row}${CLEAR_LINE}\n`).join('')}${WRAP}`
    this.#write(`${HIDE_CURSOR}\r${up(this.#height(columns))}${scrolled}${drawn}${CLEAR_BELOW}${SHOW_CURSOR}`)
    this.#drawn = rows.map((row) => displayWidth(stripVTControlCharacters(row)))
  }

  // A terminal that became narrower has wrapped the rows that were drawn before.
  #height(columns: number): number {
    return this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / Math.max(1, columns))), 0)
  }
}
