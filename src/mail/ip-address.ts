/** An address that can be compared. */
export interface IpAddress {
  readonly family: 4 | 6
  /** As a number of 32 or 128 bits. */
  readonly bits: bigint
  /** The usual textual form: `198.51.100.1`, `2001:db8::1` (RFC 5952). */
  readonly text: string
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)

/** An address in one of its textual forms (RFC 7208 section 12 `ip4-network`, RFC 4291 section 2.2), or nothing. */
export function parseIp(text: string): IpAddress | undefined {
  if (IPV4.test(text)) {
    return { family: 4, bits: text.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n), text }
  }
  // The URL parser knows every form of an IPv6 address, and writes it with groups of hexadecimal digits only.
  const url = `http://[${text}]/`
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(url)) return undefined
  const canonical = new URL(url).hostname.slice(1, -1)
  const [left = [], right = []] = canonical.split('::').map((groups) => groups.split(':').filter(Boolean))
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  const bits = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
  return { family: 6, bits, text: canonical }
}

/** An IPv4 address that IPv6 wraps (`::ffff:198.51.100.1`) as what it is (RFC 7208 section 5). */
export function unmapIp(ip: IpAddress): IpAddress {
  if (ip.family === 4 || ip.bits >> 32n !== 0xffffn) return ip
  const octets = [24n, 16n, 8n, 0n].map((shift) => (ip.bits >> shift) & 0xffn)
  return { family: 4, bits: ip.bits & 0xffffffffn, text: octets.join('.') }
}

/** Whether the first `prefix` bits of two addresses of one family are equal. */
export function inNetwork(ip: IpAddress, network: IpAddress, prefix: number): boolean {
  const rest = BigInt((network.family === 4 ? 32 : 128) - prefix)
  return ip.family === network.family && ip.bits >> rest === network.bits >> rest
}
