import { isIP } from 'node:net'
import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import type { RecordType } from '../mail/dns-record.ts'
import { dnsClient } from './dns-client.ts'
import { withDot, withoutDot } from './dns-message.ts'

/** Who answers for a name. */
export interface Authority {
  /** The zone that contains the name, with a dot at its end; undefined where `problems` says why there is none. */
  readonly zone: string | undefined
  readonly servers: readonly NameServer[]
  /** What is wrong with the delegation, one sentence each. */
  readonly problems: readonly string[]
}

export interface NameServer {
  /** Host name without a dot at its end; the address where a fixed server was given by address. */
  readonly name: string
  /** IPv4 first. */
  readonly addresses: readonly string[]
  /** Asks the addresses in turn, until one answers. */
  readonly client: DnsClient
}

/** Milliseconds. A server has two addresses, each is asked twice, and somebody waits for it. */
const timeout = 2000

type Located = Omit<Authority, 'zone'>

/**
 * Finds the zone that contains a name, and its name servers. A zone of a registry, such as `org`, counts as none.
 *
 * @param resolver is asked for NS records, from the name upwards, and for the addresses of the servers.
 * @param servers host names or addresses that are asked in place of the resolver and the delegated servers: for a
 *   hidden primary, or a domain that is not delegated yet.
 * @throws {RangeError} for a server that is written as neither.
 */
export async function findAuthority(
  name: string,
  resolver: DnsClient,
  servers: readonly string[] = [],
): Promise<Authority> {
  const fixed = await locateAll(servers, resolver)
  const given = inTurn(
    servers.join(),
    fixed.servers.map(({ client }) => client),
  )
  const { zone, names = [], problem } = await findZone(name, servers.length === 0 ? resolver : given)
  if (zone === undefined) return { zone, ...fixed, problems: [...fixed.problems, problem] }
  const located = servers.length === 0 ? await locateAll(names, resolver) : fixed
  const checked = await Promise.all(located.servers.map((server) => check(server, zone)))
  return {
    zone,
    servers: checked.map(({ server }) => server),
    problems: [...located.problems, ...checked.flatMap(({ problem }) => problem ?? [])],
  }
}

/** Asks all servers of a zone at once. */
export function askAll(
  { servers }: Authority,
  name: string,
  type: RecordType,
): Promise<readonly { readonly server: string; readonly answer: DnsAnswer }[]> {
  return Promise.all(
    servers.map(async (server) => ({ server: server.name, answer: await server.client.ask(name, type) })),
  )
}

type Zone =
  | { readonly zone: string; readonly names: readonly string[]; readonly problem?: never }
  | { readonly zone: undefined; readonly names?: never; readonly problem: string }

async function findZone(name: string, client: DnsClient): Promise<Zone> {
  const labels = withDot(name).split('.')
  for (const start of labels.keys()) {
    const zone = labels.slice(start).join('.')
    if (isRegistry(zone)) break
    const answer = await client.ask(zone, 'NS')
    if (answer.status === 'failed') {
      return { zone: undefined, problem: `no zone was found for ${withoutDot(name)}: ${answer.error}` }
    }
    // The NS records behind an alias are those of another zone.
    if (answer.status === 'found' && answer.aliases.length === 0) {
      return { zone, names: answer.records.map(({ value }) => withoutDot(value)) }
    }
  }
  return { zone: undefined, problem: `${withoutDot(name)} is not delegated: no zone below its registry has it` }
}

// The root, a top-level domain, or what is above all reverse zones.
function isRegistry(zone: string): boolean {
  return /^([^.]*|in-addr\.arpa|ip6\.arpa)\.?$/.test(zone)
}

async function locateAll(names: readonly string[], resolver: DnsClient): Promise<Located> {
  const located = await Promise.all(names.map((name) => locate(name, resolver)))
  return {
    servers: located.flatMap(({ servers }) => servers),
    problems: located.flatMap(({ problems }) => problems),
  }
}

async function locate(name: string, resolver: DnsClient): Promise<Located> {
  if (!isHostName(name)) {
    return { servers: [{ name, addresses: [name], client: dnsClient(name, { timeout }) }], problems: [] }
  }
  const answers = await Promise.all((['A', 'AAAA'] as const).map((type) => resolver.ask(name, type)))
  const addresses = answers.flatMap(({ records }) => records.map(({ value }) => value))
  if (addresses.length > 0) {
    const clients = addresses.map((address) => dnsClient(address, { timeout }))
    return { servers: [{ name, addresses, client: inTurn(name, clients) }], problems: [] }
  }
  const reason = answers.find(({ error }) => error !== undefined)?.error ?? 'there is no A and no AAAA record'
  return { servers: [], problems: [`the name server ${name} has no address: ${reason}`] }
}

// Everything else is an address, perhaps with a port, or a mistake that `dnsClient` explains.
function isHostName(text: string): boolean {
  return !isIP(text) && /^[a-z0-9_.-]+$/i.test(text)
}

// What failed now is not waited for a second time: the server gives the same answer to all that it is asked later.
async function check(server: NameServer, zone: string): Promise<{ server: NameServer; problem?: string }> {
  const { name } = server
  const answer = await server.client.ask(zone, 'NS')
  if (answer.status === 'failed') {
    const client: DnsClient = { server: name, ask: () => Promise.resolve(answer) }
    return { server: { ...server, client }, problem: `${name} does not serve ${withoutDot(zone)}: ${answer.error}` }
  }
  if (answer.status === 'found' && answer.authoritative) return { server }
  return { server, problem: `${name} is lame: it has no authority for ${withoutDot(zone)} (no AA in its answer)` }
}

// The address that answered is asked first from then on.
function inTurn(server: string, clients: readonly DnsClient[]): DnsClient {
  let order = clients
  return {
    server,
    async ask(name, type) {
      const failed: DnsAnswer[] = []
      for (const client of order) {
        const answer = await client.ask(name, type)
        if (answer.status !== 'failed') {
          order = [client, ...clients.filter((other) => other !== client)]
          return answer
        }
        failed.push(answer)
      }
      const error = failed.map((answer) => answer.error).join('; ') || 'there is no server to ask'
      return { status: 'failed', records: [], aliases: [], authoritative: false, authenticated: false, error }
    },
  }
}
