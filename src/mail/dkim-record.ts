import { createPublicKey, type KeyObject } from 'node:crypto'

export interface DkimRecord {
  /** What is wrong, one sentence each. With any of them receivers may take the signature for none. */
  readonly problems: readonly string[]
  /** The value of `p=` without white space: base64. Empty where the key is revoked or missing. */
  readonly publicKey: string
  /** The value of `k=`, in lower case. */
  readonly algorithm: string
  /** `p=` is empty: signatures with this selector count no more. */
  readonly revoked: boolean
  /** `t=y`: receivers treat a wrong signature as none. */
  readonly testing: boolean
  /** Length of an RSA modulus, or 256 for Ed25519; absent where the key cannot be read. */
  readonly bits?: number
}

/** Shorter keys do not count (RFC 8301 section 3.2). */
const LEAST_BITS = 1024
/** What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410 section 4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * The TXT value of a DKIM key record (RFC 6376 section 3.6.1).
 *
 * @param publicKey SubjectPublicKeyInfo in base64, without line breaks.
 */
export function formatDkimRecord(publicKey: string): string {
  return `v=DKIM1; k=rsa; p=${publicKey}`
}

/** A DKIM key record (RFC 6376 section 3.6.1, RFC 8463 for Ed25519). */
export function parseDkimRecord(text: string): DkimRecord {
  const problems: string[] = []
  const tags = parseTags(text, problems)
  const [first] = tags.keys()
  if (tags.has('v') && (first !== 'v' || tags.get('v') !== 'DKIM1'))
    problems.push('"v" is not the first tag with the value DKIM1: write v=DKIM1 at the beginning')
  const list = (name: string) =>
    tags
      .get(name)
      ?.split(':')
      .map((item) => item.trim().toLowerCase())
  const algorithm = tags.get('k')?.toLowerCase() ?? 'rsa'
  if (algorithm !== 'rsa' && algorithm !== 'ed25519') problems.push(`"k=${algorithm}" is no algorithm of DKIM`)
  if (list('h')?.includes('sha256') === false) problems.push('"h" does not allow sha256, with which mail is signed')
  if (list('s')?.some((service) => service === '*' || service === 'email') === false)
    problems.push('"s" does not allow email')
  const publicKey = (tags.get('p') ?? '').replace(/\s/g, '')
  const revoked = tags.has('p') && publicKey === ''
  if (!tags.has('p')) problems.push('"p", the public key, is missing')

  const key = publicKey === '' ? undefined : readKey(publicKey, algorithm)
  const bits = key && bitsOf(key)
  if (publicKey !== '' && !key) problems.push(`"p" is no public key of ${algorithm} in base64; it may be cut`)
  if (bits !== undefined && algorithm === 'rsa' && bits < LEAST_BITS)
    problems.push(`the key has ${bits} bits, and receivers want ${LEAST_BITS} at least`)
  const testing = list('t')?.includes('y') === true
  return { problems, publicKey, algorithm, revoked, testing, ...(bits !== undefined && { bits }) }
}

/**
 * Whether a record holds a public key. The order and case of tags and white space do not count, nor does the form in which
 * the key is wrapped.
 *
 * @param publicKeyBase64 SubjectPublicKeyInfo in base64, with line breaks or without.
 */
export function sameDkimKey(recordText: string, publicKeyBase64: string): boolean {
  const { publicKey, algorithm } = parseDkimRecord(recordText)
  const [published, wanted] = [publicKey, publicKeyBase64.replace(/\s/g, '')].map((key) => readKey(key, algorithm))
  return published !== undefined && wanted !== undefined && published.equals(wanted)
}

/** Tags by name in lower case, in their order; the first of two counts (RFC 6376 section 3.2). */
function parseTags(text: string, problems: string[]): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  for (const tag of text.split(';').filter((part) => part.trim() !== '')) {
    const [, written, value = ''] = /^\s*([a-z]\w*)\s*=\s*(.*?)\s*$/is.exec(tag) ?? []
    const name = written?.toLowerCase()
    if (name === undefined) problems.push(`"${tag.trim()}" is no tag: write NAME=VALUE`)
    else if (tags.has(name)) problems.push(`"${name}" is there twice`)
    else tags.set(name, value)
  }
  return tags
}

/** RSA keys are published as SubjectPublicKeyInfo and, by the letter of RFC 6376, as RSAPublicKey; Ed25519 as 32 bytes. */
function readKey(base64: string, algorithm: string): KeyObject | undefined {
  const bytes = Buffer.from(base64, 'base64')
  if (
    !/^[A-Za-z0-9+/]+={0,2}$/.test(base64) ||
    bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')
  )
    return undefined
  const forms: { key: Buffer; type: 'spki' | 'pkcs1' }[] = [
    { key: bytes, type: 'spki' },
    ...(algorithm === 'rsa' ? [{ key: bytes, type: 'pkcs1' as const }] : []),
    ...(bytes.length === 32 ? [{ key: Buffer.concat([ED25519_PREFIX, bytes]), type: 'spki' as const }] : []),
  ]
  for (const form of forms) {
    try {
      const key = createPublicKey({ ...form, format: 'der' })
      if (key.asymmetricKeyType === algorithm) return key
    } catch {
      // Not in this form. That it is in none is what the caller says.
    }
  }
  return undefined
}

function bitsOf(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 256
}
