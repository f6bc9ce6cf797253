import { createHash, type X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  connect,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls'
import { describeSilence, type Patience, wait } from './patience.ts'

/** What is asked of a handshake. */
export interface TlsWish {
  /** Sent as SNI, so that a server with many certificates serves the right one. */
  readonly servername?: string | undefined
  /** PEM text of certificates that are trusted besides the public ones. */
  readonly ca?: string | undefined
  /** The only versions that are offered, in place of those that this machine thinks safe; nothing is trusted then. */
  readonly versions?: { readonly min: SecureVersion; readonly max: SecureVersion }
}

export interface ServedCertificate {
  /** DNS names and addresses of subjectAltName; nothing else counts as a name (RFC 9525 section 6.3). */
  readonly names: readonly string[]
  /** Hexadecimal, as `openssl x509 -noout -serial` prints it. */
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** SHA-256 of the public key: what a TLSA record `3 1 1` holds (RFC 6698 section 2.1). Hexadecimal, lower case. */
  readonly keyHash: string
}

/** What a handshake brought. */
export interface ServedTls {
  /** `TLSv1.3`. */
  readonly protocol: string
  readonly certificate: ServedCertificate
  /** Who issued whom, the server's own certificate first, by common name. */
  readonly chain: readonly string[]
  /** Why the chain is not trusted: a code of OpenSSL (`man verify`), such as CERT_HAS_EXPIRED. Dates count, names do not. */
  readonly distrust: string | undefined
}

export type TlsOutcome =
  | { readonly outcome: 'secured'; readonly socket: TLSSocket; readonly served: ServedTls }
  /** `isOurs`: not the server's refusal, but that of this machine's own TLS library. */
  | { readonly outcome: 'failed'; readonly why: string; readonly isOurs: boolean }

/** Shakes hands over an open connection, whatever certificate is served. It never rejects. */
export async function shakeHands(socket: Socket, wish: TlsWish, patience: Patience): Promise<TlsOutcome> {
  const { servername, ca, versions } = wish
  let secure: TLSSocket
  try {
    secure = connect({
      socket,
      ...(servername === undefined ? {} : { servername }),
      // At the usual level OpenSSL itself refuses to speak what is older than TLS 1.2.
      ...(versions
        ? { minVersion: versions.min, maxVersion: versions.max, ciphers: 'DEFAULT@SECLEVEL=0' }
        : { secureContext: contextOf(ca) }),
      rejectUnauthorized: false,
      // Names are compared by whoever knows which are wanted.
      checkServerIdentity: () => undefined,
    })
  } catch (error) {
    return { outcome: 'failed', why: error instanceof Error ? error.message : String(error), isOurs: true }
  }
  secure.on('error', () => undefined)
  return wait<TlsOutcome>(
    patience,
    (end) => {
      const onClose = () => end({ outcome: 'failed', why: 'the connection was closed in the handshake', isOurs: false })
      const onError = (error: Error) => end({ outcome: 'failed', ...explain(error) })
      secure.once('secureConnect', () => end({ outcome: 'secured', socket: secure, served: describe(secure) }))
      secure.once('error', onError).once('close', onClose)
      return () => secure.off('error', onError).off('close', onClose)
    },
    (reason) => ({ outcome: 'failed', why: `TLS handshake: ${describeSilence(patience, reason)}`, isOurs: false }),
  )
}

const contexts = new Map<string | undefined, SecureContext>()

// Reading all public roots anew takes longer than the handshake.
function contextOf(ca: string | undefined): SecureContext {
  const known = contexts.get(ca)
  if (known) return known
  const context = createSecureContext(ca === undefined ? {} : { ca: [...rootCertificates, ca] })
  contexts.set(ca, context)
  return context
}

/** A certificate as far as it is judged. */
export function describeCertificate(certificate: X509Certificate): ServedCertificate {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return {
    names: alternativeNames(certificate.subjectAltName ?? ''),
    serial: certificate.serialNumber,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    keyHash: createHash('sha256').update(key).digest('hex'),
  }
}

/** Why a chain was not trusted at that time, in words. */
export function describeDistrust({ chain, distrust, certificate }: ServedTls, at = new Date()): string {
  const { notBefore, notAfter } = certificate
  const root = chain.at(-1)
  switch (distrust ?? '') {
    case 'CERT_HAS_EXPIRED':
      if (notAfter >= at) return 'a certificate of its chain has expired'
      return `it has expired on ${day(notAfter)}`
    case 'CERT_NOT_YET_VALID':
      if (notBefore <= at) return 'a certificate of its chain is not valid yet'
      return `it is not valid before ${day(notBefore)}`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'it is signed by itself'
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `the root ${root} is not trusted here`
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `the certificate of its issuer ${root} is neither served nor known here`
    default:
      return `${distrust}`
  }
}

/** `2026-11-22`. */
export function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function describe(socket: TLSSocket): ServedTls {
  // A handshake of these versions always brings a certificate: suites without one are not offered.
  const certificate = socket.getPeerX509Certificate()!
  // Whoever wrote the types took the code of the error for an Error.
  const distrust = socket.authorized ? undefined : String(socket.authorizationError)
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    certificate: describeCertificate(certificate),
    chain: chainOf(certificate),
    distrust,
  }
}

function chainOf(certificate: X509Certificate): readonly string[] {
  const chain: X509Certificate[] = []
  for (let next: X509Certificate | undefined = certificate; next; next = next.issuerCertificate) {
    // A root is its own issuer.
    if (chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)) break
    chain.push(next)
  }
  const names = chain.map(
    (one) => commonName(one.subject) ?? alternativeNames(one.subjectAltName ?? '')[0] ?? 'no name',
  )
  const root = commonName(chain.at(-1)?.issuer) ?? 'no name'
  return names.at(-1) === root ? names : [...names, root]
}

// Node prints one field of a name per line. Authorities leave the whole name of a server out today, though the types do not say so.
function commonName(name: string | undefined): string | undefined {
  return /^CN=(.*)$/m.exec(name ?? '')?.[1] ?? name?.replaceAll('\n', ', ')
}

// "DNS:example.org, IP Address:192.0.2.1"; what could be mistaken for two entries is quoted like JSON.
function alternativeNames(text: string): readonly string[] {
  return [...text.matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '']) =>
    (name.startsWith('"') ? String(JSON.parse(name)) : name).toLowerCase(),
  )
}

function explain(error: NodeJS.ErrnoException): { readonly why: string; readonly isOurs: boolean } {
  const { code = '', message } = error
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return { why: 'the connection was cut in the handshake', isOurs: false }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return { why: 'what is there does not speak TLS', isOurs: false }
  const isOurs = [
    'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
    'ERR_SSL_NO_CIPHERS_AVAILABLE',
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
  ].includes(code)
  const reason = 'reason' in error ? String(error.reason) : message
  return { why: `the handshake fails: ${reason}`, isOurs }
}
