import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a certificate is to say. */
export interface CertificateWish {
  /** Entries of subjectAltName. */
  readonly names: readonly string[]
  /** `/CN=…`; default: the first of the names. */
  readonly subject?: string
  /** Days from now at which it begins and ends to be valid. */
  readonly days?: readonly [from: number, until: number]
  /** Who signs; default: it does so itself. */
  readonly signer?: Certified
  /** It may sign others. */
  readonly isAuthority?: boolean
  /** PEM; default: a new one. */
  readonly ownKey?: string
}

/** A key and its certificate, PEM. */
export interface Certified {
  readonly key: string
  readonly cert: string
  /** As `openssl x509 -serial` prints it. */
  readonly serial: string
}

const configuration = `
[ca]
default_ca = test
[test]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = optional
`

/** Makes a certificate with openssl. */
export function makeCertificate(wish: CertificateWish): Certified {
  const { names, subject = `/CN=${names[0]}`, days = [-1, 60], signer, isAuthority = false, ownKey } = wish
  const folder = mkdtempSync(join(tmpdir(), 'provision-test-'))
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString()
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  try {
    const extensions = [`subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`]
    write('extensions', [...extensions, `basicConstraints=critical,CA:${isAuthority}`].join('\n'))
    write('configuration', configuration)
    write('index.txt', '')
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', 'key']
    if (ownKey !== undefined) write('key', ownKey)
    openssl('req', '-new', ...(ownKey === undefined ? kind : ['-key', 'key']), '-subj', subject, '-out', 'request')
    write('signer.key', signer?.key ?? '')
    write('signer.cert', signer?.cert ?? '')
    const by = signer ? ['-cert', 'signer.cert', '-keyfile', 'signer.key'] : ['-selfsign', '-keyfile', 'key']
    const [from, until] = days.map(openssltime)
    const dates = ['-startdate', from!, '-enddate', until!]
    const files = ['-in', 'request', '-out', 'cert', '-extfile', 'extensions']
    openssl('ca', '-batch', '-config', 'configuration', '-notext', ...files, ...by, ...dates)
    const serial = openssl('x509', '-in', 'cert', '-noout', '-serial').trim().replace('serial=', '')
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    return { key: read('key'), cert: read('cert'), serial }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// YYYYMMDDHHMMSSZ
function openssltime(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
}
