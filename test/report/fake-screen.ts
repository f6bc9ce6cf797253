import { displayWidth } from '../../src/report/width.ts'

/** A terminal that understands what the live reporter may send, and throws at everything else. */
export class FakeScreen {
  columns: number
  rows: number
  #cursor = true
  /** What was written so far, as it was. */
  readonly writes: string[] = []
  /** Lines that left the screen at its top. */
  readonly scrolled: string[] = []
  #lines: string[][] = [[]]
  #row = 0
  #column = 0
  #wrap = true

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  /** As a shell expects it: the cursor is seen, and long lines wrap. */
  get isUsual(): boolean {
    return this.#cursor && this.#wrap
  }

  /** The lines on the screen, without colours and trailing blanks. */
  get text(): string[] {
    return this.#lines.map((line) => line.join('').trimEnd())
  }

  /** Everything that was ever shown and not erased, as a user who scrolls back sees it. */
  get history(): string {
    return [...this.scrolled, ...this.text].join('\n').trimEnd()
  }

  readonly write = (text: string): void => {
    this.writes.push(text)
    const [before = '', ...sequences] = text.split('\x1b[')
    this.#print(before)
    for (const sequence of sequences) {
      const code = /^[?\d;]*[A-Za-z]/.exec(sequence)?.[0] ?? ''
      this.#control(code)
      this.#print(sequence.slice(code.length))
    }
  }

  /** Becomes narrower or wider, and wraps long lines again as tmux and VTE do. */
  resize(columns: number, rows: number): void {
    const wrapped: string[][] = []
    let row = 0
    this.#lines.forEach((line, index) => {
      if (index === this.#row) row = wrapped.length
      const cells = line.join('').trimEnd() === '' ? [] : line
      for (let from = 0; from === 0 || from < cells.length; from += columns)
        wrapped.push(cells.slice(from, from + columns))
    })
    this.columns = columns
    this.rows = rows
    this.#lines = wrapped
    this.#row = row
    this.#scroll()
  }

  #print(text: string): void {
    for (const character of text) {
      if (character === '\r') this.#column = 0
      else if (character === '\n') this.#newline()
      else if (/\p{Cc}/u.test(character)) throw new Error(`${JSON.stringify(character)} reached the terminal`)
      else this.#put(character)
    }
  }

  #put(character: string): void {
    const width = displayWidth(character)
    if (width === 0) return
    if (this.#column + width > this.columns) {
      if (!this.#wrap) throw new Error(`a row is wider than the ${this.columns} columns of the screen`)
      this.#newline()
    }
    const line = this.#line()
    while (line.length < this.#column) line.push(' ')
    line[this.#column] = character
    if (width === 2) line[this.#column + 1] = ''
    this.#column += width
  }

  #newline(): void {
    this.#column = 0
    this.#row++
    this.#line()
    this.#scroll()
  }

  #scroll(): void {
    while (this.#lines.length > this.rows) {
      this.scrolled.push((this.#lines.shift() ?? []).join('').trimEnd())
      this.#row--
    }
  }

  #line(): string[] {
    const line = this.#lines[this.#row] ?? []
    this.#lines[this.#row] = line
    return line
  }

  #control(code: string): void {
    if (/^\d+A$/.test(code)) this.#row = Math.max(0, this.#row - Number.parseInt(code, 10))
    else if (code === 'K') this.#line().length = Math.min(this.#column, this.#line().length)
    else if (code === 'J') {
      this.#line().length = Math.min(this.#column, this.#line().length)
      this.#lines.length = this.#row + 1
    } else if (code === '?7l' || code === '?7h') this.#wrap = code === '?7h'
    else if (code === '?25l' || code === '?25h') this.#cursor = code === '?25h'
    else if (!/^[\d;]*m$/.test(code)) throw new Error(`escape sequence ESC [ ${code} is not expected`)
  }
}
