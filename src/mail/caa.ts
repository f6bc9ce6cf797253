import { formatTxt } from './txt.ts'

/** The names by which authorities go in CAA records, by the host of their ACME directory. */
const DOMAINS: Readonly<Record<string, string>> = {
  'acme-v02.api.letsencrypt.org': 'letsencrypt.org',
  'acme-staging-v02.api.letsencrypt.org': 'letsencrypt.org',
  'acme.zerossl.com': 'sectigo.com',
  'dv.acme-v02.api.pki.goog': 'pki.goog',
  'dv.acme-v02.test-api.pki.goog': 'pki.goog',
}

/**
 * The domain of a certificate authority in CAA records (RFC 8659 section 4.2), where it is known.
 *
 * @param directory the URL of its ACME directory.
 */
export function caaDomain(directory: string): string | undefined {
  return DOMAINS[new URL(directory).hostname]
}

/** The values of the CAA records by which only one account of an authority may issue certificates (RFC 8657). */
export function caaValues(authority: string, account: string): readonly string[] {
  const data = formatTxt(`${authority}; accounturi=${account}`)
  return [`0 issue ${data}`, `0 issuewild ${data}`]
}
