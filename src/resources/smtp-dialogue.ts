import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { lookAtEach, type MissingHost } from '../network/addresses.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { domainName, resolver } from './probe-fields.ts'
import { family, longestLook, patienceOf, servers, timeout } from './server-fields.ts'
import { lookAtServer, type PortName, type SeenMailServer, type SeenPort, type Tried } from './smtp-dialogue-look.ts'

const params = () =>
  z.strictObject({
    mail_host: domainName().describe('What the server has to call itself.'),
    domains: z.array(domainName()).min(1).describe('The domains that it receives mail for.'),
    host: servers().describe(
      'Names or addresses of the server. Default: `mail_host`. Every address of a name is tried.',
    ),
    foreign: domainName()
      .describe('A domain that the server has nothing to do with, for tries to send there through it.')
      .default('example.com'),
    family: family(),
    timeout: timeout(),
    resolver: resolver(),
  })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'mail_host' | 'domains'>

const kinds = {
  'open-relay': {
    importance: 'required',
    summary: 'The server takes mail to other domains from anybody: spammers find it within hours',
    remedy: 'Let it accept mail to its own domains only, unless the client has logged in',
  },
  'submission-open': {
    importance: 'required',
    summary: 'Port 465 or 587 takes mail from clients that have not logged in',
    remedy: 'Let these ports demand AUTH (RFC 6409 section 4.3)',
  },
  'auth-in-clear': {
    importance: 'required',
    summary: 'Passwords are taken before TLS, where anybody on the way can read them',
    remedy: 'Let the server offer AUTH only under TLS',
  },
  'greeting-name-wrong': {
    importance: 'required',
    summary: 'The server calls itself by another name than its reverse DNS and certificate have',
    remedy: 'hostname: "MAIL_HOST" in /etc/chasquid/chasquid.conf, then systemctl restart chasquid',
  },
  'postmaster-refused': {
    importance: 'recommended',
    summary: 'Mail to postmaster@ (RFC 5321 section 4.5.1) or abuse@ (RFC 2142) a domain is refused',
    remedy: 'An alias: aliases: { postmaster: ADDRESS, abuse: ADDRESS }',
  },
} as const

const finding = findingsOf(kinds)

const numbers: { readonly [port in PortName]: number } = { smtp: 25, submission: 587, submissions: 465 }

export const smtpDialogue = probe({
  name: 'smtp_dialogue',
  summary:
    'Talk to a mail server as a stranger would: its name, no relaying, no login in clear, nothing sent without login, postmaster.',
  description: `Speaks SMTP from here with ports 25, 587 and 465 of each address and never sends DATA, so that no message comes about.
Relaying is tried from no sender, a foreign one and one of the server's own domain, to a foreign address, with a source route, as \`user%foreign@own\` and as \`"user@foreign"@own\`; where the domain has a catch-all the last two prove nothing and do not count.
A port that does not answer is \`port\`'s finding.`,
  examples: `
- name: What strangers can do
  smtp_dialogue: { mail_host: smtp.example.org, domains: [example.org] }
`,
  params,
  findings: kinds,
  look: ({ host, mail_host, domains, foreign, ...wanted }, _, { signal }) =>
    within(longestLook, signal, async (soon) => {
      const client = clientInTime(resolverClient(wanted.resolver), soon)
      const nobody = `provision-${randomBytes(6).toString('hex')}`
      return lookAtEach(host.length > 0 ? host : [mail_host], wanted.family, client, (address) => {
        const at = (port: PortName) => ({ address, port: numbers[port] })
        const places = { smtp: at('smtp'), submission: at('submission'), submissions: at('submissions') }
        return lookAtServer(places, { own: domains, foreign, nobody }, patienceOf(wanted.timeout, soon))
      })
    }),
  judge: (wanted, _, seen) => judgeDialogues(wanted, seen),
})

export function judgeDialogues(wanted: Wanted, seen: readonly (MissingHost | SeenMailServer)[]): Report {
  return {
    findings: seen.flatMap((server): readonly Finding[] => {
      if ('missing' in server) {
        return [finding.unknown('greeting-name-wrong', { subject: server.host, text: server.missing.why })]
      }
      const { address, ports, duties } = server
      const problem = whyNothing(ports)
      if (problem !== undefined) {
        return [finding.unknown('greeting-name-wrong', { subject: address, text: problem })]
      }
      return [
        ...judgeNames(wanted.mail_host, address, ports),
        ...judgeAuth(address, ports),
        judgeRelay(server),
        ...(['submission', 'submissions'] as const).map((port) => judgeSubmission(address, port, ports[port])),
        // Where the port is silent, that was said about relaying already.
        ...duties.filter(({ steps }) => steps.length > 0).map((tried) => judgeDuty(address, tried)),
      ]
    }),
  }
}

function whyNothing(ports: SeenMailServer['ports']): string | undefined {
  const problems = entries(ports).map(([, { names, problem }]) => (names.length === 0 ? problem : undefined))
  return problems.every((problem) => problem !== undefined) ? [...new Set(problems)].join('; ') : undefined
}

