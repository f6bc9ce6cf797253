/** An expression cannot be read or has no value. Offsets count characters of the expression from 0. */
export class ExpressionError extends Error {
  readonly offset: number
  readonly length: number
  readonly hint: string | undefined

  constructor(message: string, at: { readonly offset: number; readonly length: number }, hint?: string) {
    super(message)
    this.name = 'ExpressionError'
    this.offset = at.offset
    this.length = at.length
    this.hint = hint
  }
}

/** A part of the expression's text. */
export interface Span {
  readonly offset: number
  readonly length: number
}

export interface Token extends Span {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end'
  /** A string's value, else the text as written. */
  readonly text: string
}

const SPACE = /\s+/y
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy
const NUMBER = /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const STRING = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/sy
const SYMBOL = /==|!=|<=|>=|[<>()[\]{},.|:-]/y
const FOREIGN = /&&|\|\||\{\{|\}\}|\{%|[=!+*/%~?@#$&^;\\`'"]/y

/** What people who know other languages type, and what to type here. */
const FOREIGN_HINTS: { readonly [symbol: string]: string } = {
  '&&': 'write and',
  '||': 'write or',
  '!': 'write not',
  '=': 'write == to compare',
  '{{': 'an expression names variables without {{ }}',
  '}}': 'an expression names variables without {{ }}',
  "'": 'this quote is never closed',
  '"': 'this quote is never closed',
  '+': 'expressions compare, they do not calculate',
  '*': 'expressions compare, they do not calculate',
  '/': 'expressions compare, they do not calculate',
  '%': 'expressions compare, they do not calculate',
  '~': 'expressions compare, they do not calculate',
}

/** Cuts an expression into tokens; the last one is `end`. @throws {ExpressionError} at the first character that fits nothing. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let offset = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset
    return pattern.exec(text)?.[0]
  }
  while (offset < text.length) {
    const space = match(SPACE)
    if (space !== undefined) {
      offset += space.length
      continue
    }
    const foreign = match(/&&|\|\||\{\{|\}\}|\{%/y)
    if (foreign !== undefined) throw unexpected(foreign, offset)
    const token = next(match, offset)
    if (token === undefined)
      throw unexpected(match(FOREIGN) ?? String.fromCodePoint(text.codePointAt(offset) ?? 0), offset)
    tokens.push(token)
    offset += token.length
  }
  tokens.push({ kind: 'end', text: '', offset: text.trimEnd().length, length: 1 })
  return tokens
}

function next(match: (pattern: RegExp) => string | undefined, offset: number): Token | undefined {
  const string = match(STRING)
  if (string !== undefined)
    return { kind: 'string', text: unescaped(string.slice(1, -1)), offset, length: string.length }
  const number = match(NUMBER)
  if (number !== undefined) return { kind: 'number', text: number, offset, length: number.length }
  const name = match(NAME)
  if (name !== undefined) return { kind: 'name', text: name, offset, length: name.length }
  const symbol = match(SYMBOL)
  return symbol === undefined ? undefined : { kind: 'symbol', text: symbol, offset, length: symbol.length }
}

/** Text between quotes: as in Python, and so in Ansible, an unknown escape stays, so that patterns can say `\\d`. */
export function unescaped(quoted: string): string {
  const known: { readonly [letter: string]: string } = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' }
  return quoted.replace(/\\(.)/gs, (whole, letter: string) => known[letter] ?? whole)
}

function unexpected(symbol: string, offset: number): ExpressionError {
  return new ExpressionError(`unexpected ${symbol}`, { offset, length: symbol.length }, FOREIGN_HINTS[symbol])
}
