const BLOCK = 512

/** A file, directory or symbolic link of a tar archive. Paths are absolute: archives are made from the root. */
export interface TarEntry {
  readonly kind: 'file' | 'directory' | 'link'
  readonly path: string
  /** Octal with a leading zero, such as `0640`. */
  readonly mode: string
  readonly owner: string
  readonly group: string
  readonly content: Buffer
  /** Where a link points to. */
  readonly target: string
}

/**
 * Reads an archive of POSIX's ustar format (pax(1), "ustar Interchange Format").
 *
 * @throws {RangeError} when it is damaged, or holds something else than files, directories and symbolic links.
 */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = []
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) break
    if (octal(header, 148, 8) !== checksum(header)) throw new RangeError(`the archive is damaged at byte ${at}`)
    const size = octal(header, 124, 12)
    const prefix = text(header, 345, 155)
    const path = `${prefix === '' ? '' : `${prefix}/`}${text(header, 0, 100)}`
    entries.push({
      kind: kindOf(String.fromCharCode(header[156]!), path),
      path: `/${path.replace(/^\.?\/+|\/+$/g, '')}`,
      mode: (octal(header, 100, 8) & 0o7777).toString(8).padStart(4, '0'),
      owner: text(header, 265, 32),
      group: text(header, 297, 32),
      content: Buffer.from(archive.subarray(at + BLOCK, at + BLOCK + size)),
      target: text(header, 157, 100),
    })
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return entries
}

function kindOf(flag: string, path: string): TarEntry['kind'] {
  if (flag === '0' || flag === '\0') return 'file'
  if (flag === '5') return 'directory'
  if (flag === '2') return 'link'
  throw new RangeError(`${path} is neither a file nor a directory nor a symbolic link`)
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length)
  const end = field.indexOf(0)
  return field.subarray(0, end === -1 ? length : end).toString('utf8')
}

function octal(header: Buffer, from: number, length: number): number {
  return Number.parseInt(text(header, from, length).trim() || '0', 8)
}

// The checksum's own field counts as blanks.
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0)
}