// One cause is one finding, whatever the number of ports.
function judgeNames(mailHost: string, address: string, ports: SeenMailServer['ports']): readonly Finding[] {
  const called = entries(ports).filter(([, { names }]) => names.length > 0)
  const others = called.filter(([, { names }]) => names.some((name) => name !== mailHost))
  const on = (some: readonly (readonly [PortName, SeenPort])[]) => some.map(([port]) => numbers[port]).join(', ')
  if (others.length === 0) {
    const text = `calls itself ${mailHost} on ${on(called)}`
    return [finding.right('greeting-name-wrong', { subject: `${address} greeting`, text })]
  }
  const names = [...new Set(others.flatMap(([, seen]) => seen.names))].filter((name) => name !== mailHost)
  return [
    finding.wrong('greeting-name-wrong', {
      subject: `${address} greeting`,
      text: `calls itself ${names.map((name) => name || 'nothing').join(' and ')} on ${on(others)}, not ${mailHost}`,
      remedy: `hostname: "${mailHost}" in /etc/chasquid/chasquid.conf, then systemctl restart chasquid`,
    }),
  ]
}

function judgeAuth(address: string, ports: SeenMailServer['ports']): readonly Finding[] {
  return (['smtp', 'submission'] as const).flatMap((port): readonly Finding[] => {
    const { clearAuth, names } = ports[port]
    const subject = placeOf(address, port)
    if (clearAuth !== undefined) {
      const remedy = 'let the server offer AUTH only under TLS'
      return [finding.wrong('auth-in-clear', { subject, text: `takes passwords before TLS: ${clearAuth}`, remedy })]
    }
    return names.length < 1 ? [] : [finding.right('auth-in-clear', { subject, text: 'takes no password before TLS' })]
  })
}

function judgeRelay({ address, relay, nobody }: SeenMailServer): Finding {
  const subject = placeOf(address, 'smtp')
  const counted = relay.filter(({ isAmbiguous }) => !isAmbiguous || outcomeOf(nobody) !== 'accepted')
  const accepted = counted.find((tried) => outcomeOf(tried) === 'accepted')
  if (accepted) {
    return finding.wrong('open-relay', {
      subject,
      text: `takes mail from ${accepted.sender} to ${accepted.recipient}, which is none of its own`,
      seen: accepted.steps.map(({ command, text }) => `${command}: ${text}`).join('; '),
      remedy: 'let it take mail to its own domains only, unless the client has logged in',
    })
  }
  const open = counted.find((tried) => outcomeOf(tried) === 'unknown')
  if (open) return finding.unknown('open-relay', { subject, text: whyUnknown(open) })
  return finding.right('open-relay', { subject, text: `refuses to relay, tried in ${counted.length} ways` })
}

function judgeSubmission(address: string, port: PortName, { submissions, problem }: SeenPort): Finding {
  const subject = placeOf(address, port)
  const accepted = submissions.find((tried) => outcomeOf(tried) === 'accepted')
  if (accepted) {
    return finding.wrong('submission-open', {
      subject,
      text: `takes mail from ${accepted.sender} to ${accepted.recipient} without a login`,
      seen: accepted.steps.map(({ command, text }) => `${command}: ${text}`).join('; '),
      remedy: 'let the port demand AUTH (RFC 6409 section 4.3)',
    })
  }
  const open = submissions.find((tried) => outcomeOf(tried) === 'unknown')
  if (open) return finding.unknown('submission-open', { subject, text: whyUnknown(open) })
  if (submissions.length === 0) return finding.unknown('submission-open', { subject, text: problem ?? 'no answer' })
  const reply = submissions[0]?.steps.at(-1)?.text
  return finding.right('submission-open', { subject, text: 'takes nothing without a login', seen: reply })
}

function judgeDuty(address: string, tried: Tried): Finding {
  const recipient = tried.recipient.slice(1, -1)
  const found = { subject: `${recipient} at ${address}`, seen: tried.steps.at(-1)?.text }
  switch (outcomeOf(tried)) {
    case 'accepted':
      return finding.right('postmaster-refused', { ...found, text: 'is accepted' })
    case 'unknown':
      return finding.unknown('postmaster-refused', { ...found, text: whyUnknown(tried) })
    case 'refused': {
      const [name = '', domain = ''] = recipient.split('@')
      const remedy = `domains: { ${domain}: { aliases: { ${name}: ADDRESS } } } in the inventory`
      return finding.wrong('postmaster-refused', { ...found, text: `mail to ${recipient} is refused`, remedy })
    }
  }
}

function outcomeOf({ steps, broken }: Tried): 'accepted' | 'refused' | 'unknown' {
  const code = steps.at(-1)?.code ?? 0
  if (broken === undefined && code >= 200 && code < 300) return 'accepted'
  return code >= 500 ? 'refused' : 'unknown'
}

function whyUnknown({ steps, broken }: Tried): string {
  const last = steps.at(-1)
  return broken ?? `${last?.command} is put off: ${last?.text}`
}

function entries(ports: SeenMailServer['ports']): readonly (readonly [PortName, SeenPort])[] {
  return (['smtp', 'submission', 'submissions'] as const).map((port) => [port, ports[port]])
}

function placeOf(address: string, port: PortName): string {
  return `${address} port ${numbers[port]}`
}
