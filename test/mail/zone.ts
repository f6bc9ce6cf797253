import type { DnsAnswer, DnsClient } from '../../src/mail/dns-answer.ts'
import { canonicalValue, type DnsRecord, RECORD_TYPES, type RecordType } from '../../src/mail/dns-record.ts'
import { parseTxt } from '../../src/mail/txt.ts'

const MOST_ALIASES = 8

/**
 * A DNS client that answers from lines such as `example.org MX 10 smtp.example.org`. A TXT value without quotes goes to
 * the end of its line. `example.org TXT SERVFAIL` makes a question fail, `example.org SERVFAIL` all about that name.
 */
export function zone(text: string): DnsClient {
  const lines = text.split('\n').flatMap((line) => {
    const [, name, type, data = ''] = /^\s*([^\s;]\S*)\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(line) ?? []
    return name === undefined || type === undefined ? [] : [{ name: full(name), type, data }]
  })
  const failing = lines.filter(({ type, data }) => type === 'SERVFAIL' || data === 'SERVFAIL')
  const records = lines.filter((line) => !failing.includes(line)).map(parseRecord)

  function answer(name: string, type: RecordType, aliases: readonly string[]): DnsAnswer {
    const common = { aliases, authoritative: true, authenticated: false, records: [] }
    const broken = failing.some((line) => line.name === name && (line.type === type || line.type === 'SERVFAIL'))
    if (broken || aliases.length > MOST_ALIASES)
      return { ...common, status: 'failed', error: `the zone answers SERVFAIL for ${name}` }
    const own = records.filter((record) => record.name === name)
    const found = own.filter((record) => record.type === type)
    if (found.length > 0) return { ...common, status: 'found', records: found }
    const alias = own.find((record) => record.type === 'CNAME')?.value
    if (alias !== undefined) return answer(alias, type, [...aliases, alias])
    const exists = records.some((record) => record.name === name || record.name.endsWith(`.${name}`))
    return { ...common, status: exists ? 'no data' : 'no name' }
  }
  return { server: 'the zone', ask: async (name, type) => answer(full(name), type, []) }
}

function parseRecord({ name, type, data }: { name: string; type: string; data: string }): DnsRecord {
  const known = RECORD_TYPES.find((one) => one === type)
  if (!known) throw new RangeError(`a zone in a test has a line of type "${type}"`)
  if (known !== 'TXT') return { name, type: known, ttl: 300, value: canonicalValue(known, data, 'test') }
  return { name, type: known, ttl: 300, value: data.startsWith('"') ? parseTxt(data) : data }
}

function full(name: string): string {
  return `${name.toLowerCase().replace(/\.$/, '')}.`
}
