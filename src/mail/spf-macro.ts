/** What each macro letter stands for in one check (RFC 7208 section 7.2). */
export type MacroValues = Readonly<Record<'s' | 'l' | 'o' | 'd' | 'i' | 'p' | 'v' | 'h' | 'c' | 'r' | 't', string>>

type MacroLetter = keyof MacroValues

/** Where a text with macros stands: the letters c, r and t are for explanations only (RFC 7208 section 7.2). */
export type MacroPlace = 'record' | 'explanation'

const LETTERS: Record<MacroPlace, string> = { record: 'slodipvh', explanation: 'slodipvhcrt' }
const TOKEN = /%\{([a-z])(\d*)(r?)([-.+,/_=]*)\}|%([%_-])|[^%]+|%/gi
const SIGNS: Readonly<Record<string, string>> = { '%': '%', _: ' ', '-': '%20' }
const TOP_LABEL = /\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$/i
/** Longest domain name in its usual form, without the dot at its end. */
const LONGEST_NAME = 253

/** Why `text` is no macro-string (RFC 7208 section 7.1), or nothing. */
export function macroProblem(text: string, place: MacroPlace): string | undefined {
  for (const { 0: token, 1: letter, 2: digits, index } of text.matchAll(TOKEN)) {
    if (token === '%') return `"${text.slice(index, index + 4)}" is no macro; a percent sign itself is "%%"`
    if (letter === undefined) continue
    const lower = letter.toLowerCase()
    if (!LETTERS.explanation.includes(lower)) return `"${token}": there is no macro letter "${letter}"`
    if (!LETTERS[place].includes(lower)) return `"${token}": the letter "${letter}" is for explanations only`
    if (digits && Number(digits) === 0) return `"${token}" keeps 0 parts; the least is 1`
  }
  return undefined
}

/** Why `text` is no domain-spec (RFC 7208 section 7.1), or nothing. */
export function domainSpecProblem(text: string): string | undefined {
  if (text === '') return 'a domain is missing'
  const problem = macroProblem(text, 'record')
  if (problem) return problem
  const last = [...text.matchAll(TOKEN)].at(-1)?.[0] ?? ''
  if (last.startsWith('%') || TOP_LABEL.test(last)) return undefined
  return `"${text}" does not end in a dot and a top-level label, such as ".org"`
}

/** The macro letters in a text, in lower case. */
export function macroLetters(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(TOKEN)].flatMap(([, letter]) => letter?.toLowerCase() ?? []))
}

/** `text` with every macro replaced; it must have no problem (see macroProblem). An upper-case letter escapes for URLs. */
export function expandMacros(text: string, values: MacroValues): string {
  return [...text.matchAll(TOKEN)].map((match) => expandToken(match, values)).join('')
}

/**
 * The name that a domain-spec comes to (RFC 7208 sections 4.8 and 7.3): without a dot at its end, and with labels removed
 * from the left until it has at most 253 characters.
 */
export function expandDomain(text: string, values: MacroValues): string {
  let name = expandMacros(text, values).replace(/\.$/, '')
  while (name.length > LONGEST_NAME && name.includes('.')) name = name.slice(name.indexOf('.') + 1)
  return name
}

function expandToken(match: RegExpExecArray, values: MacroValues): string {
  const [token, letter, digits, reverse, delimiters, sign] = match
  if (sign !== undefined) return SIGNS[sign] ?? ''
  if (letter === undefined) return token
  const lower = letter.toLowerCase() as MacroLetter
  const splitters = [...(delimiters || '.')].map((delimiter) => `\\${delimiter}`)
  const parts = values[lower].split(new RegExp(`[${splitters.join('')}]`))
  if (reverse) parts.reverse()
  const value = (digits ? parts.slice(-Number(digits)) : parts).join('.')
  return letter === lower ? value : escapeForUrl(value)
}

// Everything but the unreserved characters of RFC 3986 section 2.3; encodeURIComponent leaves some more.
function escapeForUrl(text: string): string {
  return text.replace(/[^A-Za-z0-9._~-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
