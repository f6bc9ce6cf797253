import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { sh } from '../core/shell.ts'
import { domainName } from './probe-fields.ts'

/** The ports of its socket units; which unit brings which port. */
const SOCKETS = { 25: 'chasquid-smtp', 587: 'chasquid-submission', 465: 'chasquid-submission_tls' } as const

/** Seconds after which an end of the daemon is past. */
const LONG_AGO = 600

const params = () =>
  z.strictObject({
    mail_host: domainName().describe('What chasquid has to call itself.'),
    settle: z
      .number()
      .min(0)
      .max(30)
      .describe('Seconds that it must have been up: one that has just been started is waited for.')
      .default(2),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'chasquid-unstable': {
    importance: 'required',
    summary: 'chasquid does not run, or has ended and was started again',
    remedy: 'journalctl -u chasquid -n 50 says why it ends',
  },
  'chasquid-deaf': {
    importance: 'required',
    summary: 'A port of chasquid is not open for IPv4 or for IPv6 although the kernel has it',
    remedy: 'systemctl restart SOCKET: a socket keeps the addresses that there were when it was opened',
  },
  'chasquid-greeting': {
    importance: 'required',
    summary: 'chasquid greets with another name than it is configured for, so it still runs with an old configuration',
    remedy: 'systemctl restart chasquid',
  },
  'chasquid-errors': {
    importance: 'recommended',
    summary: 'chasquid has logged errors since it was started',
    remedy: 'journalctl -u chasquid shows them among other lines',
  },
} as const

const finding = findingsOf(kinds)

export const chasquidRunning = probe({
  name: 'chasquid_running',
  summary: 'See on the host whether chasquid runs steadily, listens, greets with its name, and logs no errors.',
  description: `What the host itself knows after a start, where \`port\`, \`banner\` and \`smtp_dialogue\` look from outside. Errors count from the last start on.`,
  examples: `
- chasquid_running: { mail_host: smtp.example.org }
`,
  params,
  findings: kinds,
  read: ({ settle }) => ({ state: readState(settle) }),
  look: async () => undefined,
  judge: (wanted, now) => judgeRunning(wanted, now.state),
})

const readState = (settle: number) => sh`
started=$(systemctl show -p ActiveEnterTimestamp --value chasquid.service)
since=0
if [ -n "$started" ]; then
  since=$(date -d "$started" +%s)
  left=$((since + ${settle} - $(date +%s)))
  if [ "$left" -gt 0 ]; then sleep "$left"; fi
fi
systemctl show -p LoadState -p ActiveState -p SubState -p NRestarts chasquid.service
echo "up $(($(date +%s) - since))"
if grep -qs . /proc/net/if_inet6; then echo ipv6; fi
ss -Hltn | awk '{ print "listens", $4 }'
printf 'greeting %s\n' "$(timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/25 && read -r line <&3 && echo "$line" && printf "QUIT\r\n" >&3' 2>/dev/null)"
journalctl -q -o cat -u chasquid.service -S "@$since" | grep -E '^(E|[^ -~]+) ' | tail -n 3 | sed 's/^/error /'`

export function judgeRunning({ mail_host }: Wanted, answer: string): Report {
  const lines = answer.split('\n')
  const all = (word: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim())
  const unit = (name: string): string => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  const state = judgeUnit(unit, Number(all('up')[0]))
  // Where it does not run, nothing else says more.
  if (state.verdict === 'wrong') return { findings: [state] }
  const listens = all('listens')
  const families = lines.includes('ipv6') ? (['IPv4', 'IPv6'] as const) : (['IPv4'] as const)
  return {
    findings: [
      state,
      ...Object.entries(SOCKETS).flatMap(([port, socket]) =>
        families.map((family) => judgePort(port, socket, family, listens)),
      ),
      judgeGreeting(mail_host, all('greeting')[0] ?? ''),
      ...judgeErrors(all('error')),
    ],
  }
}

/** @param up seconds since it was started last. */
function judgeUnit(unit: (name: string) => string, up: number): Finding {
  const subject = 'chasquid'
  if (unit('LoadState') === 'not-found') {
    return finding.wrong('chasquid-unstable', {
      subject,
      text: 'is not installed',
      remedy: 'provision -i INVENTORY site',
    })
  }
  const remedy = kinds['chasquid-unstable'].remedy
  const seen = `${unit('ActiveState')} (${unit('SubState')})`
  if (unit('ActiveState') !== 'active') {
    return finding.wrong('chasquid-unstable', { subject, text: 'does not run', seen, remedy })
  }
  const restarts = Number(unit('NRestarts') || 0)
  if (restarts === 0) return finding.right('chasquid-unstable', { subject, text: 'runs' })
  const times = restarts === 1 ? 'once' : `${restarts} times`
  return finding.wrong('chasquid-unstable', {
    subject,
    text: `has ended ${times} and was started again`,
    // Long ago it is no more than a remark.
    importance: up < LONG_AGO ? 'required' : 'recommended',
    seen,
    remedy: `${remedy}; systemctl restart chasquid counts from the beginning`,
  })
}

// As ss(8) prints: `*` is a socket for both families.
function judgePort(port: string, socket: string, family: 'IPv4' | 'IPv6', listens: readonly string[]): Finding {
  const any = family === 'IPv4' ? '0.0.0.0' : '[::]'
  const subject = `port ${port} ${family}`
  if (listens.includes(`*:${port}`) || listens.includes(`${any}:${port}`)) {
    return finding.right('chasquid-deaf', { subject, text: 'is open' })
  }
  return finding.wrong('chasquid-deaf', {
    subject,
    text: 'is not open',
    remedy: `systemctl restart ${socket}.socket chasquid.service`,
  })
}

function judgeGreeting(wanted: string, greeting: string): Finding {
  const name = /^220[ -](\S+)/.exec(greeting)?.[1]
  const subject = 'greeting'
  if (name === wanted) return finding.right('chasquid-greeting', { subject, text: `is ${name}` })
  return finding.wrong('chasquid-greeting', {
    subject,
    text: name === undefined ? `does not come, instead of ${wanted}` : `is ${name} instead of ${wanted}`,
    ...(greeting === '' ? {} : { seen: greeting }),
    remedy: kinds['chasquid-greeting'].remedy,
  })
}

function judgeErrors(errors: readonly string[]): readonly Finding[] {
  const subject = 'log of chasquid'
  if (errors.length === 0) return [finding.right('chasquid-errors', { subject, text: 'no errors since its start' })]
  return errors.map((seen) =>
    finding.wrong('chasquid-errors', {
      subject,
      text: 'has an error since its start',
      seen,
      remedy: kinds['chasquid-errors'].remedy,
    }),
  )
}
