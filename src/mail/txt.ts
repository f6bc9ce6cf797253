/** A character-string holds at most this many bytes (RFC 1035 section 3.3). */
const LONGEST = 255

/** A TXT value in the form of zone files: strings of at most 255 bytes each, quoted. */
export function formatTxt(value: string): string {
  const bytes = Buffer.from(value, 'utf8')
  const count = Math.max(1, Math.ceil(bytes.length / LONGEST))
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * LONGEST, (index + 1) * LONGEST))
    .map((chunk) => `"${[...chunk].map(formatByte).join('')}"`)
    .join(' ')
}

/** The value of a TXT record as servers and zone files print it: its strings joined (RFC 7208 3.3, RFC 6376 3.6.2.2). */
export function parseTxt(text: string): string {
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  return Buffer.concat(
    strings.flatMap((string) => (string.match(/\\\d{3}|\\.|[^\\]+/gs) ?? []).map(parsePart)),
  ).toString('utf8')
}

/** What a value is about: `spf1` of `v=spf1 …`. A name has one value of a kind, whatever else is said there. */
export function versionTag(value: string): string | undefined {
  return /^\s*v\s*=\s*([A-Za-z0-9]+)/.exec(value)?.[1]?.toLowerCase()
}

function parsePart(part: string): Buffer {
  if (!part.startsWith('\\')) return Buffer.from(part, 'utf8')
  return /^\\\d{3}$/.test(part) ? Buffer.from([Number(part.slice(1)) & 0xff]) : Buffer.from(part.slice(1), 'utf8')
}

function formatByte(byte: number): string {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
}
