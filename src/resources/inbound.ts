import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import type { DnsClient } from '../mail/dns-answer.ts'
import { findAddresses } from '../network/addresses.ts'
import { clientInTime } from '../network/in-time.ts'
import { type Patience, within } from '../network/patience.ts'
import { openSmtp, SmtpError } from '../network/smtp-client.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { connectTcp, type Place, type TcpFailure } from '../network/tcp.ts'
import { addresses, importance, mailServers, resolver } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    addresses: addresses().describe('Addresses of the host, as the world sees them.'),
    ports: z
      .array(z.int().min(1).max(65_535))
      .min(1)
      .describe('Its ports; 465 begins with TLS.')
      .default([25, 465, 587]),
    references: mailServers().describe(
      'Mail servers of others, as in `outbound`: where none of them answers either, the network of this machine blocks port 25 itself.',
    ),
    importance: importance('recommended'),
    timeout: z.int().min(1).max(9).describe('Seconds to wait for each answer.').default(4),
    resolver: resolver(),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'inbound-filtered': {
    importance: 'recommended',
    summary:
      'A port of the host does not answer from outside: a firewall of the provider or of the host drops what comes',
    remedy: 'Allow incoming TCP 25, 465 and 587 in the firewall of the provider’s panel, and on the host',
  },
  'inbound-foreign': {
    importance: 'recommended',
    summary: 'Something else than chasquid answers from outside on a port of mail',
    remedy: 'Stop it, or take the port forwarding or the mail proxy of the provider away',
  },
} as const

const finding = findingsOf(kinds)

/** What a port does: a reply of SMTP, something that is none, or no connection. */
export type SeenPort = Place &
  ({ readonly greeting: string } | { readonly nonsense: string } | { readonly failure: TcpFailure })

interface SeenFromHere {
  readonly ports: readonly SeenPort[]
  /** A mail server of others answers on port 25. */
  readonly isPort25Open: boolean
}

export const inbound = probe({
  name: 'inbound',
  summary: 'See whether the mail ports of a host can be reached from this machine.',
  description: `A refused connection is right before the mail server is there: nothing is in the way. Many home networks and clouds let nobody out to port 25;
so other mail servers are tried, too, and where none answers the result for port 25 is unknown.`,
  examples: `
- name: Mail gets in
  inbound: { addresses: [198.51.100.11, "2001:db8::11"] }
`,
  params,
  findings: kinds,
  look: ({ addresses: wanted, ports, references, timeout, resolver: setting }, _, { signal }) =>
    within(9000, signal, async (soon): Promise<SeenFromHere> => {
      const patience = { timeout: timeout * 1000, signal: soon }
      const places = wanted.flatMap((each) => ports.map((port) => ({ address: each, port })))
      const client = clientInTime(resolverClient(setting), soon)
      const [seen, reached] = await Promise.all([
        Promise.all(places.map((place) => greet(place, patience))),
        Promise.all(references.map((reference) => isReached(reference, client, patience))),
      ])
      return { ports: seen, isPort25Open: reached.includes(true) }
    }),
  judge: (wanted, _, seen) => judgeInbound(wanted, seen),
})

async function greet(place: Place, patience: Patience): Promise<SeenPort> {
  try {
    const dialogue = await openSmtp(place, patience, place.port === 465 ? {} : undefined)
    dialogue.close()
    return { ...place, greeting: dialogue.greeting.text }
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error
    return error.tcp ? { ...place, failure: error.tcp } : { ...place, nonsense: error.message }
  }
}

async function isReached(reference: string, client: DnsClient, patience: Patience): Promise<boolean> {
  const [name = '', port = '25'] = reference.split('#')
  const { addresses } = await findAddresses(name, 'any', client)
  const outcomes = await Promise.all(
    addresses.slice(0, 4).map(async (each) => {
      const connection = await connectTcp({ address: each, port: Number(port) }, patience)
      if (connection.outcome === 'open') connection.socket.destroy()
      return connection.outcome
    }),
  )
  return outcomes.includes('open')
}

export function judgeInbound(
  { importance }: Pick<Wanted, 'importance'>,
  { ports, isPort25Open }: SeenFromHere,
): Report {
  return { findings: ports.map((port) => ({ ...judgePort(port, isPort25Open), importance })) }
}

function judgePort(seen: SeenPort, isPort25Open: boolean): Finding {
  const { address: at, port } = seen
  const subject = `${at} port ${port}`
  if ('failure' in seen) return judgeFailure(subject, seen, seen.failure, isPort25Open)
  if ('greeting' in seen && /^220 .*\bchasquid\b/i.test(seen.greeting)) {
    return finding.right('inbound-foreign', { subject, text: 'chasquid greets' })
  }
  const greeting = 'greeting' in seen ? seen.greeting : seen.nonsense
  return finding.wrong('inbound-foreign', {
    subject,
    text: 'something else than chasquid answers',
    seen: greeting,
    remedy: `who has the port on the host: ss -Hltnp 'sport = :${port}'; nobody: the provider forwards it`,
  })
}

function judgeFailure(subject: string, { port }: Place, failure: TcpFailure, isPort25Open: boolean): Finding {
  const { outcome, why } = failure
  if (outcome === 'refused') {
    return finding.right('inbound-filtered', { subject, text: 'can be reached; nothing listens yet' })
  }
  if (outcome === 'failed') return finding.unknown('inbound-filtered', { subject, text: why })
  if (port === 25 && !isPort25Open) {
    const text = 'other mail servers do not answer this machine either: its own network may block port 25'
    return finding.unknown('inbound-filtered', { subject, text })
  }
  return finding.wrong('inbound-filtered', {
    subject,
    text: `cannot be reached: ${why}`,
    remedy: `open incoming TCP ${port} in the provider’s panel; rules of the host itself: nft list ruleset`,
  })
}
