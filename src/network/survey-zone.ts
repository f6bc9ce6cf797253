import type { DnsRecord } from '../mail/dns-record.ts'
import type { ZoneSeen } from '../mail/judge-zone.ts'
import { askAll, findAuthority } from './authority.ts'
import { wait } from './patience.ts'
import { resolverClient } from './system-resolver.ts'

type Question = Pick<DnsRecord, 'name' | 'type'>

export interface ZoneQuestions {
  readonly domain: string
  /** Asked of every server of the zone. */
  readonly questions: readonly Question[]
  /** Asked of the resolver. */
  readonly elsewhere: readonly Question[]
  readonly resolver: string | undefined
  /** Host names or addresses that are asked in place of the delegated servers. */
  readonly servers: readonly string[]
}

/** Milliseconds. Servers that are dead are waited for in turn. */
const LONGEST = 20_000

/** Asks all servers of a zone. It never rejects: that nobody answers is something seen. */
export function surveyZone(wanted: ZoneQuestions, signal: AbortSignal): Promise<ZoneSeen> {
  const nothing = { zone: undefined, servers: [], asked: [], elsewhere: [] }
  return wait<ZoneSeen>(
    { timeout: LONGEST, signal },
    (end) => {
      ask(wanted).then(end, (error: unknown) => {
        // This machine has no resolver, or a server is written as nobody can read it.
        end({ ...nothing, problems: [error instanceof Error ? error.message : String(error)] })
      })
      return undefined
    },
    (reason) => ({
      ...nothing,
      problems: [reason === 'left' ? 'not waited for to the end' : `no answer within ${LONGEST / 1000} s`],
    }),
  )
}

async function ask({ domain, questions, elsewhere, resolver, servers }: ZoneQuestions): Promise<ZoneSeen> {
  const client = resolverClient(resolver)
  const [authority, strange] = await Promise.all([
    findAuthority(domain, client, servers),
    Promise.all(elsewhere.map(({ name, type }) => client.ask(name, type))),
  ])
  const { zone, problems } = authority
  const unique = questions.filter(
    (one, index) => questions.findIndex(({ name, type }) => name === one.name && type === one.type) === index,
  )
  const asked = await Promise.all(
    (zone === undefined ? [] : unique).map(async ({ name, type }) => ({
      name,
      type,
      replies: await askAll(authority, name, type),
    })),
  )
  return { zone, problems, servers: authority.servers.map(({ name }) => name), asked, elsewhere: strange }
}
