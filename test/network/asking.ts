import assert from 'node:assert/strict'
import { after } from 'node:test'
import { type Answer, AUTHORITATIVE_ANSWER } from 'dns-packet'
import type { DnsAnswer, DnsClient } from '../../src/mail/dns-answer.ts'
import { type DnsClientOptions, dnsClient } from '../../src/network/dns-client.ts'
import { type Asked, NameServer, type Reaction, type Said } from './name-server.ts'

const servers: NameServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

/** A server that reacts as told, and a client of it; both until the tests of the file are over. */
export async function serve(
  react: (asked: Asked) => Reaction,
  options?: DnsClientOptions,
): Promise<{ server: NameServer; client: DnsClient }> {
  const server = await NameServer.start(react)
  servers.push(server)
  return { server, client: dnsClient(server.place, options) }
}

export const address: Answer = { type: 'A', name: 'example.org', ttl: 300, data: '192.0.2.1' }

/** The right answer to `example.org A`. */
export const found: Said = { flags: AUTHORITATIVE_ANSWER, answers: [address] }

export function valuesOf({ records }: DnsAnswer): readonly string[] {
  return records.map(({ value }) => value)
}

export async function fails(asking: Promise<DnsAnswer>, error: string): Promise<DnsAnswer> {
  const answer = await asking
  assert.equal(answer.error, error)
  assert.deepEqual(
    [answer.status, answer.records, answer.authoritative, answer.authenticated],
    ['failed', [], false, false],
  )
  return answer
}
