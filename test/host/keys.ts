import { generateKeyPairSync } from 'node:crypto'

/** A new Ed25519 public key in its wire form (RFC 8709 section 4). */
export function newKey(): Buffer {
  const raw = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  return Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)])
}

/** A new RSA public key in its wire form (RFC 4253 section 6.6). */
export function newRsaKey(): Buffer {
  const { n, e } = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const number = (value = '') => field(Buffer.concat([Buffer.from([0]), Buffer.from(value, 'base64url')]))
  return Buffer.concat([field(Buffer.from('ssh-rsa')), number(e), number(n)])
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
