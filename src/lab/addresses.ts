/**
 * Where everything in a lab lives. Only documentation ranges are used, so no lab can be mistaken for a real network.
 */
export interface Addresses {
  ipv4: string
  ipv6: string
}

/** The machine that runs the lab, as the hosts see it. */
export const controllerNumber = 1
/** The host that answers DNS and issues certificates. */
export const worldNumber = 10
/** Hosts are numbered from here, in the order they are asked for. */
export const firstHostNumber = 11

/** The prefix lengths that go with `addresses`. */
export const prefixLength = { ipv4: 24, ipv6: 64 }

/** Both addresses of the host with this number; the number reads the same in both: .11 and ::11. */
export function addresses(number: number): Addresses {
  return { ipv4: `198.51.100.${number}`, ipv6: `2001:db8:64::${number}` }
}

/** The name under which an address has its PTR record: `11.100.51.198.in-addr.arpa`. */
export function reverseName(address: string): string {
  if (address.includes('.')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const [head = '', tail = ''] = address.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const zeros = new Array<string>(8 - left.length - right.length).fill('0')
  const digits = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('')
  return `${[...digits].reverse().join('.')}.ip6.arpa`
}

/** The zones that hold the PTR records of all lab addresses. */
export const reverseZones = [
  '100.51.198.in-addr.arpa',
  reverseName('2001:db8:64::').split('.').slice(16).join('.'),
] as const
