import { z } from 'zod'

const name = z.string().regex(/^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*$/, 'is not a domain name')

const domain = z.strictObject({
  senders: z
    .record(z.string(), z.string())
    .default({})
    .describe('Who may send: local part → password. Only a salted scrypt hash reaches the host.'),
  aliases: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .default({})
    .describe('Forwarding: local part → address or list of addresses. `"*"` is the catch-all.'),
  dkim: z
    .strictObject({
      selector: z
        .string()
        .regex(/^[a-z0-9-]+$/)
        .default('mail')
        .describe('The DKIM selector: the record is `SELECTOR._domainkey`.'),
      bits: z
        .union([z.literal(2048), z.literal(3072), z.literal(4096)])
        .default(2048)
        .describe('RSA key length. 2048 fits every DNS provider and every verifier.'),
    })
    .prefault({})
    .describe('DKIM key of the domain.'),
  dmarc: z
    .strictObject({
      policy: z
        .enum(['none', 'quarantine', 'reject'])
        .default('none')
        .describe('What receivers do with mail that fails: start with none.'),
      rua: z.string().optional().describe('Address for aggregate reports.'),
    })
    .prefault({})
    .describe('DMARC policy of the domain.'),
})

/** The public variables of the shipped mail playbooks. `docs/variables.md` is generated from here. */
export const mailVariables = z.object({
  mail_host: name
    .optional()
    .describe(
      'The one public name of this machine: PTR, HELO, certificate and MX target. Default: the inventory name.',
    ),
  hostname: name.optional().describe('Host name to set. Default: `mail_host`.'),
  ipv4: z.ipv4().optional().describe('Public IPv4 address for DNS. Default: what the host has.'),
  ipv6: z
    .strictObject({
      address: z.cidrv6().describe('Static address with prefix length, such as `2001:db8::11/64`.'),
      gateway: z.ipv6().optional().describe('Default gateway, such as `fe80::1`. Left out: router advertisements.'),
      interface: z.string().optional().describe('Network interface. Default: the one with the IPv4 default route.'),
    })
    .optional()
    .describe('IPv6 to configure through netplan. Default: nothing; what is there is used.'),
  domains: z.record(name, domain).describe('The mail domains of this host, by name.'),
  acme: z
    .strictObject({
      email: z.email().describe('Contact of the ACME account.'),
      server: z
        .string()
        .default('letsencrypt')
        .describe('`letsencrypt`, `letsencrypt_test`, `zerossl`, `google` or a directory URL.'),
      dns: z
        .string()
        .regex(/^dns_[a-z0-9_]+$/)
        .describe('The dnsapi hook of acme.sh that proves the domain, such as `dns_cf`.'),
      env: z
        .record(z.string(), z.string())
        .default({})
        .describe('The variables of that hook, such as `CF_Token`. Secret.'),
      days: z
        .int()
        .min(1)
        .default(30)
        .describe('Days after issue at which a certificate is renewed (`--days` of acme.sh).'),
      ca_bundle: z.string().optional().describe('File on the host with the CA of a private ACME server.'),
      dns_sleep: z
        .int()
        .min(0)
        .optional()
        .describe('Seconds to wait for DNS; default: public resolvers are asked until the record is there.'),
      url: z
        .string()
        .optional()
        .describe('Another address of the pinned acme.sh package; its checksum stays the same.'),
    })
    .describe('Certificates from an ACME server, by DNS-01 for each domain and its wildcard.'),
  dns: z
    .strictObject({
      publish: z
        .enum(['print', 'rfc2136'])
        .default('print')
        .describe('`print` the records to add, or send them by RFC 2136 dynamic update.'),
      server: z.string().optional().describe('Authoritative server for updates and for comparing.'),
      key: z
        .strictObject({
          name: z.string().describe('Name of the TSIG key.'),
          algorithm: z.string().default('hmac-sha256').describe('Algorithm of the TSIG key.'),
          secret: z.string().describe('The TSIG key, base64. Secret.'),
        })
        .optional()
        .describe('TSIG key for RFC 2136.'),
      ttl: z.int().min(0).default(300).describe('Time to live of the records, in seconds.'),
      resolver: z.string().optional().describe('Resolver to ask instead of the system’s.'),
    })
    .prefault({})
    .describe('How DNS records are published.'),
  timezone: z.string().default('UTC').describe('Time zone, such as `Europe/Berlin`.'),
  locale: z.string().default('en_US.UTF-8').describe('System locale.'),
  packages: z.array(z.string()).default([]).describe('More packages to install.'),
  upgrades: z.boolean().default(true).describe('Install security updates unattended.'),
  firewall: z.boolean().default(true).describe('Allow in only ssh, 25, 465, 587 and ICMP.'),
  chasquid: z
    .strictObject({
      source: z
        .enum(['pinned', 'distro'])
        .default('pinned')
        .describe(
          '`pinned`: the checksummed 1.19 package on every release. `distro`: what the distribution has, known holes included.',
        ),
      url: z.string().optional().describe('Another address of the pinned package; its checksum stays the same.'),
      max_message_mb: z.int().min(1).default(50).describe('Largest message accepted, in MB.'),
      queue_items: z
        .int()
        .min(1)
        .optional()
        .describe('Most messages in the queue; a full queue answers 451. chasquid’s own default is 200.'),
      monitoring: z
        .string()
        .optional()
        .describe('Address of the monitoring page, such as `127.0.0.1:1099`. It can stop the server: loopback only.'),
    })
    .prefault({})
    .describe('The mail server.'),
})
