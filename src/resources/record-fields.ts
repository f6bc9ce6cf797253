import { formatRecordValue, type RecordType } from '../mail/dns-record.ts'
import { parseServerPlace } from '../network/dns-transport.ts'
import { line, oneOrMore } from './params.ts'

/** Fields of probes that look at one record, and how they write records. */

/** Who is asked in place of the servers of the zone, for `askEverywhere`. */
export function nameServers() {
  const server = line().refine((text) => /^[a-z0-9_.-]+$/i.test(text) || isPlace(text), {
    error: 'must be a host name, or an address with an optional port',
  })
  return oneOrMore(server)
    .describe(
      'Name servers to ask in place of the delegated ones: for a zone that is not delegated yet, or a hidden primary.',
    )
    .optional()
}

/** A record as zone files have it, without a lifetime. */
export function zoneLine(name: string, type: RecordType, value: string): string {
  return `${name.replace(/\.$/, '')}. ${type} ${formatRecordValue(type, value)}`
}

function isPlace(text: string): boolean {
  try {
    parseServerPlace(text)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
