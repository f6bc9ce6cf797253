import { inspect } from 'node:util'
import { type Form, formsOf, partsOf, SHORTEST } from './secret-forms.ts'

const PRINTED = '‹secret›'

/** A value that has no printable form: strings, JSON, `console.log` and templates all show `‹secret›`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Only the session, which writes it to a host's standard input, and code that hashes it may ask. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return PRINTED
  }

  toJSON(): string {
    return PRINTED
  }

  [inspect.custom](): string {
    return PRINTED
  }
}

/** A part of a text, by positions. */
interface Span {
  readonly start: number
  readonly end: number
}

/** A text is cut off here: what stands beside it may be the beginning or the end of a secret. */
const CUT = '…'

/** Base64 text of several lines, all but the last of the same usual width. */
const BROKEN = /(?:(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,76}\r?\n[ \t]*)+[A-Za-z0-9+/]+/g

/** Replaces known secret values in text. Every printed word passes through one of these. */
export class Masker {
  readonly #values = new Set<string>()
  /** By the first three characters, longest first. */
  readonly #forms = new Map<string, Form[]>()
  /** Which first three characters there are: asked at every position of every text. */
  readonly #begins = new Uint8Array(65_536)
  /** By the last three characters. */
  readonly #tails = new Map<string, Form[]>()
  #longest = 0

  /** Remembers a value, and each of its lines. Values under four characters stay visible. */
  add(value: string | Secret): void {
    const text = value instanceof Secret ? value.reveal() : value
    if (this.#values.has(text)) return
    this.#values.add(text)
    for (const part of partsOf(text)) for (const form of formsOf(part)) this.#addForm(form)
  }

  mask(text: string): string {
    if (this.#forms.size === 0) return text
    let masked = ''
    let from = 0
    for (const { start, end } of this.#find(text)) {
      masked += text.slice(from, start) + PRINTED
      from = end
    }
    return from === 0 ? text : masked + text.slice(from)
  }

  /** Masks every string in plain data, keys included. */
  maskAll<T>(data: T): T {
    if (typeof data === 'string') return this.mask(data) as T
    if (Array.isArray(data)) return data.map((value) => this.maskAll(value)) as T
    if (data !== null && typeof data === 'object' && Object.getPrototypeOf(data) === Object.prototype) {
      return Object.fromEntries(Object.entries(data).map(([key, value]) => [this.mask(key), this.maskAll(value)])) as T
    }
    return data
  }

  /** The last position at which the text may be cut without cutting a secret, or what may become one. */
  cut(text: string): number {
    const latest = Math.max(0, text.length - this.#longest)
    const across = this.#find(text).find(({ start, end }) => start < latest && end > latest)
    return across === undefined ? latest : across.start
  }

  #addForm(form: Form): void {
    const { text } = form
    const begin = text.slice(0, 3)
    const known = this.#forms.get(begin) ?? []
    if (known.some((other) => other.text === text && !other.wholeWord)) return
    this.#forms.set(
      begin,
      [...known, form].toSorted((a, b) => b.text.length - a.text.length),
    )
    this.#begins[hash(text, 0)] = 1
    if (!form.wholeWord) this.#tails.set(text.slice(-3), [...(this.#tails.get(text.slice(-3)) ?? []), form])
    this.#longest = Math.max(this.#longest, text.length + 4)
  }

  /** Where secrets stand, in order; those that overlap are one. */
  #find(text: string): readonly Span[] {
    const found = this.#scan(text)
    const more = [...(text.includes(CUT) ? this.#findCut(text) : []), ...this.#findBroken(text)]
    if (more.length === 0) return found
    const joined: Span[] = []
    for (const span of [...found, ...more].toSorted((a, b) => a.start - b.start)) join(joined, span)
    return joined
  }

  #scan(text: string): readonly Span[] {
    const found: Span[] = []
    for (let at = 0; at + 3 <= text.length; at++) {
      if (this.#begins[hash(text, at)] === 0) continue
      const form = this.#forms.get(text.slice(at, at + 3))?.find((one) => stands(one, text, at))
      if (form !== undefined) join(found, widen(form, text, at))
    }
    return found
  }

  /** Secrets across the line breaks of base64 text. */
  #findBroken(text: string): readonly Span[] {
    return [...text.matchAll(BROKEN)].flatMap(({ 0: lines, index }) => {
      const positions = [...lines].flatMap((character, at) => (/\s/.test(character) ? [] : [index + at]))
      const spans = this.#scan(lines.replace(/\s/g, ''))
      return spans.map(({ start, end }) => ({ start: positions[start]!, end: positions[end - 1]! + 1 }))
    })
  }

  /** Beginnings of secrets before a cut, and ends of secrets behind one. */
  #findCut(text: string): readonly Span[] {
    return [...text.matchAll(/\s*…\n?/g)].flatMap(({ index, 0: cut }) => {
      const behind = index + cut.length
      const start = this.#begun(text, index)
      const end = this.#ended(text, behind)
      return [...(start < index ? [{ start, end: index }] : []), ...(end > behind ? [{ start: behind, end }] : [])]
    })
  }

  /** Where the beginning of a secret that ends at `end` starts; `end` where there is none. */
  #begun(text: string, end: number): number {
    for (let at = Math.max(0, end - this.#longest); at <= end - SHORTEST; at++) {
      if (this.#begins[hash(text, at)] === 0) continue
      const begun = text.slice(at, end)
      if (this.#forms.get(begun.slice(0, 3))?.some((form) => !form.wholeWord && form.text.startsWith(begun))) return at
    }
    return end
  }

  /** Where the end of a secret that starts at `start` ends; `start` where there is none. */
  #ended(text: string, start: number): number {
    for (let at = Math.min(text.length, start + this.#longest); at >= start + SHORTEST; at--) {
      const ended = text.slice(start, at)
      if (this.#tails.get(ended.slice(-3))?.some((form) => form.text.endsWith(ended))) return at
    }
    return start
  }
}

function hash(text: string, at: number): number {
  return (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & 65_535
}

function stands({ text: form, wholeWord }: Form, text: string, at: number): boolean {
  if (!text.startsWith(form, at)) return false
  return !wholeWord || !(isWord(text[at - 1]) || isWord(text[at + form.length]))
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9]/.test(character)
}

/** In base64 text the characters at both ends hold bits of the secret, too, and padding is no news without it. */
function widen({ text: form, before, after }: Form, text: string, at: number): Span {
  const isBase64 = (position: number): boolean => /[A-Za-z0-9+/_-]/.test(text[position] ?? '')
  const start = before === 1 && isBase64(at - 1) ? at - 1 : at
  let end = at + form.length
  if (after === 1 && isBase64(end)) {
    end++
    while (text[end] === '=') end++
  }
  return { start, end }
}

/** Adds a span that begins behind those before it, or overlaps the last of them. */
function join(spans: Span[], span: Span): void {
  const last = spans.at(-1)
  if (last === undefined || span.start >= last.end) spans.push(span)
  else spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
}
