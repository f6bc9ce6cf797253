import { z } from 'zod'
import { path } from './params.ts'

/** Directories of the authorities that acme.sh knows by name (its CA_SERVERS, 3.1.1). */
const AUTHORITIES: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  letsencrypt_test: 'https://acme-staging-v02.api.letsencrypt.org/directory',
  zerossl: 'https://acme.zerossl.com/v2/DV90',
  google: 'https://dv.acme-v02.api.pki.goog/directory',
  google_test: 'https://dv.acme-v02.test-api.pki.goog/directory',
}

export const NO_CLIENT = 'acme.sh is not installed: it comes with acme_client'

/** Where acme.sh keeps accounts, keys and certificates. */
export function home() {
  return path().describe('Where acme.sh keeps accounts, keys and certificates.').default('/var/lib/acme.sh')
}

/** The authority; becomes the URL of its directory, which acme.sh saves. */
export function server() {
  return z
    .string()
    .refine((name) => name in AUTHORITIES || /^https:\/\/\S+$/.test(name), {
      error: `must be one of ${Object.keys(AUTHORITIES).join(', ')}, or an https URL`,
    })
    .transform((name) => AUTHORITIES[name] ?? name)
    .describe(`The authority: ${Object.keys(AUTHORITIES).join(', ')}, or the https URL of its directory.`)
    .default(AUTHORITIES.letsencrypt ?? '')
}

export function caBundle() {
  return path().describe("Certificates that prove the authority's own server, where it is a private one.").optional()
}

/** Options of every call. The environment may lack HOME, so nothing may depend on it. */
export function common(wanted: { home: string; server: string; ca_bundle?: string | undefined }): string[] {
  return [
    '--home',
    wanted.home,
    '--server',
    wanted.server,
    ...(wanted.ca_bundle ? ['--ca-bundle', wanted.ca_bundle] : []),
  ]
}

/** Where acme.sh keeps its account with an authority: \`ca/HOST/PATH\`, the port left out (its _initpath). */
export function accountFile(home: string, server: string): string {
  const { hostname, pathname } = new URL(server)
  return `${home}/ca/${hostname}${pathname}/ca.conf`
}
