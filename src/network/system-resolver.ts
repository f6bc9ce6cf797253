import { getServers } from 'node:dns'
import type { DnsClient } from '../mail/dns-answer.ts'
import { dnsClient } from './dns-client.ts'

/**
 * The resolver of a probe's `resolver:` parameter: `192.0.2.1`, `192.0.2.1#5353` or `[2001:db8::1]:5353`. Without a
 * setting, the first one of the machine that runs the probe (resolv.conf(5)).
 *
 * @throws {RangeError} for what is no address.
 */
export function resolverClient(setting: string | undefined): DnsClient {
  const server = setting ?? getServers()[0]
  if (server === undefined) throw new RangeError('this machine has no resolver: name one with `resolver: ADDRESS`')
  return dnsClient(server, { recursion: true })
}
