import * as z from 'zod'
import { type Script, sh } from '../core/shell.ts'
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

/**
 * Fails within about a minute where the authority does not answer, and says why; nothing is ordered before there is an answer.
 * acme.sh itself tries for 100 seconds, and then names a number of curl.
 */
export function reachAuthority(wanted: { server: string; ca_bundle?: string | undefined }): Script {
  const { server, ca_bundle } = wanted
  const tries = [
    '--connect-timeout',
    '10',
    '--max-time',
    '20',
    '--retry',
    '2',
    '--retry-delay',
    '5',
    '--retry-connrefused',
  ]
  const options = [...tries, ...(ca_bundle ? ['--cacert', ca_bundle] : [])]
  return sh`! command -v curl >/dev/null || curl -fsS -o /dev/null ${options} ${server} || {
  [ $? != 60 ] || echo "Is the clock right? This host says $(date -u)" >&2
  echo ${`${server} does not answer as it should: nothing was ordered, and what is installed stays`} >&2
  exit 1
}`
}

/** Where acme.sh keeps its account with an authority: \`ca/HOST/PATH\`, the port left out (its _initpath). */
export function accountFile(home: string, server: string): string {
  const { hostname, pathname } = new URL(server)
  return `${home}/ca/${hostname}${pathname}/ca.conf`
}
