import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { sh } from '../core/shell.ts'
import { domainName } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    name: domainName().describe('The public name of the host.'),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'name-on-loopback': {
    importance: 'recommended',
    summary:
      '/etc/hosts gives the public name of the host a loopback address, so programs there see another one than the world',
    remedy: 'Take the name from the lines of 127.0.0.1 and ::1 in /etc/hosts',
  },
} as const

const finding = findingsOf(kinds)

export const loopbackName = probe({
  name: 'loopback_name',
  summary: 'See whether /etc/hosts hides the public address of a name behind the loopback.',
  description: `127.0.1.1 is not taken for wrong: there Debian keeps a host's own name (Debian Reference 5.1.1), and so does \`hostname\`.`,
  examples: `
- loopback_name: { name: smtp.example.org }
`,
  params,
  findings: kinds,
  read: () => ({ hosts: sh`if [ -e /etc/hosts ]; then cat /etc/hosts; fi` }),
  look: async () => undefined,
  judge: (wanted, now) => judgeHosts(wanted, now.hosts),
})

export function judgeHosts({ name }: Wanted, hosts: string): Report {
  const wrong = hosts.split('\n').flatMap((line): Finding[] => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    const isLoopback = address === '::1' || (address.startsWith('127.') && address !== '127.0.1.1')
    if (!isLoopback || !names.includes(name)) return []
    return [
      finding.wrong('name-on-loopback', {
        subject: `${name} in /etc/hosts`,
        text: `is ${address} on the host itself`,
        seen: line.trim(),
        remedy: takeOut(address, name),
      }),
    ]
  })
  const right = { subject: `${name} in /etc/hosts`, text: 'no loopback address' }
  return { findings: wrong.length > 0 ? wrong : [finding.right('name-on-loopback', right)] }
}

// What is left is the address without the name, or nothing where it was the only one.
function takeOut(address: string, name: string): string {
  const dotted = (text: string) => text.replaceAll('.', '\\.')
  const own = `/^[[:space:]]*${dotted(address)}[[:space:]]/`
  return `sed -i -E '${own}{s/[[:space:]]+${dotted(name)}([[:space:]]|$)/\\1/I;/^[^[:space:]#]+[[:space:]]*$/d}' /etc/hosts`
}
