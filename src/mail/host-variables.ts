import * as z from 'zod'

const port = () => z.int().min(1).max(65_535)

/** Variables about the machine itself: what `site` makes of it besides a mail server. Each stage can be switched off. */
export const hostVariables = {
  timezone: z.string().default('UTC').describe('Time zone, such as `Europe/Berlin`.'),
  locale: z.string().default('en_US.UTF-8').describe('System locale.'),
  packages: z.array(z.string()).default([]).describe('More packages to install.'),
  fetch_from: z
    .enum(['host', 'controller'])
    .default('host')
    .describe(
      'Who fetches the pinned packages of chasquid and acme.sh: each `host`, or the `controller`, once for all, where hosts do not reach the archive (IPv6 only, a firewall that lets nothing out).',
    ),
  upgrades: z
    .union([
      z.boolean(),
      z.strictObject({
        reboot: z
          .string()
          .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time in quotes, such as "04:00"')
          .optional()
          .describe('When to restart the host after an upgrade that wants it, such as `"04:00"`. Left out: never.'),
      }),
    ])
    .default(true)
    .describe('Install security updates unattended.'),
  time_sync: z
    .boolean()
    .default(true)
    .describe('Have the clock set: by chrony or ntp where one of them is installed, else by systemd-timesyncd.'),
  journal: z
    .union([
      z.literal(false),
      z.strictObject({
        max_use: z
          .string()
          .regex(/^\d+[KMGT]?$/, 'must be such as 200M')
          .default('200M')
          .describe('How much of the disk the log may take (`SystemMaxUse` of journald.conf(5)).'),
      }),
    ])
    .prefault({})
    .describe('The log. `false`: its limits are left alone.'),
  ssh: z
    .union([
      z.literal(false),
      z.strictObject({
        password_login: z
          .union([z.literal('auto'), z.boolean()])
          .default('auto')
          .describe(
            'Logging in over SSH with a password. `auto`: off where this program came in by a key, else as it is.',
          ),
        root_login: z
          .union([z.enum(['auto', 'key']), z.boolean()])
          .default('auto')
          .describe(
            'Logging in as root: `true`, `false`, or with a `key` only. `auto`: with a key only where this program came in by one and passwords were allowed, else as it is.',
          ),
        keepalive: z
          .int()
          .min(0)
          .default(60)
          .describe(
            'Seconds after which a silent client is asked whether it is there, three times before it is let go. 0: never.',
          ),
      }),
    ])
    .prefault({})
    .describe('sshd. Nobody is locked out: what would do that is refused. `false`: sshd is left alone.'),
  outgoing_ipv6: z
    .boolean()
    .default(true)
    .describe('Switch IPv6 on in the kernel, so that mail also leaves over it. `false`: the kernel is left alone.'),
  firewall: z
    .union([
      z.boolean(),
      z.strictObject({ tcp: z.array(port()).default([]).describe('More TCP ports that are open to everybody.') }),
    ])
    .default(true)
    .describe(
      'Let in only ssh, 25, 465, 587, ICMP, and 443 for the policies of MTA-STS: by nftables, or by ufw where it is in use. A firewall of the provider has to let them in, too.',
    ),
  local_resolver: z
    .boolean()
    .default(false)
    .describe(
      'Run unbound on the host and ask it alone: blocklists refuse to answer through large public resolvers, and answers are checked by DNSSEC.',
    ),
  sender_guard: z
    .boolean()
    .default(true)
    .describe('Let senders use their own addresses only, in MAIL FROM and From; more by `send_as` of a domain.'),
}

/** As whom senders of a domain may send besides themselves. */
export const sendAs = z
  .record(z.string(), z.union([z.string(), z.array(z.string())]))
  .default({})
  .describe(
    'As whom senders may send besides themselves: local part → address or list; `"*@example.org"` is a whole domain, `"*"` anybody.',
  )
