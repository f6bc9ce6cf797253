import * as z from 'zod'
import { parseServerPlace } from '../network/dns-transport.ts'

/** Fields that probes share. */

/** Who is asked in place of the system's resolver, for `resolverClient`. */
export function resolver() {
  return z
    .string()
    .superRefine((text, context) => {
      try {
        parseServerPlace(text)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        context.addIssue({ code: 'custom', message: error.message })
      }
    })
    .describe(
      'Resolver to ask, as an address with an optional port (`192.0.2.53#5353`). Default: the first of this machine.',
    )
    .optional()
}

/** How much it matters when something is found wrong. */
export function importance(standard: 'required' | 'recommended') {
  return z
    .enum(['required', 'recommended', 'optional'])
    .describe('`required`: what is wrong makes the host fail; else it is only said.')
    .default(standard)
}

/** An IPv4 or IPv6 address. */
export function address() {
  return z
    .union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' })
    .transform((text) => text.toLowerCase())
}

/** Addresses; what is nothing (`ipv6` of a host that has none) is left out. */
export function addresses() {
  return z
    .array(z.union([address(), z.null(), z.literal('')], { error: 'must be an IPv4 or IPv6 address' }))
    .transform((list) => [...new Set(list.filter((one): one is string => one !== null && one !== ''))])
}

/** The name of a host or a domain, without a dot at its end, in lower case. */
export function domainName() {
  return z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*$/, 'is not a domain name')
    .transform((name) => name.toLowerCase())
}

/** Mail servers of others that are tried to see whether port 25 is open on the way. */
export function mailServers() {
  return z
    .array(
      z.string().regex(/^[A-Za-z0-9._:-]+(#\d+)?$/, 'must be a host name or an address, with `#PORT` if it is not 25'),
    )
    .min(1)
    .default(['gmail-smtp-in.l.google.com', 'outlook-com.olc.protection.outlook.com', 'mta5.am0.yahoodns.net'])
}
