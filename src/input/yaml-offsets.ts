import type { ScalarEvent } from 'js-yaml'
import { getScalarValue, SCALAR_STYLE } from 'js-yaml'

const SPACE = /\s/

/**
 * Where a character of a scalar's value is written: undoes quotes, escapes, folding and indentation, so that a mistake
 * inside a template is shown at its own place in the file.
 *
 * @param offset counts UTF-16 units of the value from 0
 * @returns an offset in the file's text
 */
export function sourceOffset(text: string, scalar: ScalarEvent, offset: number): number {
  const { valueStart, valueEnd, style } = scalar
  const value = getScalarValue(text, scalar)
  let at = valueStart
  for (let i = 0; i < Math.min(offset, value.length) && at < valueEnd; ) {
    const units = (value.codePointAt(i) ?? 0) > 0xffff ? 2 : 1
    at = skipLayout(text, at, valueEnd, value[i] ?? '', style)
    at += writtenLength(text, at, style) ?? units
    i += units
  }
  return Math.min(skipLayout(text, at, valueEnd, value[offset] ?? '', style), valueEnd)
}

/** Indentation and folded line breaks stand between characters of the value, or turn into one space or break. */
function skipLayout(text: string, start: number, end: number, wanted: string, style: number): number {
  let at = start
  const joined = style === SCALAR_STYLE.DOUBLE_QUOTED && text[at] === '\\' && /[\r\n]/.test(text[at + 1] ?? '')
  if (joined) at++
  else if (SPACE.test(wanted)) return at
  while (at < end && SPACE.test(text[at] ?? '')) at++
  return at
}

/** How many characters an escape of the file takes; nothing for a character that stands for itself. */
function writtenLength(text: string, at: number, style: number): number | undefined {
  if (style === SCALAR_STYLE.SINGLE_QUOTED && text.startsWith("''", at)) return 2
  if (style !== SCALAR_STYLE.DOUBLE_QUOTED || text[at] !== '\\') return undefined
  const digits = { x: 2, u: 4, U: 8 }[text[at + 1] ?? ''] ?? 0
  return 2 + digits
}
