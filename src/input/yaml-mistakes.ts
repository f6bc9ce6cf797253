import { YAMLException } from 'js-yaml'
import type { NodeMistake } from './yaml-nodes.ts'

/** A mistake in YAML before it has a place: `offset` and `length` count characters of the text. */
export interface YamlMistake {
  readonly message: string
  readonly offset: number
  readonly length: number
  readonly hint?: string
}

/** What js-yaml says, in the words of somebody who writes playbooks. */
const EXPLANATIONS: readonly (readonly [RegExp, string, string?])[] = [
  [/tab characters must not be used/, 'a tab in the indentation', 'YAML indents with spaces only'],
  [/deficient indentation/, 'a quote or bracket that was opened above is still open here'],
  [/unexpected end of the (?:stream|document) within a (?:single|double) quoted/, 'a quote is never closed'],
  [/unexpected end of the stream within a flow/, 'a "[" or "{" is never closed'],
  [/missed comma between flow/, 'a comma is missing', 'or quote the value'],
  [
    /multiline key may not be an implicit key|expected ':' after/,
    'this line has no ":"',
    'a key is written  name: value',
  ],
  [/bad indentation of a sequence entry/, 'this "-" is indented like nothing above it'],
  [/end of the stream or a document separator is expected/, 'this is indented like nothing above it'],
  [/null byte|non-printable|valid JSON character/, 'an unprintable character', 'save the file as UTF-8 text'],
  [/unknown escape sequence/, 'an unknown escape after "\\"', 'in single quotes a backslash is a plain character'],
  [/cannot merge mappings/, '"<<" needs a mapping', 'write  <<: *anchor  where &anchor marks a mapping'],
  [/maxDepth|maxTotalMergeKeys|abnormal merge/, 'the file nests or merges more than a real one would'],
]

/** Explains what js-yaml threw. Anything that is not its own exception is a mistake of ours and is thrown on. */
export function explain(error: unknown, text: string): YamlMistake {
  if (!(error instanceof YAMLException) || error.mark === undefined) throw error
  const offset = error.mark.position
  const template = unquotedTemplate(text, offset)
  if (template !== undefined) return template
  const tag = /^unknown \w+ tag !<(.+)>/.exec(error.reason)?.[1]
  if (tag !== undefined) {
    const written = tag.startsWith('tag:yaml.org,2002:') ? `!!${tag.slice('tag:yaml.org,2002:'.length)}` : tag
    return { message: `unknown tag ${written}`, offset, length: written.length, hint: 'remove it, or quote the value' }
  }
  if (/^bad indentation of a mapping entry/.test(error.reason)) return misplaced(text, offset)
  // js-yaml notices a line without a colon only at the colon of the next one.
  if (/multiline key/.test(error.reason)) {
    const above = text.slice(0, text.lastIndexOf('\n', offset)).trimEnd()
    const start = above.lastIndexOf('\n') + 1
    const indent = /^\s*/.exec(above.slice(start))?.[0].length ?? 0
    const length = above.length - start - indent
    return { message: 'this line has no ":"', offset: start + indent, length, hint: 'a key is written  name: value' }
  }
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(error.reason))
  const [, message, hint] = known ?? ['', error.reason]
  return { message, offset, length: 1, ...(hint === undefined ? {} : { hint }) }
}

/** Explains what the tree of positions found. */
export function explainNode(mistake: NodeMistake, text: string, lineOf: (offset: number) => number): YamlMistake {
  switch (mistake.kind) {
    case 'duplicate key': {
      const { start, end } = mistake.node
      const hint = `first on line ${lineOf(mistake.first.start)}`
      return { message: `"${mistake.key}" is set twice`, offset: start, length: end - start, hint }
    }
    case 'alias':
      return { message: `no &${mistake.name} above`, offset: mistake.start, length: mistake.name.length + 1 }
    case 'number': {
      const { start, end } = mistake.node
      return { message: 'this number cannot be kept exactly', offset: start, length: end - start, hint: 'quote it' }
    }
    case 'size':
      return { message: 'aliases make this document too large', offset: mistake.start, length: 1 }
    case 'key': {
      const { node, parent } = mistake
      if (parent.flow && text.startsWith('{{', parent.start)) return quoteTemplate(text, parent.start)
      const hint = text.startsWith('{{', node.start)
        ? 'keys are taken as written: templates belong into values'
        : undefined
      return {
        message: 'a key must be a plain word',
        offset: node.start,
        length: 1,
        ...(hint === undefined ? {} : { hint }),
      }
    }
  }
}

/** The same mistake without words of the file: where a value is read wrongly, any of them may be a secret. */
export function withoutWords({ message, offset, length }: YamlMistake): YamlMistake {
  const quotes = /[&!*][\w!<]|"[^"]{2,}"/.test(message) && !message.endsWith(' is set twice')
  return { message: quotes ? 'this is no YAML that is understood here' : message, offset, length }
}

/** YAML takes an unquoted `{{` for a mapping, and most often stumbles later on the same line. */
function unquotedTemplate(text: string, offset: number): YamlMistake | undefined {
  const start = lineStart(text, offset)
  const found = lineAt(text, start)
    .replace(/"(?:\\.|[^"\\])*"|'(?:''|[^'])*'/g, asBlanks)
    .search(/\{\{.*?\}\}/)
  return found === -1 ? undefined : quoteTemplate(text, start + found)
}

/** Shows how to quote the whole value around the `{{` at `offset`. */
function quoteTemplate(text: string, offset: number): YamlMistake {
  const begin = lineStart(text, offset)
  const line = lineAt(text, begin)
  const before = line.slice(0, offset - begin)
  const start = /^(?:.*(?::\s+|[[,{]\s*)|\s*(?:-\s+)+)?/.exec(before)?.[0].length ?? 0
  const inFlow = (before.match(/[[{]/g)?.length ?? 0) > (before.match(/[\]}]/g)?.length ?? 0)
  const rest = line
    .slice(start)
    .replace(/\s+#.*$/, '')
    .trimEnd()
  const value = inFlow ? (/^(?:[^,\]}]*?\{\{.*?\}\})+[^,\]}\s]*/.exec(rest)?.[0] ?? rest) : rest
  const quoted = value.includes('"') ? `'${value.replaceAll("'", "''")}'` : `"${value}"`
  return { message: 'an unquoted template', offset: begin + start, length: value.length, hint: `quote it: ${quoted}` }
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
}

function lineAt(text: string, start: number): string {
  return /^[^\r\n]*/.exec(text.slice(start))?.[0] ?? ''
}

// A quoted part keeps its length, so that offsets stay true.
function asBlanks(quoted: string): string {
  return ' '.repeat(quoted.length)
}

/** js-yaml's "bad indentation of a mapping entry" stands for three different slips. */
function misplaced(text: string, offset: number): YamlMistake {
  const character = text[offset] ?? ''
  if (/[@%`]/.test(character)) {
    return { message: `a value cannot start with ${character}`, offset, length: 1, hint: 'quote it' }
  }
  if (text[offset] === ':' || /:[ \t]*$/.test(/[^\r\n]*/.exec(text.slice(offset))?.[0] ?? '')) {
    return { message: 'a second ":" in one line', offset, length: 1, hint: 'quote the value' }
  }
  return { message: 'this is indented like nothing above it', offset, length: 1 }
}
