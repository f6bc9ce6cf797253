import { isIP } from 'node:net'
import type { DnsClient } from '../mail/dns-answer.ts'

export type Family = 'any' | 'ipv4' | 'ipv6'

/** Where a host is. */
export interface FoundAddresses {
  readonly addresses: readonly string[]
  /** Why there is none, in words: it has none, or (`isOurs`) nobody could say. */
  readonly missing?: { readonly why: string; readonly isOurs: boolean }
}

const recordTypes = { any: ['A', 'AAAA'], ipv4: ['A'], ipv6: ['AAAA'] } as const

/** The addresses of a host name, IPv4 first; an address is its own, unless it is of another family. It never rejects. */
export async function findAddresses(host: string, family: Family, resolver: DnsClient): Promise<FoundAddresses> {
  const version = isIP(host)
  if (version !== 0) return { addresses: family === 'any' || family === `ipv${version}` ? [host] : [] }
  const types = recordTypes[family]
  const answers = await Promise.all(types.map((type) => resolver.ask(host, type)))
  const addresses = answers.flatMap(({ records }) => records.map(({ value }) => value))
  if (addresses.length > 0) return { addresses }
  const failed = answers.find(({ status }) => status === 'failed')
  if (failed) return { addresses, missing: { why: failed.error ?? `${resolver.server} fails`, isOurs: true } }
  const missing = types.length === 1 ? `no ${types[0]} record` : 'no address in DNS'
  return { addresses, missing: { why: `${host} has ${missing}`, isOurs: false } }
}

/** A host of which nothing could be seen. */
export interface MissingHost {
  readonly host: string
  readonly missing: NonNullable<FoundAddresses['missing']>
}

/** Looks at every address of every host at once. */
export async function lookAtEach<T>(
  hosts: readonly string[],
  family: Family,
  resolver: DnsClient,
  look: (address: string, host: string) => Promise<T>,
): Promise<readonly (MissingHost | T)[]> {
  const seen = hosts.map(async (host): Promise<readonly (MissingHost | T)[]> => {
    const { addresses, missing } = await findAddresses(host, family, resolver)
    return missing ? [{ host, missing }] : Promise.all(addresses.map((address) => look(address, host)))
  })
  return (await Promise.all(seen)).flat()
}
