import type { RecordType } from '../../src/mail/dns-record.ts'
import type { SeenRecord } from '../../src/mail/seen-record.ts'
import { zone } from '../mail/zone.ts'

/** What two servers of a zone and a resolver say, each from lines as `zone` takes them; all the same unless told otherwise. */
export async function seenRecord(
  name: string,
  type: RecordType,
  lines: string,
  others: { readonly ns2?: string; readonly resolver?: string } = {},
): Promise<SeenRecord> {
  const ask = async (server: string, text: string) => ({ server, answer: await zone(text).ask(name, type) })
  return {
    name,
    type,
    authority: [await ask('ns1.test', lines), await ask('ns2.test', others.ns2 ?? lines)],
    resolver: await ask('192.0.2.53', others.resolver ?? lines),
  }
}

/** DNS that answers nothing. */
export const silent = 'example.org SERVFAIL\n_dmarc.example.org SERVFAIL\nmail._domainkey.example.org SERVFAIL'
