import { TemplateError } from './template-error.ts'
import type { TemplateSource } from './template-source.ts'

/** What the parser stumbled over, in the words of somebody who writes templates. */
const UNEXPECTED: { readonly [token: string]: readonly [message: string, hint?: string] } = {
  OPEN_ENDBLOCK: ['this closes a block that was never opened'],
  INVERSE: ['{{else}} outside of a block'],
  OPEN_INVERSE_CHAIN: ['{{else}} outside of a block'],
  OPEN_BLOCK_PARAMS: ['"as |" names what a block hands on', '{{#each xs as |x|}}'],
  CLOSE_BLOCK_PARAMS: ['"|" is not known here', 'filters are helpers in templates: {{lower x}}, {{default x "y"}}'],
  EQUALS: ['"=" is not known here', 'compare with (eq a b)'],
  CLOSE: ['something is missing before }}'],
  CLOSE_SEXPR: ['something is missing before )'],
}
const BLOCK_TAG = /\\\{\{|\{\{!--[\s\S]*?--~?\}\}|\{\{![^}]*\}\}|\{\{\{\{[\s\S]*?\}\}\}\}|\{\{~?([#^/])\s*([^\s~}]+)/g

/** More than people write: Handlebars takes cubic time for blocks inside blocks, and then all of the stack. */
const MAX_NESTING = 100
const MAX_TAG = 10_000

/** Refuses what Handlebars' parser could not bear. @throws {TemplateError} */
export function refuseExcess(source: TemplateSource): void {
  const { text } = source
  /** For each open block, how many blocks it is: every `{{else if}}` is one more inside of it. */
  const open: number[] = []
  let depth = 0
  for (let start = text.indexOf('{{'), end = 0; start !== -1; start = text.indexOf('{{', Math.max(end, start + 2))) {
    end = text.indexOf('}}', start)
    if (end === -1) end = text.length
    const tag = text.slice(start, Math.min(end, start + MAX_TAG + 1))
    if (tag.startsWith('{{!')) continue
    if (tag.length > MAX_TAG) throw new TemplateError(`this is longer than ${MAX_TAG} characters`, source.at(start, 2))
    if (/^\{\{~?[#^]\s*[^\s}~]/.test(tag)) depth += open.push(1) && 1
    else if (/^\{\{~?\//.test(tag)) depth -= open.pop() ?? 0
    else if (open.length > 0 && /^\{\{~?\s*else\s+\S/.test(tag)) depth += open.push((open.pop() ?? 0) + 1) && 1
    if (depth > MAX_NESTING || bracketsIn(tag) > MAX_NESTING) {
      throw new TemplateError(`more than ${MAX_NESTING} levels inside each other`, source.at(start, tag.length))
    }
  }
}

/** How deep the brackets of a tag go. */
function bracketsIn(tag: string): number {
  let depth = 0
  let deepest = 0
  for (const character of tag) {
    if (character === '(') deepest = Math.max(deepest, ++depth)
    else if (character === ')') depth--
  }
  return deepest
}

/** Turns what Handlebars' parser threw into a message with its place. Its own messages list grammar tokens. */
export function syntaxError(error: unknown, source: TemplateSource): TemplateError {
  const said = error instanceof Error ? error.message : String(error)
  const token = /got '(\w+)'$/.exec(said)?.[1] ?? ''
  const unbalanced = token === 'EOF' || said.includes("doesn't match") ? unbalancedBlock(source) : undefined
  if (unbalanced !== undefined) return unbalanced
  const offset = offsetOf(said, source.text)
  const known = UNEXPECTED[token]
  if (known !== undefined) return new TemplateError(known[0], source.at(offset, 1), known[1])
  const open = source.text.lastIndexOf('{{', offset)
  if (open !== -1 && !source.text.includes('}}', open)) {
    return new TemplateError('this is never closed', source.at(open, source.text.length), 'add }}')
  }
  const rest = source.text.slice(offset)
  const [found = '', before = ''] = /^([^\s{}()"'[\]]*)[["']/.exec(rest) ?? []
  const hint = found.endsWith('[') ? 'entries are written x.[0] and x.[a key]' : 'is a quote missing?'
  if (found !== '')
    return new TemplateError(`unexpected ${found.slice(-1)}`, source.at(offset + before.length, 1), hint)
  return new TemplateError(`unexpected "${[...rest][0]}"`, source.at(offset, 1))
}

/** The first block that ends wrongly or never. */
function unbalancedBlock(source: TemplateSource): TemplateError | undefined {
  const open: { readonly name: string; readonly offset: number; readonly length: number }[] = []
  for (const { 0: tag, 1: sign, 2: name, index } of source.text.matchAll(BLOCK_TAG)) {
    if (sign === undefined || name === undefined) continue
    if (sign !== '/') {
      open.push({ name, offset: index, length: tag.length })
      continue
    }
    const opened = open.pop()
    if (opened === undefined || opened.name === name) continue
    const { line } = source.at(opened.offset, 1)
    const hint = `{{#${opened.name}}} is opened on line ${line}`
    return new TemplateError(
      `{{/${name}}} where {{/${opened.name}}} is expected`,
      source.at(index, tag.length + 2),
      hint,
    )
  }
  const last = open.at(-1)
  if (last === undefined) return undefined
  return new TemplateError(
    `{{#${last.name}}} is never closed`,
    source.at(last.offset, last.length),
    `add {{/${last.name}}}`,
  )
}

/**
 * Where the parser stopped. It tells the line and, without line breaks, 20 characters on each side of the place:
 *
 *     Parse error on line 2:
 *     ...ng line with {{ foo bar( }} rest
 *     -----------------------^
 */
function offsetOf(said: string, text: string): number {
  const [, number = '1', excerpt = '', dashes = ''] = /on line (\d+)[^\n]*\n([^\n]*)\n(-*)\^/.exec(said) ?? []
  const before = excerpt.slice(0, dashes.length).replace(/^\.\.\./, '')
  const after = excerpt.slice(dashes.length).replace(/\.\.\.$/, '')
  const lineEnd = text.split('\n', Number(number)).join('\n').length
  for (let offset = lineEnd; offset >= 0; offset--) {
    const left = text.slice(Math.max(0, offset - 20), offset).replaceAll('\n', '')
    const right = text.slice(offset, offset + 20).replaceAll('\n', '')
    if (left.endsWith(before) && right.startsWith(after)) return offset
  }
  return lineEnd
}
