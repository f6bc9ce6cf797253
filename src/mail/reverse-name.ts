import { isIPv4 } from 'node:net'
import { parseIp } from './ip-address.ts'

/**
 * The name that holds the PTR record of an address: `11.100.51.198.in-addr.arpa.` (RFC 1035 section 3.5),
 * or 32 nibbles below `ip6.arpa.` (RFC 3596 section 2.5).
 *
 * @throws {RangeError} for what is no IPv4 or IPv6 address.
 */
export function reverseName(address: string): string {
  return `${reversedAddress(address)}.${isIPv4(address) ? 'in-addr' : 'ip6'}.arpa.`
}

/**
 * An address as labels in reverse order, which DNS blocklists use too (RFC 5782 sections 2.1 and 2.4):
 * four octets for IPv4, 32 nibbles for IPv6; without a dot at the end.
 *
 * @throws {RangeError} for what is no IPv4 or IPv6 address.
 */
export function reversedAddress(address: string): string {
  const ip = parseIp(address)
  if (ip === undefined) throw new RangeError(`"${address}" is no IP address`)
  if (ip.family === 4) return ip.text.split('.').reverse().join('.')
  return [...ip.bits.toString(16).padStart(32, '0')].reverse().join('.')
}
