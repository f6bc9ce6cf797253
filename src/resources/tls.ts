import { isIP } from 'node:net'
import * as z from 'zod'
import { probe } from '../core/control.ts'
import { sh } from '../core/shell.ts'
import { lookAtEach } from '../network/addresses.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { readServedTls } from '../network/served-tls.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { path } from './params.ts'
import { domainName, resolver } from './probe-fields.ts'
import { caBundle, family, longestLook, patienceOf, readCaBundle, servers, tcpPort, timeout } from './server-fields.ts'
import { judgeTls, kinds, type SeenServer } from './tls-judge.ts'

const params = () =>
  z.strictObject({
    host: servers().describe('Names or addresses of the server. Every address of a name is tried.'),
    port: tcpPort().describe('TCP port.').default(465),
    starttls: z
      .enum(['smtp'])
      .describe('The port speaks SMTP, and TLS begins with STARTTLS. Default: with the first byte.')
      .optional(),
    names: z
      .array(domainName())
      .describe(
        'Names that clients use: each is asked for, and the certificate has to be for it. Default: `host`, where it is a name.',
      )
      .default([]),
    min_days: z.int().min(0).describe('Days that the certificate has to be valid for.').default(14),
    file: path().describe('The certificate as it is installed on the host, PEM: the same has to be served.').optional(),
    ca_bundle: caBundle(),
    family: family(),
    timeout: timeout(),
    resolver: resolver(),
  })

export const tls = probe({
  name: 'tls',
  summary:
    'See which certificate a server serves, and whether it is right for its names, trusted, in date and the one on the host.',
  description: `Shakes hands from here once for each address and name, and once more with nothing better than TLS 1.1, which no server should accept (RFC 8996).
Where the port does not answer nothing is said about TLS: that is \`port\`'s finding.

\`register\` keeps \`protocol\`, \`serial\` (as \`openssl x509 -serial\` prints it), \`days\` and \`key_sha256\` (what a TLSA record \`3 1 1\` holds) of the first handshake, and all of them under \`served\`.`,
  examples: `
- name: Certificate on 465
  tls:
    host: smtp.example.org
    file: /etc/chasquid/certs/example.org/fullchain.pem
- name: Certificate on 25
  tls: { host: [198.51.100.11, "2001:db8::11"], port: 25, starttls: smtp, names: [smtp.example.org] }
`,
  params,
  findings: kinds,
  // Only certificates leave the host, whatever else is in the file.
  read: ({ file }) => ({
    file:
      file === undefined
        ? sh``
        : sh`if [ -e ${file} ]; then sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' ${file}; else echo absent; fi`,
  }),
  async look({ host, port, starttls, family, resolver: setting, ca_bundle, timeout, ...wanted }, _, { signal }) {
    const ca = await readCaBundle(ca_bundle)
    return within(longestLook, signal, async (soon) => {
      const client = clientInTime(resolverClient(setting), soon)
      const patience = patienceOf(timeout, soon)
      const servers = await lookAtEach(host, family, client, async (address, server): Promise<SeenServer> => {
        const names: readonly (string | undefined)[] =
          wanted.names.length > 0 ? wanted.names : [isIP(server) ? undefined : server]
        const shake = (servername: string | undefined, isOld = false) =>
          readServedTls(
            { address, port },
            starttls ?? 'implicit',
            { servername, ca, ...(isOld ? { versions: { min: 'TLSv1', max: 'TLSv1.1' } } : {}) },
            patience,
          )
        const [old, ...outcomes] = await Promise.all([shake(names[0], true), ...names.map((name) => shake(name))])
        return { address, old, served: names.map((name, index) => ({ name, outcome: outcomes[index]! })) }
      })
      return { at: new Date(), servers }
    })
  },
  judge: (wanted, now, seen) => judgeTls(wanted, now.file, seen),
})
