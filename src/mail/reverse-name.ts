import { isIPv4, isIPv6 } from 'node:net'
import { canonicalValue } from './dns-record.ts'

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
  if (isIPv4(address)) return address.split('.').reverse().join('.')
  if (!isIPv6(address) || address.includes('%')) throw new RangeError(`"${address}" is no IP address`)
  const [head = '', tail = ''] = canonicalValue('AAAA', address, '').split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  const nibbles = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('')
  return [...nibbles].reverse().join('.')
}
