import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'

// The recipient types "ssh-ed25519" and "ssh-rsa" as filippo.io/age/agessh has them: age-encryption.org/v1 leaves their
// description to that package.

/** A part of the header of an age file: who can open it. */
export interface Stanza {
  readonly args: string[]
  readonly body: Uint8Array
}

/** Wraps the key of a file for somebody. */
export interface SshRecipient {
  wrapFileKey(fileKey: Uint8Array): Stanza[]
}

/** Unwraps the key of a file; nothing where it was not wrapped for this key. */
export interface SshIdentity {
  unwrapFileKey(stanzas: Stanza[]): Uint8Array | null
}

const ED25519 = 'ssh-ed25519'
const RSA = 'ssh-rsa'
const RSA_OAEP = {
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: 'sha256',
  oaepLabel: Buffer.from('age-encryption.org/v1/ssh-rsa'),
}
/** Bits of an RSA key that age accepts at least. */
const LEAST_BITS = 2048
const PRIME = 2n ** 255n - 19n

/** What age writes beside a file key that is wrapped for an SSH key: 4 bytes of the SHA-256 of its public half. */
export function sshTag(publicKey: Uint8Array): string {
  return nopad(createHash('sha256').update(publicKey).digest().subarray(0, 4))
}

/**
 * @param publicKey as in the second word of an `authorized_keys` line (RFC 4253 §6.6, RFC 8709 §4).
 * @throws {RangeError} when it is a key of another type, or too short.
 */
export function sshRecipient(publicKey: Buffer): SshRecipient {
  const [type = Buffer.alloc(0), first = Buffer.alloc(0), second = Buffer.alloc(0)] = fieldsOf(publicKey)
  const tag = sshTag(publicKey)
  if (type.toString('latin1') === RSA) {
    const jwk = { kty: 'RSA', e: first.toString('base64url'), n: withoutSign(second).toString('base64url') }
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_BITS) {
      throw new RangeError(`an RSA key needs at least ${LEAST_BITS} bits`)
    }
    return { wrapFileKey: (fileKey) => [{ args: [RSA, tag], body: publicEncrypt({ key, ...RSA_OAEP }, fileKey) }] }
  }
  if (type.toString('latin1') !== ED25519 || first.length !== 32) {
    throw new RangeError('age takes SSH keys of the types ssh-ed25519 and ssh-rsa')
  }
  const theirs = montgomery(first)
  return {
    wrapFileKey(fileKey) {
      const ephemeral = x25519Private(randomBytes(32))
      const share = rawPublic(createPublicKey(ephemeral))
      const wrapping = wrappingKey(ephemeral, theirs, publicKey, share, theirs)
      const cipher = createCipheriv('chacha20-poly1305', wrapping, Buffer.alloc(12), { authTagLength: 16 })
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
      return [{ args: [ED25519, tag, nopad(share)], body }]
    },
  }
}

/**
 * @param privateKey PEM without a passphrase.
 * @param publicKey its public half in the form of RFC 4253.
 */
export function sshIdentity(privateKey: string, publicKey: Buffer): SshIdentity {
  const key = createPrivateKey(privateKey)
  const tag = sshTag(publicKey)
  const isRsa = key.asymmetricKeyType === 'rsa'
  const type = isRsa ? RSA : ED25519
  return {
    unwrapFileKey(stanzas) {
      const own = stanzas.find(({ args }) => args[0] === type && args[1] === tag)
      if (own === undefined) return null
      return isRsa ? privateDecrypt({ key, ...RSA_OAEP }, own.body) : unwrapEd25519(key, publicKey, own)
    },
  }
}

function unwrapEd25519(key: KeyObject, publicKey: Buffer, { args, body }: Stanza): Uint8Array {
  const share = Buffer.from(args[2] ?? '', 'base64')
  // A file key has 16 bytes: nothing else may be in it.
  if (args.length !== 3 || share.length !== 32 || body.length !== 32) throw new Error(`invalid ${ED25519} stanza`)
  const seed = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
  const own = x25519Private(createHash('sha512').update(seed).digest().subarray(0, 32))
  const wrapping = wrappingKey(own, share, publicKey, share, rawPublic(createPublicKey(own)))
  const decipher = createDecipheriv('chacha20-poly1305', wrapping, Buffer.alloc(12), { authTagLength: 16 })
  decipher.setAuthTag(body.subarray(16))
  return Buffer.concat([decipher.update(body.subarray(0, 16)), decipher.final()])
}

/** The shared secret is bound to the very SSH key by a tweak, and to both shares by the salt. */
function wrappingKey(own: KeyObject, other: Uint8Array, publicKey: Buffer, share: Uint8Array, theirs: Uint8Array) {
  const info = `age-encryption.org/v1/${ED25519}`
  const shared = diffieHellman({ privateKey: own, publicKey: x25519Public(other) })
  const tweak = x25519Private(Buffer.from(hkdfSync('sha256', '', publicKey, info, 32)))
  const tweaked = diffieHellman({ privateKey: tweak, publicKey: x25519Public(shared) })
  return Buffer.from(hkdfSync('sha256', tweaked, Buffer.concat([share, theirs]), info, 32))
}

/** The point of Ed25519 on Curve25519: u = (1 + y) / (1 - y) (RFC 7748 §4.1). */
function montgomery(edwards: Buffer): Buffer {
  const y = BigInt(`0x${Buffer.from(edwards).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  const u = ((1n + y) * inverse((1n - y + PRIME) % PRIME)) % PRIME
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse()
}

/** By Fermat: a^(p-2). */
function inverse(value: bigint): bigint {
  let result = 1n
  let base = value
  for (let exponent = PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % PRIME
    base = (base * base) % PRIME
  }
  return result
}

// RFC 8410 §3 and §7: what stands in DER before 32 bytes of an X25519 key.
function x25519Private(scalar: Buffer): KeyObject {
  const key = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), scalar])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function x25519Public(point: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), point])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32)
}

/** The strings of a key in the form of RFC 4251 §5. */
function fieldsOf(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length; ) {
    const length = blob.readUInt32BE(at)
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return fields
}

function withoutSign(mpint: Buffer): Buffer {
  return mpint[0] === 0 ? mpint.subarray(1) : mpint
}

function nopad(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
