import * as z from 'zod'
import { type Change, notReady, type Plan, resource } from '../core/resource.ts'
import { Secret } from '../core/secret.ts'
import { type Script, sh } from '../core/shell.ts'
import { lacks, parseChasquidVersion } from '../mail/chasquid-version.ts'
import { formatUserEntry, hashPassword, parseUserEntry, type UserEntry, verifyPassword } from '../mail/user-database.ts'
import { domainDirectory, domainMissing, GROUP, NOT_INSTALLED, readVersion } from './chasquid-host.ts'
import { secret } from './secret-field.ts'

const params = () =>
  z
    .strictObject({
      user: z
        .string()
        .regex(
          /^[a-z0-9_+-][a-z0-9._+-]*@[a-z0-9.-]+\.[a-z0-9-]+$/,
          'must be an address in lower case, such as i@example.org',
        )
        .describe('The address: a name and a domain of chasquid_domain.'),
      password: secret().describe('The password. Only its hash, made on this machine, goes to the host.').optional(),
      receive_only: z
        .boolean()
        .describe('The user may not log in and has no password (chasquid 1.13 or newer).')
        .default(false),
      state: z
        .enum(['present', 'absent'])
        .describe('`absent` removes the user; mail that is queued stays.')
        .default('present'),
    })
    .refine(({ password, receive_only, state }) => state === 'absent' || (password !== undefined) !== receive_only, {
      path: ['password'],
      error: 'either a password or receive_only: true is needed',
    })

type Wanted = z.output<ReturnType<typeof params>>

export const chasquidUser = resource({
  name: 'chasquid_user',
  summary: 'A user of chasquid, who may log in and send.',
  description:
    'Other users in the file are left alone. chasquid reads the file again within 30 seconds, without a restart. The password is compared by its hash, so an equal one changes nothing.',
  examples: `
- name: Sender i@example.org
  chasquid_user: { user: i@example.org, password: "{{ secrets.i }}" }
- chasquid_user: { user: dmarc@example.org, receive_only: true }
`,
  params,

  read: ({ user, receive_only }) => ({
    entry: readEntry(user),
    version: receive_only ? readVersion : sh``,
  }),

  plan(wanted, now): Plan {
    const { user, state, receive_only } = wanted
    const { name, domain, file } = split(user)
    const found = parseUserEntry(now.entry.replace(/^(no directory|attributes .*)\n/, ''))
    if (state === 'absent') {
      return found ? [{ what: `user ${user}`, from: 'present', to: 'absent', apply: rewrite(file, name) }] : []
    }
    if (now.entry === 'no directory\n') return notReady(domainMissing(domain))
    if (receive_only) {
      const version = parseChasquidVersion(now.version)
      if (!version) return notReady(NOT_INSTALLED)
      const lacking = lacks(version, 'receiveOnly')
      if (lacking) return notReady(lacking)
    }
    return [...planAttributes(file, now.entry), ...planEntry(wanted, found)]
  },
})

function planEntry({ user, password }: Wanted, found: UserEntry | undefined): readonly Change[] {
  const { name, file } = split(user)
  if (password === undefined) {
    if (found?.kind === 'denied') return []
    const entry = formatUserEntry(name, { kind: 'denied' })
    return [
      {
        what: `user ${user}`,
        from: found ? 'may log in' : 'absent',
        to: 'receives only',
        apply: rewrite(file, name, entry),
      },
    ]
  }
  if (found && verifyPassword(found, password.reveal())) return []
  const entry = new Secret(formatUserEntry(name, hashPassword(password.reveal(), user)))
  const what = found
    ? { what: `password of ${user}`, from: 'another', to: String(password) }
    : { what: `user ${user}`, from: 'absent', to: 'present' }
  return [{ ...what, apply: rewrite(file, name, entry) }]
}

// Only reported where it is wrong: the first user makes the file, and that must not look like a change to the second.
function planAttributes(file: string, answer: string): readonly Change[] {
  const [, mode, owner] = /^attributes (\S+) (\S+)\n/.exec(answer) ?? []
  if (mode === undefined || owner === undefined) return []
  const apply = sh`chown ${`root:${GROUP}`} ${file} && chmod 0640 ${file}`
  return [{ what: file, from: `${owner} 0${mode}`, to: `root:${GROUP} 0640`, apply }]
}

/**
 * Prints the entries of one user, or all but those. Entries are told apart by their braces at line ends, as chasquid writes them:
 * a brace inside a string never ends a line.
 */
const SPLIT_ENTRIES = `
!inside && /^users:? *\\{$/ { inside = 1; text = ""; found = 0; depth = 0 }
inside {
  text = text $0 "\\n"
  if ($1 == "key:" && $2 == key) found = 1
  if ($0 ~ /\\{$/) depth++
  if ($0 ~ /^[ \\t]*\\}$/) depth--
  if (depth == 0) { inside = 0; if (found != others) printf "%s", text }
  next
}
others { print }
END { if (inside) exit 1 }
`

// One user's entry and nothing else travels: other items about the same file then do not disturb this one.
function readEntry(user: string): Script {
  const { name, domain, file } = split(user)
  return sh`if [ ! -d ${domainDirectory(domain)} ]; then
  echo no directory
elif [ -f ${file} ]; then
  attributes=$(stat -c '%a %U:%G' ${file}) &&
  { [ "$attributes" = ${`640 root:${GROUP}`} ] || printf 'attributes %s\n' "$attributes"; } &&
  awk -v others=0 -v key=${`"${name}"`} ${SPLIT_ENTRIES} ${file}
fi`
}

/** The script that replaces the entry of one user, or removes it. */
export function rewrite(file: string, name: string, entry: string | Secret = ''): Script {
  return sh`kept=$([ ! -f ${file} ] || awk -v others=1 -v key=${`"${name}"`} ${SPLIT_ENTRIES} ${file}) &&
place_file ${file} owner=root group=${GROUP} mode=0640 text="\${kept:+$kept
}"${entry}`
}

function split(user: string): { readonly name: string; readonly domain: string; readonly file: string } {
  const [name = '', domain = ''] = user.split('@')
  return { name, domain, file: `${domainDirectory(domain)}/users` }
}
