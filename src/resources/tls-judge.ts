import { X509Certificate } from 'node:crypto'
import type { Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { coversName } from '../mail/name-pattern.ts'
import type { MissingHost } from '../network/addresses.ts'
import type { ServedOutcome } from '../network/served-tls.ts'
import { day, describeCertificate, describeDistrust, type ServedTls } from '../network/tls.ts'

export const kinds = {
  'tls-missing': {
    importance: 'required',
    summary: 'A port answers, but no TLS comes about: STARTTLS is not offered, or the handshake fails',
    remedy: 'See in the log of the service whether it could read its certificate and key: journalctl -u chasquid',
  },
  'tls-old-accepted': {
    importance: 'recommended',
    summary: 'TLS 1.0 or 1.1 is accepted, which nobody should use any more (RFC 8996)',
    remedy: 'Set TLS 1.2 as the lowest version in the configuration of the service',
  },
  'certificate-expired': {
    importance: 'required',
    summary: 'The certificate is out of date, or not valid yet',
    remedy: 'Renew it, and see why that did not happen by itself: journalctl -u acme-renew',
  },
  'certificate-expires-soon': {
    importance: 'recommended',
    summary: 'The certificate ends within `min_days`, and should have been renewed',
    remedy: 'Renew it, and see why that did not happen by itself: journalctl -u acme-renew',
  },
  'certificate-name-missing': {
    importance: 'required',
    summary: 'The certificate is not for the name that clients use',
    remedy: 'Issue it again with the name among its names',
  },
  'certificate-chain-broken': {
    importance: 'required',
    summary:
      'The certificate is not trusted: signed by itself, by an unknown authority, or a part of its chain is not served',
    remedy: 'Serve the whole chain (fullchain.pem) of a certificate from a public authority',
  },
  'certificate-not-served': {
    importance: 'required',
    summary: 'Another certificate is served than the one that is installed on the host',
    remedy: 'Restart the service: systemctl restart chasquid',
  },
} as const

const finding = findingsOf(kinds)

/** What was seen at one address. */
export interface SeenServer {
  readonly address: string
  /** With TLS 1.0 and 1.1 only. */
  readonly old: ServedOutcome
  readonly served: readonly { readonly name: string | undefined; readonly outcome: ServedOutcome }[]
}

export interface SeenTls {
  readonly at: Date
  readonly servers: readonly (MissingHost | SeenServer)[]
}

export interface WantedTls {
  readonly port: number
  readonly min_days: number
  readonly file?: string | undefined
}

const DAY = 86_400_000

/** @param file what the host says about the file: PEM text, `absent`, or nothing. */
export function judgeTls(wanted: WantedTls, file: string, { at, servers }: SeenTls): Report {
  const handshakes = servers.flatMap((server) =>
    'missing' in server
      ? []
      : server.served.flatMap(({ name, outcome }) =>
          outcome.outcome === 'served' ? [{ address: server.address, name, served: outcome.served }] : [],
        ),
  )
  const served = handshakes.map(({ address, name, served: { protocol, certificate } }) => ({
    address,
    name: name ?? null,
    protocol,
    serial: certificate.serial,
    days: daysLeft(certificate.notAfter, at),
    key_sha256: certificate.keyHash,
  }))
  const { address: _, name: __, ...first } = served[0] ?? { address: '', name: '' }
  return {
    findings: servers.flatMap((server): readonly Finding[] => {
      if (!('missing' in server)) return judgeServer(wanted, file, server, at)
      return [
        finding.unknown('tls-missing', { subject: `${server.host} port ${wanted.port}`, text: server.missing.why }),
      ]
    }),
    result: { ...first, served },
  }
}

function judgeServer(
  wanted: WantedTls,
  file: string,
  { address, old, served }: SeenServer,
  at: Date,
): readonly Finding[] {
  const place = `${address} port ${wanted.port}`
  const [first] = served
  // The same would be said for each name.
  if (first?.outcome.outcome === 'no connection') {
    return [finding.unknown('tls-missing', { subject: place, text: first.outcome.failure.why })]
  }
  return [
    ...served.flatMap(({ name, outcome }) => {
      const subject = served.length > 1 ? `${place} ${name}` : place
      if (outcome.outcome === 'served') return judgeServed(wanted, file, subject, name, outcome.served, at)
      return [judgeNone(subject, outcome)]
    }),
    ...judgeOld(place, old),
  ]
}

function judgeNone(subject: string, outcome: Exclude<ServedOutcome, { outcome: 'served' }>): Finding {
  if (outcome.outcome === 'no connection') return finding.unknown('tls-missing', { subject, text: outcome.failure.why })
  if (outcome.isOurs) return finding.unknown('tls-missing', { subject, text: outcome.why })
  return finding.wrong('tls-missing', { subject, text: outcome.why, remedy: 'on the host: journalctl -u chasquid' })
}

function judgeOld(subject: string, old: ServedOutcome): readonly Finding[] {
  if (old.outcome === 'no connection') return []
  if (old.outcome === 'no tls') {
    const said = { subject, text: old.isOurs ? `cannot be tried: ${old.why}` : 'TLS 1.1 is refused', seen: old.why }
    return [old.isOurs ? finding.unknown('tls-old-accepted', said) : finding.right('tls-old-accepted', said)]
  }
  const remedy = 'set TLS 1.2 as the lowest version in the configuration of the service'
  return [finding.wrong('tls-old-accepted', { subject, text: `${old.served.protocol} is accepted`, remedy })]
}

function judgeServed(
  wanted: WantedTls,
  file: string,
  subject: string,
  name: string | undefined,
  served: ServedTls,
  at: Date,
): readonly Finding[] {
  const { certificate, protocol } = served
  return [
    finding.right('tls-missing', { subject, text: `speaks ${protocol}` }),
    judgeDates(wanted, subject, certificate, at),
    ...(name === undefined ? [] : [judgeName(subject, name, certificate.names)]),
    ...judgeChain(subject, served, at),
    ...(wanted.file === undefined ? [] : [judgeFile(wanted.file, file, subject, served)]),
  ]
}

function judgeDates(
  { min_days }: WantedTls,
  subject: string,
  { notBefore, notAfter }: ServedTls['certificate'],
  at: Date,
): Finding {
  const remedy = 'on the host: systemctl start acme-renew, then journalctl -u acme-renew'
  if (notBefore > at) {
    const text = `the certificate is not valid before ${day(notBefore)}`
    return finding.wrong('certificate-expired', { subject, text, remedy: 'compare the clocks: date -u' })
  }
  if (notAfter < at) {
    return finding.wrong('certificate-expired', {
      subject,
      text: `the certificate has expired on ${day(notAfter)}`,
      remedy,
    })
  }
  const days = daysLeft(notAfter, at)
  const text = `the certificate ends in ${days} days, on ${day(notAfter)}`
  return days < min_days
    ? finding.wrong('certificate-expires-soon', { subject, text, remedy })
    : finding.right('certificate-expires-soon', { subject, text })
}

function judgeName(subject: string, name: string, names: readonly string[]): Finding {
  if (coversName(names, name)) {
    return finding.right('certificate-name-missing', { subject, text: `the certificate is for ${name}` })
  }
  const text = `the certificate is for ${names.join(', ') || 'no name'}, not for ${name}`
  const remedy = `issue a certificate for ${name}: acme_certificate with names: [${name}], or another mail_host`
  return finding.wrong('certificate-name-missing', { subject, text, remedy })
}

function judgeChain(subject: string, served: ServedTls, at: Date): readonly Finding[] {
  const { certificate, distrust, chain } = served
  if (distrust === undefined) {
    return [finding.right('certificate-chain-broken', { subject, text: `is trusted: ${chain.join(' ← ')}` })]
  }
  // OpenSSL names one reason. Where it is the certificate's own date, that is said already.
  const isDate = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].includes(distrust)
  if (isDate && (certificate.notAfter < at || certificate.notBefore > at)) return []
  const isIncomplete = distrust.startsWith('UNABLE_TO')
  const remedy = isIncomplete
    ? 'serve fullchain.pem, with the certificates between; ca_bundle: FILE here, where the authority is a private one'
    : 'let a public authority issue it; ca_bundle: FILE here, where the authority is a private one'
  const text = `the certificate is not trusted: ${describeDistrust(served, at)}`
  return [finding.wrong('certificate-chain-broken', { subject, text, seen: chain.join(' ← '), remedy })]
}

function judgeFile(path: string, answer: string, subject: string, { certificate }: ServedTls): Finding {
  const installed = readCertificate(answer)
  if (installed === undefined) {
    const text = answer.trim() === 'absent' ? `${path} does not exist on the host` : `${path} holds no certificate`
    return finding.wrong('certificate-not-served', { subject, text, remedy: 'provision -i INVENTORY site --tags acme' })
  }
  if (installed.serial === certificate.serial) {
    return finding.right('certificate-not-served', { subject, text: `serves ${path}` })
  }
  return finding.wrong('certificate-not-served', {
    subject,
    text: `the certificate in ${path} is not the one that is served`,
    seen: `served: serial ${certificate.serial}, until ${day(certificate.notAfter)}; in the file: serial ${installed.serial}, until ${day(installed.notAfter)}`,
    remedy: 'on the host: systemctl restart chasquid',
  })
}

function readCertificate(text: string): ServedTls['certificate'] | undefined {
  try {
    return describeCertificate(new X509Certificate(text))
  } catch {
    return undefined
  }
}

function daysLeft(end: Date, at: Date): number {
  return Math.floor((end.getTime() - at.getTime()) / DAY)
}
