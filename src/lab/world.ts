/**
 * The world around the hosts: the one host that answers DNS for everybody and issues certificates.
 */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addresses, reverseName, reverseZones, worldNumber } from './addresses.ts'
import { demand } from './execute.ts'
import { writeInto } from './files.ts'

/** The key with which DNS records may be changed (RFC 2136). Its secret is made for each lab. */
export const tsigKey = { name: 'provision', algorithm: 'hmac-sha256' } as const

/** Where the certificate authority listens. */
export const directoryUrl = `https://${addresses(worldNumber).ipv4}:14000/dir`

/** Its address inside the host, which only the lab itself uses. */
const managementUrl = `https://${addresses(worldNumber).ipv4}:15000`

/** The program, run inside the host, that prints the root certificate with which it issues: a new one at each start. */
export const issuingRoot = [
  ...['curl', '--silent', '--show-error', '--fail', '--cacert', '/etc/pebble/ca.pem'],
  ...['--retry', '20', '--retry-connrefused', '--retry-delay', '1', `${managementUrl}/roots/0`],
]

/** Makes the lab's own files: the CA that signs the API's certificate, that certificate, and the TSIG secret. */
export async function makeWorldFiles(directory: string, domains: readonly string[]): Promise<void> {
  const at = (name: string) => join(directory, name)
  const { ipv4, ipv6 } = addresses(worldNumber)
  const names = `subjectAltName=IP:${ipv4},IP:${ipv6},DNS:ns1.${domains[0]}`
  const request = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc']
  const valid = ['-days', '3650']
  await demand([...request, ...valid, '-subj', '/CN=lab', '-keyout', at('ca.key'), '-out', at('ca.pem')])
  const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', names, '-addext', 'basicConstraints=CA:FALSE']
  await demand([...request, ...valid, ...signer, '-subj', '/CN=ns1', '-keyout', at('api.key'), '-out', at('api.pem')])
  const secret = randomBytes(32).toString('base64')
  await writeFile(at('tsig.secret'), `${secret}\n`, { mode: 0o600 })
  // The form that nsupdate and acme.sh read.
  const { name, algorithm } = tsigKey
  await writeFile(at('tsig.key'), `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`, { mode: 0o600 })
}

/** Writes this lab's zones and certificates into the host's still switched-off disk. */
export async function prepareWorld(root: string, directory: string, domains: readonly string[]): Promise<void> {
  const secret = (await readFile(join(directory, 'tsig.secret'), 'utf8')).trim()
  await writeInto(root, '/etc/knot/knot.conf', knotConfiguration(domains, secret), 0o640)
  for (const zone of [...domains, ...reverseZones]) {
    await writeInto(root, `/var/lib/knot/${zone}.zone`, zoneFile(zone, domains), 0o640)
  }
  await demand(['chroot', root, 'chown', '-R', 'knot:knot', '/etc/knot', '/var/lib/knot'])
  await writeInto(root, '/etc/pebble/pebble.json', pebbleConfiguration())
  await writeInto(root, '/etc/knot/tsig.key', `${tsigKey.algorithm}:${tsigKey.name}:${secret}\n`, 0o600)
  await writeInto(root, '/etc/systemd/system/greeter.socket', greeterSocket)
  await writeInto(root, '/etc/systemd/system/greeter@.service', greeterService(domains))
  const wants = `${root}/etc/systemd/system/sockets.target.wants`
  await demand(['mkdir', '-p', wants])
  await demand(['ln', '-sf', '/etc/systemd/system/greeter.socket', wants])
  for (const name of ['ca.pem', 'api.pem', 'api.key']) {
    await writeInto(root, `/etc/pebble/${name}`, await readFile(join(directory, name), 'utf8'), 0o600)
  }
}

function knotConfiguration(domains: readonly string[], secret: string): string {
  const { name, algorithm } = tsigKey
  const zones = [...domains, ...reverseZones].map((zone) => `  - domain: ${zone}\n    acl: ${name}\n`).join('')
  return `server:
    rundir: /run/knot
    user: knot:knot
    listen: [ 0.0.0.0@53, "::@53" ]
log:
  - target: syslog
    any: info
database:
    storage: /var/lib/knot
key:
  - id: ${name}
    algorithm: ${algorithm}
    secret: "${secret}"
acl:
  - id: ${name}
    key: ${name}
    action: [ update, transfer ]
template:
  - id: default
    storage: /var/lib/knot
    file: "%s.zone"
    zonefile-sync: -1
    semantic-checks: off
zone:
${zones}`
}

function zoneFile(zone: string, domains: readonly string[]): string {
  const nameserver = `ns1.${domains[0]}.`
  const { ipv4, ipv6 } = addresses(worldNumber)
  const own =
    zone === domains[0]
      ? `${nameserver} A ${ipv4}\n${nameserver} AAAA ${ipv6}\n`
      : [ipv4, ipv6]
          .map(reverseName)
          .filter((name) => name.endsWith(`.${zone}`))
          .map((name) => `${name}. PTR ${nameserver}\n`)
          .join('')
  // Short lives: who changes a record looks at it right afterwards, and "there is none" must not be remembered either.
  return `$ORIGIN ${zone}.
$TTL 10
@ SOA ${nameserver} hostmaster.${domains[0]}. 1 3600 600 86400 1
@ NS ${nameserver}
${own}`
}

// A mail server of others, as far as hosts look at one to see whether they can reach port 25: it says hello.
const greeterSocket = `[Socket]
ListenStream=25
Accept=yes
`

function greeterService(domains: readonly string[]): string {
  return `[Service]
ExecStart=/bin/echo 220 ns1.${domains[0]} ESMTP
StandardInput=socket
StandardOutput=socket
`
}

function pebbleConfiguration(): string {
  const pebble = {
    listenAddress: '[::]:14000',
    managementListenAddress: '[::]:15000',
    certificate: '/etc/pebble/api.pem',
    privateKey: '/etc/pebble/api.key',
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    certificateValidityPeriod: 90 * 24 * 3600,
  }
  return `${JSON.stringify({ pebble }, null, 2)}\n`
}
