import * as z from 'zod'

/** A domain, or the name of a host. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*$/, 'is not a domain name')

const address = () => z.email('must be an e-mail address')

const addresses = () =>
  z
    .union([address(), z.array(address()).min(1)], { error: 'must be an e-mail address or a list of them' })
    .transform((value) => [value].flat())

const alignment = () => z.enum(['relaxed', 'strict'])

/** What the world is told about a mail domain beside addresses and keys. Hosts that share a domain say the same. */
export const publicationFields = {
  receives: z
    .boolean()
    .default(true)
    .describe(
      'Mail for the domain comes here: it gets MX records. `false` for a domain whose mail is received elsewhere.',
    ),
  dmarc: z
    .strictObject({
      policy: z
        .enum(['none', 'quarantine', 'reject'])
        .default('none')
        .describe('What receivers do with mail that fails: start with none.'),
      subdomain_policy: z
        .enum(['none', 'quarantine', 'reject'])
        .optional()
        .describe('The same for subdomains (`sp`). Default: as for the domain.'),
      rua: addresses().optional().describe('Address or addresses for aggregate reports.'),
      ruf: addresses()
        .optional()
        .describe('Address or addresses for reports of single failures; few receivers send any.'),
      fo: z
        .array(z.enum(['0', '1', 'd', 's']))
        .min(1)
        .optional()
        .describe(
          'When single failures are reported: `0` all fail to align, `1` any does, `d` DKIM fails, `s` SPF fails.',
        ),
      adkim: alignment().optional().describe('`strict`: the domain that signs must be the domain in From itself.'),
      aspf: alignment().optional().describe('`strict`: the same for the domain of the envelope sender.'),
    })
    .prefault({})
    .describe('DMARC policy of the domain.'),
  mta_sts: z
    .enum(['none', 'testing', 'enforce'])
    .default('none')
    .describe('Tell senders that our servers offer TLS (MTA-STS, RFC 8461): `testing` first, then `enforce`.'),
  tls_rpt: addresses().optional().describe('Address or addresses for reports about TLS on the way here (RFC 8460).'),
  srv: z.boolean().default(false).describe('SRV records by which mail programs find the ports 465 and 587 (RFC 6186).'),
  caa: z
    .union([
      z.boolean(),
      z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be true, false or the domain of an authority'),
    ])
    .default(false)
    .describe(
      'CAA records: only our accounts may get certificates. Not for a domain whose web server gets its own. `true` for the authority of `acme.server`, or the domain of another, such as `ca.example`.',
    ),
  tlsa: z
    .boolean()
    .default(false)
    .describe(
      'A TLSA record for port 25 (DANE, RFC 7672). Only for a zone signed by DNSSEC: elsewhere it counts for nothing.',
    ),
}

export type Publication = z.output<z.ZodObject<typeof publicationFields>>

/** The DKIM key of a domain. */
export const dkimFields = {
  selector: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a label in lower case, such as mail or 2026a')
    .default('mail')
    .describe('The DKIM selector: the record is `SELECTOR._domainkey`.'),
  bits: z
    .union([z.literal(2048), z.literal(3072), z.literal(4096)])
    .default(2048)
    .describe('RSA key length. 2048 fits every DNS provider and every verifier.'),
  per_host: z
    .boolean()
    .default(false)
    .describe(
      'Each host that serves the domain has a key of its own, with the selector SELECTOR-HOST. Where several hosts serve a domain, this or `private_key` is needed.',
    ),
  private_key: z
    .string()
    .optional()
    .describe('One RSA key (PEM) for all hosts that serve the domain, in place of a key that the host makes. Secret.'),
}

/**
 * The selector of a host's key.
 *
 * @param host the inventory name; what no label may hold becomes a hyphen.
 */
export function dkimSelector(selector: string, perHost: boolean, host: string): string {
  if (!perHost) return selector
  const label = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return `${selector}-${label}`
}
