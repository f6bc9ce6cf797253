import { Lines } from './lines.ts'
import type { TemplatePlace } from './template-error.ts'

/** A template's text: turns what Handlebars calls a location (columns from 0) into a place. */
export class TemplateSource {
  readonly text: string
  readonly #lines: Lines

  constructor(text: string) {
    this.text = text
    this.#lines = new Lines(text)
  }

  /** A place of `length` characters, cut at the end of its line. */
  at(offset: number, length: number): TemplatePlace {
    const { line, column } = this.#lines.place(offset, '')
    const shown = /^[^\r\n]*/.exec(this.text.slice(offset, offset + length))?.[0].trimEnd().length ?? 1
    return { offset, length: Math.max(1, shown), line, column }
  }

  place({ start, end }: hbs.AST.SourceLocation): TemplatePlace {
    const from = this.#lines.offset(start.line, start.column + 1)
    return this.at(from, this.#lines.offset(end.line, end.column + 1) - from)
  }

  written({ start, end }: hbs.AST.SourceLocation): string {
    return this.text.slice(
      this.#lines.offset(start.line, start.column + 1),
      this.#lines.offset(end.line, end.column + 1),
    )
  }
}
