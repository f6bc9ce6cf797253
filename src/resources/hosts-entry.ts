import * as z from 'zod'
import { impossible, resource } from '../core/resource.ts'
import { parseHostsNames, planHostsLine, readHostsLines } from './hosts-file.ts'
import { oneOrMore } from './params.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1'])

export const hostsEntry = resource({
  name: 'hosts_entry',
  summary: 'Keep the names of one address in /etc/hosts.',
  description:
    'The line of the address holds exactly these names; several lines of it become one. Lines of other addresses stay as they are.',
  examples: `
- name: The other mail host, without asking DNS
  hosts_entry: { ip: "2001:db8::12", names: [smtp2.example.org, smtp2] }
`,
  params: () =>
    z.strictObject({
      ip: z
        .union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' })
        .transform((address) => address.toLowerCase())
        .describe('The address.'),
      names: oneOrMore(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'must be a host name')).describe(
        'Its names, the full one first.',
      ),
      state: z
        .enum(['present', 'absent'])
        .describe('`absent` takes these names away, and the line with its last name.')
        .default('present'),
    }),

  read: ({ ip }) => ({ lines: readHostsLines(ip) }),

  plan({ ip, names, state }, now) {
    const found = parseHostsNames(now.lines)
    if (state === 'absent')
      return planHostsLine(
        ip,
        found,
        found.filter((name) => !names.includes(name)),
      )
    if (LOOPBACK.has(ip) && found.includes('localhost') && !names.includes('localhost')) {
      return impossible(`${ip} would lose its name localhost`, 'add localhost to names, or use 127.0.1.1')
    }
    return planHostsLine(ip, found, names)
  },
})
