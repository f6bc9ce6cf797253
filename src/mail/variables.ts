import * as z from 'zod'
import { dkimFields, name, publicationFields } from './domain-variables.ts'
import { hostVariables, sendAs } from './host-variables.ts'
import { operationVariables } from './operation-variables.ts'

const domain = z.strictObject({
  senders: z
    .record(z.string(), z.string())
    .default({})
    .describe('Who may send: local part → password. Only a salted scrypt hash reaches the host.'),
  receivers: z
    .array(z.string())
    .default([])
    .describe('Accounts that receive but may not log in and have no password: their mail goes to the delivery agent.'),
  send_as: sendAs,
  aliases: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .default({})
    .describe(
      'Forwarding: local part → address or list of addresses. `"*"` is the catch-all, for senders without an alias too.',
    ),
  dkim: z
    .strictObject(dkimFields)
    .refine((dkim) => !(dkim.per_host && dkim.private_key !== undefined), {
      error: 'either per_host or private_key: with a key of its own no host needs one that all share',
    })
    .prefault({})
    .describe('DKIM key of the domain.'),
  ...publicationFields,
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
  domains: z.record(name, domain).describe('The mail domains of this host, by name. Several hosts may serve one.'),
  parked: z
    .array(name)
    .default([])
    .describe('Domains that neither send nor receive: their records say so (null MX, `-all`, reject).'),
  mx_preference: z
    .int()
    .min(0)
    .max(65_535)
    .default(10)
    .describe('Preference of this host in the MX records of its domains: lower is tried first.'),
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
        .enum(['print', 'file', 'rfc2136', 'acme'])
        .default('print')
        .describe(
          '`print` the records to add, write a `file` for each domain, send them by dynamic update (`rfc2136`), or TXT records through the hook of acme.sh that proves domains (`acme`).',
        ),
      server: z.string().optional().describe('Authoritative server for updates.'),
      servers: z
        .array(z.string())
        .optional()
        .describe('Servers to compare with, in place of those that DNS names: for a domain that is not delegated yet.'),
      folder: z
        .string()
        .default('zones')
        .describe('Folder of the controller for the files DOMAIN.zone of `file`; relative to where you are.'),
      wait: z
        .int()
        .min(0)
        .default(10)
        .describe('Seconds that the servers may take to have what was sent by `rfc2136`.'),
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
    .refine(({ publish, server }) => publish !== 'rfc2136' || server !== undefined, {
      path: ['server'],
      error: 'publish: rfc2136 needs the server that takes updates',
    })
    .prefault({})
    .describe('How DNS records are published.'),
  ...operationVariables,
  purge_users: z
    .boolean()
    .default(false)
    .describe('Remove users who are not in the inventory any more. Otherwise they are only named.'),
  dmarc_skip: z
    .boolean()
    .default(false)
    .describe('Let `dmarc` go from none to reject, or from no record to quarantine, without the step between.'),
  dkim_keep_days: z
    .int()
    .min(0)
    .default(7)
    .describe('Days for which `rotate-dkim` keeps an old record and its key: mail that it signed may be on its way.'),
  ...hostVariables,
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
