import { didYouMean } from '../core/error.ts'
import { tests } from './expression-tests.ts'
import { ExpressionError, type Span, type Token, tokenize } from './expression-tokens.ts'
import { COMPARISONS, type Comparison, type Step, type Tree } from './expression-tree.ts'
import { countMistake, infixUsage } from './function.ts'
import { functions } from './functions.ts'

/** Brackets inside brackets. */
const MAX_NESTING = 200
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else'])
const LITERALS = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
  ['null', null],
])

/** Reads the whole text as one expression. @throws {ExpressionError} */
export function parseTree(text: string): Tree {
  return new Parser(text).whole()
}

// From the weakest to the strongest: or, and, not, comparison, then access, filters and tests, as in Ansible's Jinja.
class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #index = 0
  #nesting = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text)
  }

  whole(): Tree {
    if (this.#tokens.length === 1) throw new ExpressionError('an empty expression', { offset: 0, length: 1 })
    const tree = this.#or()
    if (this.#token.kind !== 'end') throw this.#unexpected()
    return tree
  }

  get #token(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', text: '', offset: this.#text.length, length: 1 }
  }

  #or(): Tree {
    return this.#logic('or', () => this.#logic('and', () => this.#not()))
  }

  #logic(operator: 'and' | 'or', operand: () => Tree): Tree {
    const start = this.#token.offset
    const first = operand()
    const terms = [first]
    while (this.#takeWord(operator)) terms.push(operand())
    return terms.length === 1 ? first : { kind: 'logic', operator, terms, ...this.#since(start) }
  }

  #not(): Tree {
    const start = this.#token.offset
    let negations = 0
    while (this.#takeWord('not')) negations++
    let tree = this.#comparison()
    // An even number keeps one pair: it still insists on true or false.
    for (let i = negations > 2 ? 2 - (negations % 2) : negations; i > 0; i--) {
      tree = { kind: 'not', term: tree, ...this.#since(start) }
    }
    return tree
  }

  #comparison(): Tree {
    const start = this.#token.offset
    const left = this.#chain()
    const operator = this.#takeComparison()
    if (operator === undefined) return left
    const tree: Tree = { kind: 'compare', operator, left, right: this.#chain(), ...this.#since(start) }
    const { offset, length } = this.#token
    if (this.#takeComparison() === undefined) return tree
    throw new ExpressionError('comparisons do not chain', { offset, length }, 'join two of them with and')
  }

  #takeComparison(): Comparison | undefined {
    const { kind, text } = this.#token
    const follows = this.#tokens[this.#index + 1]
    const negated = kind === 'name' && text === 'not' && follows?.kind === 'name' && follows.text === 'in'
    const written = negated ? 'not in' : text
    const found =
      kind === 'symbol' || kind === 'name' ? COMPARISONS.find((operator) => operator === written) : undefined
    if (found !== undefined) this.#index += negated ? 2 : 1
    return found
  }

  #chain(): Tree {
    const start = this.#token.offset
    const base = this.#primary()
    const steps: Step[] = []
    for (let step = this.#step(start); step !== undefined; step = this.#step(start)) steps.push(step)
    return steps.length === 0 ? base : { kind: 'chain', base, steps, ...this.#since(start) }
  }

  #step(start: number): Step | undefined {
    const { offset } = this.#token
    const owner = this.#text.slice(start, offset).trimEnd()
    if (this.#takeSymbol('.')) {
      const name = this.#name('a name', 'list entries are written x[0]')
      return { kind: 'attribute', name: name.text, owner, offset: name.offset, length: name.length }
    }
    if (this.#takeSymbol('[')) {
      const index = this.#nested(() => this.#or())
      this.#expectSymbol(']')
      return { kind: 'index', index, owner, offset: index.offset, length: index.length }
    }
    if (this.#takeSymbol('|')) {
      const name = this.#name('a filter')
      const values = this.#values()
      this.#check('filter', name, values.length, functions)
      return { kind: 'filter', name: name.text, values, ...this.#since(name.offset) }
    }
    if (!this.#takeWord('is')) return undefined
    const negated = this.#takeWord('not')
    const name = this.#name('a test')
    const values = this.#values()
    this.#check('test', name, values.length, tests)
    return { kind: 'test', name: name.text, negated, values, ...this.#since(name.offset) }
  }

  #check(kind: string, name: Token, given: number, known: ReadonlyMap<string, { readonly usage: string }>): void {
    const usage = known.get(name.text)?.usage
    if (usage === undefined) {
      const hint = didYouMean(name.text, known.keys()) ?? `known: ${[...known.keys()].join(', ')}`
      throw new ExpressionError(`unknown ${kind} "${name.text}"`, name, hint)
    }
    // The value on the left is not counted as an argument here.
    const [word = '', , ...rest] = usage.split(' ')
    const mistake = countMistake([word, ...rest].join(' '), given)
    if (mistake !== undefined)
      throw new ExpressionError(mistake, name, infixUsage(usage, kind === 'test' ? ' is ' : ' | '))
  }

  #values(): readonly Tree[] {
    return this.#takeSymbol('(') ? this.#nested(() => this.#items(')')) : []
  }

  #items(close: string): readonly Tree[] {
    const items: Tree[] = []
    while (!this.#takeSymbol(close)) {
      items.push(this.#or())
      if (this.#takeSymbol(',')) continue
      this.#expectSymbol(close)
      break
    }
    return items
  }

  #primary(): Tree {
    const token = this.#token
    if (token.kind === 'end') throw this.#unexpected()
    this.#index++
    if (token.kind === 'string')
      return { kind: 'literal', value: token.text, offset: token.offset, length: token.length }
    if (token.kind === 'number') return this.#number(token, 1)
    if (token.kind === 'name' && !WORDS.has(token.text)) {
      const value = LITERALS.get(token.text)
      if (value !== undefined) return { kind: 'literal', value, offset: token.offset, length: token.length }
      return { kind: 'variable', name: token.text, offset: token.offset, length: token.length }
    }
    if (token.text === '-' && this.#token.kind === 'number')
      return this.#number(this.#tokens[this.#index++] ?? token, -1)
    if (token.kind === 'symbol' && token.text === '(') {
      const tree = this.#nested(() => this.#or())
      this.#expectSymbol(')')
      return tree
    }
    if (token.kind === 'symbol' && token.text === '[') {
      const items = this.#nested(() => this.#items(']'))
      return { kind: 'list', items, ...this.#since(token.offset) }
    }
    this.#index--
    throw this.#unexpected()
  }

  #number(token: Token, sign: 1 | -1): Tree {
    const value = sign * Number(token.text)
    if (!Number.isFinite(value)) throw new ExpressionError('this number is too large', token)
    return { kind: 'literal', value, offset: sign === 1 ? token.offset : token.offset - 1, length: token.length }
  }

  #nested<T>(inside: () => T): T {
    if (++this.#nesting > MAX_NESTING)
      throw new ExpressionError(`more than ${MAX_NESTING} brackets inside brackets`, this.#token)
    const found = inside()
    this.#nesting--
    return found
  }

  #name(what: string, hint?: string): Token {
    const token = this.#token
    if (token.kind !== 'name') throw new ExpressionError(`${what} is missing here`, token, hint)
    this.#index++
    return token
  }

  #takeWord(word: string): boolean {
    const found = this.#token.kind === 'name' && this.#token.text === word
    if (found) this.#index++
    return found
  }

  #takeSymbol(symbol: string): boolean {
    const found = this.#token.kind === 'symbol' && this.#token.text === symbol
    if (found) this.#index++
    return found
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#unexpected(`"${symbol}" is missing`)
  }

  #unexpected(missing?: string): ExpressionError {
    const { kind, text, offset, length } = this.#token
    const hint = text === '(' && missing === undefined ? "there are no methods: use a filter, x | split(',')" : missing
    const message =
      kind === 'end' ? 'the expression ends too early' : `unexpected ${kind === 'string' ? 'text' : `"${text}"`}`
    return new ExpressionError(message, { offset, length }, hint)
  }

  #since(start: number): Span {
    const previous = this.#tokens[this.#index - 1]
    const end = previous === undefined ? start + 1 : previous.offset + previous.length
    return { offset: start, length: Math.max(1, end - start) }
  }
}
