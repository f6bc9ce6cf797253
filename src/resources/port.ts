import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { lookAtEach, type MissingHost } from '../network/addresses.ts'
import { clientInTime } from '../network/in-time.ts'
import { LineError, readLines } from '../network/lines.ts'
import { type Patience, within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { connectTcp, type Place, type TcpFailure } from '../network/tcp.ts'
import { resolver } from './probe-fields.ts'
import {
  expectedText,
  family,
  isExpected,
  longestLook,
  patienceOf,
  servers,
  tcpPort,
  timeout,
} from './server-fields.ts'

const params = () =>
  z
    .strictObject({
      host: servers().describe('Names or addresses of the server. Every address of a name is tried.'),
      port: tcpPort().describe('TCP port.'),
      family: family(),
      expect: z.enum(['open', 'closed']).describe('`closed`: it refuses, or nothing answers.').default('open'),
      banner: expectedText()
        .describe('What the first line has to contain, such as `220 smtp.example.org`; `/…/` is a regular expression.')
        .optional(),
      references: servers().describe(
        'Servers of others with the same port: where none of them answers either, it is this machine’s network that blocks the port, and nothing is said.',
      ),
      timeout: timeout(),
      resolver: resolver(),
    })
    .refine(({ banner, expect }) => banner === undefined || expect === 'open', {
      path: ['banner'],
      error: 'only what is open has a banner',
    })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'port' | 'expect' | 'banner' | 'family'>

const kinds = {
  'port-closed': {
    importance: 'required',
    summary: 'The server is reached, but refuses connections to a port: nothing listens there',
    remedy: 'See on the host whether the service runs: systemctl status SERVICE',
  },
  'port-filtered': {
    importance: 'required',
    summary: 'A port gives no answer at all: a firewall drops what comes',
    remedy: 'Let the port in, in `nft list ruleset` on the host and in the firewall of the provider’s panel',
  },
  'port-unreachable': {
    importance: 'required',
    summary: 'No way leads to a server: it has no address, or the network says that it cannot be reached',
    remedy: 'Compare `ip address` and `ip route` on the host with its A and AAAA records',
  },
  'port-open': {
    importance: 'required',
    summary: 'A port is open that has to be closed',
    remedy: 'Take the port out of the firewall’s rules, or let the service listen on 127.0.0.1 only',
  },
  'banner-wrong': {
    importance: 'required',
    summary: 'A port is open, but something else answers than is wanted, or nothing',
    remedy: 'See on the host which program has the port: ss -ltnp',
  },
} as const

const finding = findingsOf(kinds)

/** What was seen at one address. */
export interface SeenPlace {
  readonly address: string
  readonly failure?: TcpFailure
  /** The first line, where one is wanted. */
  readonly line?: string
  /** Why none came. */
  readonly silence?: string
}

export interface SeenPorts {
  readonly places: readonly (MissingHost | SeenPlace)[]
  /** No reference answers either: this machine's own network may block the port. */
  readonly isBlockedHere: boolean
}

export const port = probe({
  name: 'port',
  summary: 'See whether a TCP port is open to this machine, and who answers.',
  description: `Connects from here, not from the host. A port that refuses, one that a firewall hides and one behind which something else answers are told apart.
Where this machine itself has no way (no IPv6, for one), nothing is said against the server. Many networks at home and in offices let no connection out to port 25: \`references\` tells that apart.`,
  examples: `
- name: Mail gets in
  port: { host: [198.51.100.11, "2001:db8::11"], port: 25, banner: 220 smtp.example.org }
- name: Mail gets in, as far as this machine can tell
  port: { host: smtp.example.org, port: 25, references: [gmail-smtp-in.l.google.com] }
- name: The monitoring page does not
  port: { host: smtp.example.org, port: 1099, expect: closed }
`,
  params,
  findings: kinds,
  look: ({ resolver: setting, host, port, references, ...wanted }, _, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenPorts> => {
      const client = clientInTime(resolverClient(setting), soon)
      const lookAtAll = (servers: readonly string[], reads: boolean) =>
        lookAtEach(servers, wanted.family, client, (address) =>
          lookAt({ address, port }, reads, patienceOf(wanted.timeout, soon)),
        )
      const places = await lookAtAll(host, wanted.banner !== undefined)
      if (references.length === 0 || !places.some(isFiltered)) return { places, isBlockedHere: false }
      const others = await lookAtAll(references, false)
      return { places, isBlockedHere: !others.some((one) => !('missing' in one) && one.failure === undefined) }
    }),
  judge: (wanted, _, seen) => judgePort(wanted, seen),
})

async function lookAt(place: Place, reads: boolean, patience: Patience): Promise<SeenPlace> {
  const { address } = place
  const connection = await connectTcp(place, patience)
  if (connection.outcome !== 'open') return { address, failure: connection }
  try {
    return reads ? { address, line: await readLines(connection.socket, patience).next() } : { address }
  } catch (error) {
    if (error instanceof LineError) return { address, silence: error.message }
    throw error
  } finally {
    connection.socket.destroy()
  }
}

function isFiltered(seen: MissingHost | SeenPlace): boolean {
  return !('missing' in seen) && seen.failure?.outcome === 'filtered'
}

export function judgePort(wanted: Wanted, { places, isBlockedHere }: SeenPorts): Report {
  return {
    findings: places.flatMap((seen): readonly Finding[] => {
      if ('missing' in seen) return [judgeMissing(seen, wanted)]
      if (!isBlockedHere || !isFiltered(seen)) return judgePlace(seen, wanted)
      const text = 'no answer, and the references do not answer either: the network of this machine may block the port'
      return [finding.unknown('port-filtered', { subject: `${seen.address} port ${wanted.port}`, text })]
    }),
    result: {
      ports: places.flatMap((seen) => {
        if ('missing' in seen) return []
        return [{ address: seen.address, state: seen.failure?.outcome ?? 'open', banner: seen.line ?? null }]
      }),
    },
  }
}

function judgeMissing({ host, missing }: MissingHost, { port, family }: Wanted): Finding {
  const subject = `${host} port ${port}`
  if (missing.isOurs) return finding.unknown('port-unreachable', { subject, text: missing.why })
  const record = { any: 'A or AAAA', ipv4: 'A', ipv6: 'AAAA' }[family]
  return finding.wrong('port-unreachable', {
    subject,
    text: missing.why,
    remedy: `add the ${record} record of ${host}`,
  })
}

function judgePlace(seen: SeenPlace, { port, expect, banner }: Wanted): readonly Finding[] {
  const subject = `${seen.address} port ${port}`
  if (seen.failure) return [judgeFailure(seen.address, port, seen.failure, expect)]
  if (expect === 'closed') {
    const remedy = `take TCP port ${port} out of the firewall’s rules, or let the service listen on 127.0.0.1 only`
    return [finding.wrong('port-open', { subject, text: 'is open', remedy })]
  }
  const open = finding.right('port-closed', { subject, text: 'is open' })
  return banner === undefined ? [open] : [open, judgeBanner(subject, port, banner, seen)]
}

function judgeFailure(address: string, port: number, { outcome, why }: TcpFailure, expect: Wanted['expect']): Finding {
  const subject = `${address} port ${port}`
  const found = { subject, text: why }
  switch (outcome) {
    case 'failed':
      return finding.unknown(expect === 'closed' ? 'port-open' : 'port-closed', found)
    case 'refused':
      if (expect === 'open') {
        return finding.wrong('port-closed', { ...found, remedy: `on the host: ss -ltnp 'sport = :${port}'` })
      }
      return finding.right('port-open', found)
    case 'filtered': {
      if (expect === 'closed') return finding.right('port-open', found)
      const elsewhere = port === 25 ? '; many networks at home let nothing out to port 25: `references` tells' : ''
      return finding.wrong('port-filtered', {
        ...found,
        remedy: `let TCP port ${port} in: nft list ruleset on the host, and the firewall in the provider’s panel${elsewhere}`,
      })
    }
    case 'unreachable': {
      if (expect === 'closed') return finding.right('port-open', found)
      const version = address.includes(':') ? '-6' : '-4'
      const remedy = `on the host: ip ${version} address, ip ${version} route; is ${address} there?`
      return finding.wrong('port-unreachable', { ...found, remedy })
    }
  }
}

function judgeBanner(subject: string, port: number, banner: string, { line, silence }: SeenPlace): Finding {
  const remedy = `on the host: ss -ltnp 'sport = :${port}'`
  if (line === undefined) return finding.wrong('banner-wrong', { subject, text: `says nothing: ${silence}`, remedy })
  if (isExpected(banner, line)) return finding.right('banner-wrong', { subject, text: `says ${JSON.stringify(line)}` })
  const [, greeter] = /^220[ -]([\w.-]+)/.exec(line) ?? []
  const text = greeter === undefined ? `does not say ${banner}` : `greets as ${greeter}, not with ${banner}`
  return finding.wrong('banner-wrong', { subject, text, seen: line, remedy })
}
