/** A text under which a secret may turn up. */
export interface Form {
  readonly text: string
  /** Only where no letter or digit stands beside it: a short value is a word of its own elsewhere. */
  readonly wholeWord: boolean
  /** Characters before and behind it that hold some of its bits, too: it is part of base64 text. */
  readonly before: 0 | 1
  readonly after: 0 | 1
}

/** Values below so many characters stay visible: masking them would garble everything else. */
export const SHORTEST = 4
/** Values up to so many characters are masked as whole words only: "mail" is a password somewhere, and a word everywhere. */
const WORD = 6
/** Lines of a secret of several lines count on their own from so many characters on. */
const LINE = 8
/** Columns at which base64(1) and PEM break lines. */
const COLUMNS = [76, 64]

/** What of a value is a secret in itself: the whole of it, and where it has several lines, each that is long enough. */
export function partsOf(value: string): readonly string[] {
  const whole = value.replace(/^\s+|\s+$/g, '')
  const lines = whole.includes('\n') ? whole.split('\n').map((line) => line.trim()) : []
  const telling = lines.filter((line) => line.length >= LINE && !/^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line))
  return [...new Set([value, whole, ...telling])].filter((part) => part.length >= SHORTEST)
}

/**
 * Every text that stands for a value: itself, in JSON, quoted for a shell, percent-encoded (RFC 3986 §2.1, and as HTML
 * forms are sent), and in base64 (RFC 4648 §4 and §5) at whatever position of a longer text.
 */
export function formsOf(value: string): readonly Form[] {
  const isShort = value.length <= WORD
  const plain = [value, inJson(value), ...inShell(value), ...percentEncoded(value)]
  const texts = plain.map((text): Form => ({ text, wholeWord: isShort && text === value, before: 0, after: 0 }))
  return distinct([...texts, ...base64Forms(value, isShort)])
}

function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

// As our own `quote` writes a quote, as dash and bash do in traces (`set -x`), and as people do in double quotes.
function inShell(value: string): readonly string[] {
  const escaped = value.replace(/["$`\\]/g, '\\$&')
  return [value.replaceAll("'", "'\\''"), value.replaceAll("'", `'"'"'`), escaped]
}

function percentEncoded(value: string): readonly string[] {
  // A lone surrogate is no character, and has no bytes to encode.
  if (/\p{Surrogate}/u.test(value)) return []
  const usual = encodeURIComponent(value)
  const strict = usual.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return [usual, strict, strict.replaceAll('%20', '+')].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
  ])
}

/** The characters of base64 text that follow from the value alone, for each position that it may have in three bytes. */
function base64Forms(value: string, isShort: boolean): readonly Form[] {
  const bytes = Buffer.from(value, 'utf8')
  // A few characters in the middle of other base64 text say nothing for certain.
  if (isShort) {
    const texts = ['base64', 'base64url'].map((encoding) => bytes.toString(encoding as BufferEncoding))
    return texts.map((text) => ({ text: text.replace(/=+$/, ''), wholeWord: true, before: 0, after: 0 }))
  }
  return [0, 1, 2].flatMap((position) => {
    const bits = 8 * (position + bytes.length)
    const all = Buffer.concat([Buffer.alloc(position), bytes]).toString('base64')
    const text = all.slice(Math.ceil((8 * position) / 6), Math.floor(bits / 6))
    const edges = { before: position === 0 ? 0 : 1, after: bits % 6 === 0 ? 0 : 1 } as const
    const broken = COLUMNS.flatMap((columns) => (position === 0 ? piecesOf(text, columns) : []))
    return [text, ...broken].flatMap((piece) => [
      { text: piece, wholeWord: false, ...edges },
      { text: piece.replaceAll('+', '-').replaceAll('/', '_'), wholeWord: false, ...edges },
    ])
  })
}

function piecesOf(text: string, columns: number): readonly string[] {
  if (text.length <= columns) return []
  const pieces = Array.from({ length: Math.ceil(text.length / columns) }, (_, index) =>
    text.slice(index * columns, (index + 1) * columns),
  )
  return pieces.filter((piece) => piece.length >= LINE)
}

function distinct(forms: readonly Form[]): readonly Form[] {
  return [...new Map(forms.toReversed().map((form) => [form.text, form])).values()]
}
