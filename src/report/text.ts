const NEWLINE = 0x0a
const TAB = 0x09
const DELETE = 0x7f

// Controls, lone surrogates, bidirectional controls (they reorder what is read: CVE-2021-42574) and other invisibles.
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u200b\u2028\u2029\u2060-\u2064\ufeff]/gu

/**
 * Text from a host, harmless for a terminal: ESC becomes ␛, a carriage return ␍, other invisible characters `<U+202E>`.
 * Newlines and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code === NEWLINE || code === TAB) return character
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    return code === DELETE ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })
}

/** Plain data with every string in it made `visible`, keys included. */
export function visibleAll<T>(data: T): T {
  if (typeof data === 'string') return visible(data) as T
  if (Array.isArray(data)) return data.map((value) => visibleAll(value)) as T
  if (data === null || typeof data !== 'object') return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [visible(key), visibleAll(value)])) as T
}

/** Text that must stay on one line: newlines are shown as ↵, tabs become spaces. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', '↵').replaceAll('\t', ' ')
}

/** The lines of a text; a newline at its end opens no further line. */
export function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** `1 line`, `3 lines`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
