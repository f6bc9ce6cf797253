import * as z from 'zod'
import { type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { domain, domainDirectory } from './chasquid-host.ts'
import { rewrite } from './chasquid-user.ts'

const params = () =>
  z.strictObject({
    domain: domain().describe('The mail domain.'),
    senders: z.array(z.string()).describe('Names of users who stay, without the domain.').default([]),
    receivers: z.array(z.string()).describe('More of them.').default([]),
    purge: z.boolean().describe('Remove all others; otherwise they are only registered.').default(false),
  })

export const chasquidUsers = resource({
  name: 'chasquid_users',
  summary: 'Which users of a domain there may be.',
  description:
    'Users are made by `chasquid_user`. This one finds those who are no longer wanted, and removes them where `purge` says so. `register` keeps `domain` and `unlisted`, their names.',
  examples: `
- chasquid_users: { domain: example.org, senders: [i, news], purge: true }
`,
  params,
  read: ({ domain: name }) => ({
    // Names and nothing else: the hashes stay where they are.
    names: sh`if [ -f ${`${domainDirectory(name)}/users`} ]; then sed -n 's/^[ \t]*key: "\([^"\\]*\)"$/\1/p' ${`${domainDirectory(name)}/users`}; fi`,
  }),
  plan: (wanted, now): Plan =>
    wanted.purge
      ? unlisted(wanted, now.names).map((name) => ({
          what: `user ${name}@${wanted.domain}`,
          from: 'present',
          to: 'absent',
          apply: rewrite(`${domainDirectory(wanted.domain)}/users`, name),
        }))
      : [],
  result: (wanted, now) => ({ domain: wanted.domain, unlisted: [...unlisted(wanted, now.names)] }),
})

function unlisted({ senders, receivers }: z.output<ReturnType<typeof params>>, names: string): readonly string[] {
  return names.split('\n').filter((name) => name !== '' && ![...senders, ...receivers].includes(name))
}
