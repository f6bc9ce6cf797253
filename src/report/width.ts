// Blocks that terminals draw two columns wide (Unicode's EastAsianWidth W and F, in whole blocks).
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]

/**
 * Columns that text takes on a terminal. Joined emoji count as the sum of their parts: a terminal that does not
 * join them draws as many, and a guess too high never breaks a row.
 */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Text cut to a number of columns, with … in the last of them where something is missing. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let width = 0
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns - 1) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}

/** Text cut from the left, for paths, whose end says most. */
export function truncateStart(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  const characters = [...text]
  while (characters.length > 0 && displayWidth(characters.join('')) > columns - 1) characters.shift()
  return columns < 1 ? '' : `…${characters.join('')}`
}

/** Text cut or filled with spaces to exactly so many columns. */
export function fit(text: string, columns: number): string {
  const kept = truncate(text, columns)
  return kept + ' '.repeat(Math.max(0, columns - displayWidth(kept)))
}

/** Two texts at both ends of a line; where they do not fit, two spaces apart. */
export function spread(left: string, right: string, columns: number): string {
  const gap = columns - displayWidth(left) - displayWidth(right)
  return right === '' ? left : left + ' '.repeat(Math.max(2, gap)) + right
}

/**
 * Text broken at blanks into lines of at most so many columns; further lines start below the first word. It is broken
 * first where two blanks set a command off, so that it can be copied; a word longer than a line stays whole, too.
 */
export function wrap(text: string, columns: number): readonly string[] {
  if (displayWidth(text) <= columns) return [text]
  const margin = /^ */.exec(text)?.[0] ?? ''
  return text
    .replace(/^ +| +$/g, '')
    .split(/ {2,}/)
    .flatMap((part) => fill(part.split(' '), columns - margin.length))
    .map((line) => (line === '' ? '' : margin + line))
}

function fill(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && displayWidth(longer) <= columns) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  // Variation selector 16 makes the sign before it an emoji, two columns wide.
  if (code === 0xfe0f) return 1
  if (/^[\p{M}\p{Cf}]$/u.test(character)) return 0
  return WIDE.some(([first, last]) => code >= first && code <= last) || /^\p{Emoji_Presentation}$/u.test(character)
    ? 2
    : 1
}
