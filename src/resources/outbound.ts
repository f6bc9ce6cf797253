import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, type FindingDetails, findingsOf } from '../core/finding.ts'
import { type Attempt, askOutbound, parseOutbound, type Seen } from './outbound-script.ts'
import { mailServers } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    targets: mailServers().describe(
      'Mail servers of others, by host name, with `#PORT` if it is not 25. One that greets is enough.',
    ),
    ipv6_planned: z
      .boolean()
      .describe('IPv6 is still to be configured on the host: that it is missing is not wrong yet.')
      .default(false),
    timeout: z.int().min(1).max(9).describe('Seconds for looking up, connecting and the greeting.').default(5),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'resolver-broken': {
    importance: 'required',
    summary: 'The host cannot look up other mail servers',
    remedy: 'resolvectl status, or cat /etc/resolv.conf: set name servers that answer',
  },
  'outbound-filtered': {
    importance: 'required',
    summary: 'Port 25 of other mail servers does not answer; over IPv6 it is advice',
    remedy: 'ask the provider to open outgoing TCP port 25; rules of the host itself: nft list ruleset',
  },
  'outbound-refused': {
    importance: 'required',
    summary: 'A firewall on the way refuses connections to port 25; over IPv6 it is advice',
    remedy: 'ask the provider to open outgoing TCP port 25; rules of the host itself: nft list ruleset',
  },
  'outbound-greeting': {
    importance: 'required',
    summary: 'Connections to port 25 are opened, but no mail server greets; over IPv6 it is advice',
    remedy: 'ask the provider whether a proxy intercepts outgoing port 25, and to let the host out of it',
  },
  'ipv6-missing': {
    importance: 'recommended',
    summary: 'The host has no global IPv6 address',
    remedy: 'in the inventory, as the provider’s panel shows it: ipv6: { address: "ADDRESS/64", gateway: "fe80::1" }',
  },
  'ipv6-route-missing': {
    importance: 'recommended',
    summary: 'The host has an IPv6 address, but no route to the world',
    remedy: 'in the inventory, with the provider’s gateway: ipv6: { address: "ADDRESS/64", gateway: "fe80::1" }',
  },
} as const

type Kind = keyof typeof kinds

const finding = findingsOf(kinds)

export const outbound = probe({
  name: 'outbound',
  summary: 'See whether a host reaches other mail servers, over IPv4 and IPv6.',
  description: `Connects from the host to port 25 of several mail servers at once, waits for their greeting (RFC 5321 section 3.1) and takes leave.
Providers often block this port until they are asked.`,
  examples: `
- name: Mail gets out
  outbound: {}
- outbound: { targets: [mx.example.net], timeout: 3 }
`,
  params,
  findings: kinds,
  read: ({ targets, timeout }) => ({ attempts: askOutbound(targets, timeout) }),
  look: async () => undefined,
  judge: (wanted, now) => judgeOutbound(wanted, now.attempts),
})

export function judgeOutbound(wanted: Wanted, answer: string): Report {
  const seen = parseOutbound(answer, wanted.targets, wanted.timeout)
  if (!seen.hasPerl) {
    const text = 'cannot be tried: the host has no perl (package perl-base)'
    return { findings: [finding.unknown('outbound-filtered', { subject: 'port 25 out', text })] }
  }
  const [ipv4, ipv6] = ([4, 6] as const).map((family) => seen.attempts.filter((attempt) => attempt.family === family))
  return { findings: [...judgeIpv4(ipv4!), ...judgeIpv6(ipv6!, seen, wanted)] }
}

function judgeIpv4(attempts: readonly Attempt[]): readonly Finding[] {
  const subject = 'port 25 out, IPv4'
  if (attempts.some(({ outcome }) => outcome !== 'nowhere')) {
    return [
      finding.right('resolver-broken', { subject: 'resolver', text: 'finds other mail servers' }),
      judgeAttempts(attempts, subject),
    ]
  }
  return [
    wrong('resolver-broken', {
      subject: 'resolver',
      text: 'finds no other mail server',
      seen: inWords(attempts),
    }),
    finding.unknown('outbound-filtered', { subject, text: 'cannot be tried: no mail server is found' }),
  ]
}

function judgeIpv6(attempts: readonly Attempt[], seen: Seen, { ipv6_planned }: Wanted): readonly Finding[] {
  const subject = 'port 25 out, IPv6'
  const importance = 'recommended'
  if (seen.ipv6.length === 0) {
    const missing = { subject: 'IPv6', text: 'no global address' }
    return [
      ipv6_planned
        ? finding.unknown('ipv6-missing', { ...missing, text: 'no global address yet: it is still to be configured' })
        : wrong('ipv6-missing', missing),
    ]
  }
  const has = finding.right('ipv6-missing', { subject: 'IPv6', text: `the host has ${seen.ipv6.join(', ')}` })
  const tried = attempts.filter(({ outcome }) => outcome !== 'nowhere')
  if (tried.length === 0) {
    const text = `cannot be tried: no IPv6 address is found for ${attempts.map(({ target }) => target).join(', ')}`
    return [has, finding.unknown('outbound-filtered', { subject, text, importance })]
  }
  if (!seen.hasIpv6Route && tried.every(({ outcome }) => outcome === 'unreachable')) {
    const route = { subject: 'IPv6 route', text: 'no default route', seen: inWords(tried) }
    return [
      has,
      ipv6_planned
        ? finding.unknown('ipv6-route-missing', {
            ...route,
            text: 'no default route yet: it is still to be configured',
          })
        : wrong('ipv6-route-missing', route),
    ]
  }
  const found = judgeAttempts(tried, subject)
  return [
    has,
    finding.right('ipv6-route-missing', { subject: 'IPv6 route', text: 'packets find their way' }),
    { ...found, importance },
  ]
}

// One that greets is enough; of the others, what comes nearest to a greeting says most.
function judgeAttempts(attempts: readonly Attempt[], subject: string): Finding {
  const greeter = attempts.find(({ outcome, text }) => outcome === 'greeted' && text.startsWith('220'))
  if (greeter) {
    const others = attempts.filter((attempt) => attempt !== greeter && !attempt.text.startsWith('220'))
    return finding.right('outbound-filtered', {
      subject,
      text: `${greeter.target} greets`,
      seen: others.length === 0 ? undefined : inWords(others),
    })
  }
  const is = (...outcomes: readonly Attempt['outcome'][]) => attempts.some(({ outcome }) => outcomes.includes(outcome))
  const seen = inWords(attempts)
  if (is('greeted', 'silent'))
    return wrong('outbound-greeting', { subject, text: 'connections are opened, but no mail server greets', seen })
  return is('filtered')
    ? wrong('outbound-filtered', { subject, text: 'other mail servers do not answer', seen })
    : wrong('outbound-refused', { subject, text: 'connections to other mail servers are refused', seen })
}

function wrong(id: Kind, details: FindingDetails): Finding {
  return finding.wrong(id, { remedy: kinds[id].remedy, ...details })
}

// `a, b: refused; c: no answer`
function inWords(attempts: readonly Attempt[]): string {
  const reasons = [...new Set(attempts.map(({ text }) => text))]
  return reasons
    .map((reason) => {
      const targets = attempts.filter(({ text }) => text === reason).map(({ target }) => target)
      return `${targets.join(', ')}: ${reason}`
    })
    .join('; ')
}
