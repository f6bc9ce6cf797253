import { inNetwork, parseIp } from './ip-address.ts'

/** Addresses that lead to no host from elsewhere (RFC 6890); those of documentation stand for public ones. */
const NETWORKS = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const

/** Whether an IPv4 or IPv6 address is of use in a private network only. */
export function isPrivateAddress(address: string): boolean {
  const ip = parseIp(address)
  return ip !== undefined && NETWORKS.some(([network, prefix]) => inNetwork(ip, parseIp(network)!, prefix))
}
