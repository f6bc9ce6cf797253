import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import { wait } from './patience.ts'

/** Longer than any signal lets somebody wait. */
const timeout = 60_000

/** What a promise brings, or `otherwise` once the signal comes: nobody waits for it any more. */
export function inTime<T>(signal: AbortSignal, work: Promise<T>, otherwise: T): Promise<T> {
  return wait<T>(
    { timeout, signal },
    (end) => {
      void work.then(end)
      return undefined
    },
    () => otherwise,
  )
}

/** A client whose questions are given up once the signal comes; that is an answer, too. */
export function clientInTime(client: DnsClient, signal: AbortSignal): DnsClient {
  const given: DnsAnswer = {
    status: 'failed',
    records: [],
    aliases: [],
    authoritative: false,
    authenticated: false,
    error: `${client.server} was not waited for to the end`,
  }
  return { server: client.server, ask: (name, type) => inTime(signal, client.ask(name, type), given) }
}
