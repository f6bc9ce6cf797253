/** Where a part of a template stands: `offset` and `length` count characters from 0, line and column from 1. */
export interface TemplatePlace {
  readonly offset: number
  readonly length: number
  readonly line: number
  readonly column: number
}

/** A template cannot be read or rendered. */
export class TemplateError extends Error implements TemplatePlace {
  readonly offset: number
  readonly length: number
  readonly line: number
  readonly column: number
  readonly hint: string | undefined

  constructor(message: string, place: TemplatePlace, hint?: string) {
    super(message)
    this.name = 'TemplateError'
    this.offset = place.offset
    this.length = place.length
    this.line = place.line
    this.column = place.column
    this.hint = hint
  }
}
