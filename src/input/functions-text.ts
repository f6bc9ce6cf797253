import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { quote } from '../core/shell.ts'
import { ArgumentError, count, text, type ValueFunction } from './function.ts'
import { searchPattern } from './regular-expression.ts'

/** Functions over text. */
export const textFunctions: readonly ValueFunction[] = [
  { name: 'lower', usage: 'lower TEXT', summary: 'In lower case.', apply: (value) => text(value).toLowerCase() },
  { name: 'upper', usage: 'upper TEXT', summary: 'In upper case.', apply: (value) => text(value).toUpperCase() },
  {
    name: 'trim',
    usage: 'trim TEXT',
    summary: 'Without white space at both ends.',
    apply: (value) => text(value).trim(),
  },
  {
    name: 'replace',
    usage: 'replace TEXT OLD NEW',
    summary: 'Every occurrence of OLD replaced; both are plain text.',
    apply: (value, old, replacement) => text(value).split(text(old)).join(text(replacement)),
  },
  {
    name: 'split',
    usage: 'split TEXT [SEPARATOR]',
    summary: 'The parts between separators; without one, the words.',
    apply: (value, separator) =>
      separator === undefined ? (text(value).match(/\S+/g) ?? []) : text(value).split(text(separator)),
  },
  {
    name: 'concat',
    usage: 'concat TEXT...',
    summary: 'The texts one after another.',
    apply: (...values) => values.map((value) => text(value)).join(''),
  },
  {
    name: 'quote',
    usage: 'quote TEXT',
    summary: 'As one word of a POSIX shell, whatever it contains.',
    apply: (value) => shellWord(text(value)),
  },
  {
    name: 'indent',
    usage: 'indent TEXT COLUMNS',
    summary: 'Every line but the first moved right; empty lines stay empty.',
    apply: (value, columns) => text(value).replace(/\n(?=[^\r\n])/g, `\n${' '.repeat(count(columns))}`),
  },
  {
    name: 'comment',
    usage: 'comment TEXT [SIGN]',
    summary: 'Every line behind "# ", or another sign.',
    apply: (value, sign) => text(value).replace(/^.*$/gm, (line) => `${text(sign ?? '#')} ${line}`.trimEnd()),
  },
  {
    name: 'basename',
    usage: 'basename PATH',
    summary: 'The last part of a path.',
    apply: (value) => posix.basename(text(value)),
  },
  {
    name: 'dirname',
    usage: 'dirname PATH',
    summary: 'A path without its last part.',
    apply: (value) => posix.dirname(text(value)),
  },
  {
    name: 'regex_search',
    usage: 'regex_search TEXT PATTERN',
    summary: 'The first match of a regular expression, or none. To test for a match: x is search("…").',
    apply: (value, pattern) => searchPattern(text(value), text(pattern)),
  },
  {
    name: 'b64enc',
    usage: 'b64enc TEXT',
    summary: 'The UTF-8 bytes in base 64.',
    apply: (value) => Buffer.from(text(value)).toString('base64'),
  },
  {
    name: 'b64dec',
    usage: 'b64dec TEXT',
    summary: 'The text that base 64 stands for.',
    apply: (value) => fromBase64(text(value)),
  },
  {
    name: 'sha256',
    usage: 'sha256 TEXT',
    summary: 'The SHA-256 of the UTF-8 bytes, in hexadecimal.',
    apply: (value) => createHash('sha256').update(text(value)).digest('hex'),
  },
]

function shellWord(value: string): string {
  if (value.includes('\0')) throw new ArgumentError('a shell word cannot contain a null byte')
  return quote(value)
}

function fromBase64(value: string): string {
  const bytes = Buffer.from(value, 'base64')
  const written = value.replace(/\s|=+$/g, '')
  if (bytes.toString('base64').replace(/=+$/, '') !== written) throw new ArgumentError('this is not base 64')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw error instanceof TypeError ? new ArgumentError('the decoded bytes are not UTF-8 text') : error
  }
}
