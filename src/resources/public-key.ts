import * as z from 'zod'

/** A line of authorized_keys that holds a key, sshd(8) "AUTHORIZED_KEYS FILE FORMAT". */
export interface PublicKey {
  /** Comma-separated; empty where there are none. */
  readonly options: string
  /** Such as `ssh-ed25519`. */
  readonly type: string
  /** Base64. Two lines are about the same key when type and blob are the same. */
  readonly blob: string
  readonly comment: string
}

// An option may hold quoted text, in which blanks and \" may stand.
const QUOTED = String.raw`"(?:\\"|\\(?!")|[^"\\])*"`
const LINE = new RegExp(
  String.raw`^(?:(?<options>(?:[^\s"#]|${QUOTED})(?:[^\s"]|${QUOTED})*)\s+)?` +
    String.raw`(?<type>(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+)\s+(?<blob>[A-Za-z0-9+/]+={0,2})(?:\s+(?<comment>.*))?$`,
)

/** The key on a line; nothing for comments, empty lines, and what is no key. */
export function parsePublicKey(line: string): PublicKey | undefined {
  const { type, blob, options = '', comment = '' } = LINE.exec(line.trim())?.groups ?? {}
  return type === undefined || blob === undefined ? undefined : { options, type, blob, comment: comment.trim() }
}

export function writePublicKey({ options, type, blob, comment }: PublicKey): string {
  return [options, type, blob, comment].filter(Boolean).join(' ')
}

/** A parameter that holds one public key as ssh-keygen writes it, with options before it or without. */
export function publicKey() {
  return z.string().superRefine((text, context) => {
    const message = mistakeIn(text.trim())
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

/** What is wrong with a public key, or nothing. Never quotes it: it may be a private one. */
function mistakeIn(text: string): string | undefined {
  if (text.includes('PRIVATE KEY')) return 'is a private key: give the public one, from the file that ends in .pub'
  if (text.includes('\n')) return 'must be one line; give several keys as a list'
  const key = parsePublicKey(text)
  if (!key) return 'must be a public key, such as "ssh-ed25519 AAAA… name@laptop"'
  const parts = wireStrings(Buffer.from(key.blob, 'base64'))
  if (parts === undefined || parts.length < 2) return 'is cut or damaged: copy the whole line of the .pub file'
  return parts[0] === key.type ? undefined : `is damaged: it says ${key.type} and is something else`
}

/**
 * The length-prefixed strings that a key consists of (RFC 4251 §5, RFC 4253 §6.6), or nothing when the last one is cut.
 * A certificate also holds bare numbers: of it only the first two are taken.
 */
function wireStrings(bytes: Buffer): readonly string[] | undefined {
  const parts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0)
    if (at + 4 > bytes.length || end > bytes.length) return undefined
    parts.push(bytes.toString('latin1', at + 4, end))
    if (parts.length === 2 && parts[0]?.includes('-cert-')) break
    at = end
  }
  return parts
}
