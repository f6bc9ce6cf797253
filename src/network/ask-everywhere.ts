import type { DnsClient } from '../mail/dns-answer.ts'
import type { RecordType } from '../mail/dns-record.ts'
import type { SeenRecord } from '../mail/seen-record.ts'
import { askAll, findAuthority } from './authority.ts'
import { inTime } from './in-time.ts'

export interface Everywhere {
  /** Gives up when it is to; see `clientInTime`. */
  readonly resolver: DnsClient
  /** Host names or addresses that are asked in place of the delegated servers. */
  readonly servers: readonly string[]
}

/** Asks the resolver and every server of the zone at once. It never rejects; servers that are not back in time are left out. */
export async function askEverywhere(
  name: string,
  type: RecordType,
  { resolver, servers }: Everywhere,
  signal: AbortSignal,
): Promise<SeenRecord> {
  const ofZone = async () => askAll(await findAuthority(name, resolver, servers), name, type)
  const [answer, authority] = await Promise.all([resolver.ask(name, type), inTime(signal, ofZone(), [])])
  return { name, type, authority, resolver: { server: resolver.server, answer } }
}
