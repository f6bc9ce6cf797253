/**
 * The two pieces of protocol buffers' text format that chasquid's files need: strings and numbers as field values.
 * Source: https://protobuf.dev/reference/protobuf/textformat-spec/ (String Literals).
 */

const NAMED: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
}

/** A value as it stands behind `field:`. Bytes that are not printable ASCII are escaped, so that any tool may read the file. */
export function formatValue(value: string | Buffer | number | boolean): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  return `"${[...bytes].map(formatByte).join('')}"`
}

/** The bytes of a string literal, quotes included; nothing when it is none. Characters beyond ASCII stand for their UTF-8. */
export function parseString(literal: string): Buffer | undefined {
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(literal)?.[1]
  if (inner === undefined) return undefined
  const parts = inner.match(/\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|[^\\]+/gs) ?? []
  return Buffer.concat(parts.map(parsePart))
}

function parsePart(part: string): Buffer {
  if (!part.startsWith('\\')) return Buffer.from(part, 'utf8')
  const kind = part[1] ?? ''
  if (kind === 'x') return Buffer.from([Number.parseInt(part.slice(2), 16)])
  if (kind === 'u' || kind === 'U') return Buffer.from(String.fromCodePoint(Number.parseInt(part.slice(2), 16)), 'utf8')
  if (kind >= '0' && kind <= '7') return Buffer.from([Number.parseInt(part.slice(1), 8) & 0xff])
  return Buffer.from([NAMED[kind] ?? kind.charCodeAt(0)])
}

function formatByte(byte: number): string {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${byte.toString(8).padStart(3, '0')}`
}
