import * as z from 'zod'
import { type Change, change, notReady, resource } from '../core/resource.ts'
import { Secret } from '../core/secret.ts'
import { type Script, sh } from '../core/shell.ts'
import { readAccount, readGroups } from './account-state.ts'
import { group, line, oneOrMore, owner, path } from './params.ts'
import { secret } from './secret-field.ts'

const params = () =>
  z.strictObject({
    name: owner().describe('The user.'),
    uid: z.int().nonnegative().describe('The number of the user.').optional(),
    group: group()
      .describe('Primary group, which must exist. Without it a new user gets a group of the same name.')
      .optional(),
    groups: oneOrMore(group()).describe('Further groups, which must exist.').optional(),
    append: z.boolean().describe('Stay in groups that are not listed. `false`: leave them.').default(true),
    shell: path().describe('Login shell.').optional(),
    home: path().describe('Home directory. It is made with a new user; an existing one is not moved.').optional(),
    create_home: z
      .boolean()
      .describe('Make the home directory of a new user. Default: yes, but not for a system user.')
      .optional(),
    comment: line()
      .refine((text) => !text.includes(':'), 'must not contain a colon')
      .describe('Full name or purpose.')
      .optional(),
    system: z.boolean().describe('Take a number of the range for services, when it is made.').default(false),
    password_hash: secret()
      .describe('Hash as in shadow(5), made with `mkpasswd` or `openssl passwd -6`; `!` locks the password.')
      .optional(),
    state: z.enum(['present', 'absent']).describe('`absent` removes the user.').default('present'),
    remove: z.boolean().describe('With `state: absent`: the home directory and the mail spool go, too.').default(false),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const user = resource({
  name: 'user',
  summary: 'Make, change or remove a user of the host.',
  examples: `
- name: The person who looks after the host
  user: { name: deploy, groups: [sudo], shell: /bin/bash }
- name: A service without a login
  user: { name: relay, system: true, shell: /usr/sbin/nologin, home: /var/lib/relay }
`,
  params,

  read: ({ name, groups = [], group, password_hash, state }) => ({
    account: readAccount(name),
    groups: state === 'absent' ? sh`` : readGroups([...new Set([...groups, ...(group ? [group] : []), name])]),
    // The stored hash stays on the host: only the verdict travels.
    password:
      password_hash && state === 'present'
        ? sh`IFS=: read -r _ hash _ <<EOF
$(getent shadow ${name} || [ $? -eq 2 ])
EOF
if [ "$hash" = ${password_hash} ]; then echo same; elif [ -n "$hash" ]; then echo different; else echo none; fi`
        : sh``,
  }),

  plan(wanted, now) {
    const { name, state, remove } = wanted
    const account = parseAccount(now.account)
    if (state === 'absent') {
      const options = remove ? ['--remove', name] : [name]
      return account ? change(`user ${name}`, 'present', 'absent', sh`userdel ${options}`) : []
    }
    const existing = new Set(now.groups.split('\n').map((entry) => entry.split(':')[0]))
    const missing = [...(wanted.groups ?? []), ...(wanted.group ? [wanted.group] : [])].find(
      (group) => !existing.has(group),
    )
    if (missing !== undefined) return notReady(`the group ${missing} does not exist`)
    return [
      ...(account ? planExisting(wanted, account) : planNew(wanted, existing.has(name))),
      ...planPassword(wanted, now.password.trim()),
    ]
  },

  result: (_, now) => {
    const account = parseAccount(now.account)
    return account ? { uid: Number(account.uid), home: account.home, shell: account.shell, groups: account.groups } : {}
  },
})

interface Account {
  readonly uid: string
  readonly comment: string
  readonly home: string
  readonly shell: string
  /** The primary group first, as id(1) prints it. */
  readonly groups: readonly string[]
}

function parseAccount(answer: string): Account | undefined {
  const [entry = '', groups = ''] = answer.split('\n')
  const [, , uid, , comment = '', home = '', shell = ''] = entry.split(':')
  return uid === undefined ? undefined : { uid, comment, home, shell, groups: groups.split(' ') }
}

function planNew(wanted: Wanted, groupExists: boolean): readonly Change[] {
  const { name, uid, group, groups, shell, home, comment, system, create_home = !system } = wanted
  const options = [
    ...(uid === undefined ? [] : ['--uid', uid]),
    // useradd refuses to make a group that is there already.
    ...(group ? ['--gid', group] : groupExists ? ['--gid', name] : ['--user-group']),
    ...(groups ? ['--groups', groups.join(',')] : []),
    ...(shell ? ['--shell', shell] : []),
    ...(home ? ['--home-dir', home] : []),
    ...(comment === undefined ? [] : ['--comment', comment]),
    ...(system ? ['--system'] : []),
    create_home ? '--create-home' : '--no-create-home',
    name,
  ]
  // Without its signal to end, it is done in a moment; ended in the middle, it leaves an entry without a group.
  const add = sh`(trap '' HUP TERM && useradd ${options})`
  return change(`user ${name}`, 'absent', 'present', create_home ? withHome(name, home, add) : add)
}

// useradd says nothing, and exits 0, where there is no room for the files of /etc/skel.
function withHome(name: string, home: string | undefined, add: Script): Script {
  return sh`home=${home ?? sh`$(useradd -D | sed -n 's/^HOME=//p')/${name}`}
[ ! -e "$home" ] || home=''
${add} || exit
[ -z "$home" ] || diff -rq --no-dereference /etc/skel "$home" >&2 || {
  df -P "$home" >&2
  userdel --remove ${name} 2>/dev/null
  exit 1
}`
}

function planExisting(wanted: Wanted, now: Account): readonly Change[] {
  const { name } = wanted
  const [primary = '', ...others] = now.groups
  const aspects: readonly (readonly [string, string, string | undefined, string])[] = [
    ['uid', now.uid, wanted.uid?.toString(), '--uid'],
    ['primary group', primary, wanted.group, '--gid'],
    ['shell', now.shell, wanted.shell, '--shell'],
    ['home', now.home, wanted.home, '--home'],
    ['comment', now.comment, wanted.comment, '--comment'],
  ]
  const isLost = wanted.group === undefined && /^\d+$/.test(primary)
  return [
    // What a useradd that was killed has left out.
    ...(isLost
      ? change('primary group', `${primary}, without a name`, name, sh`groupadd --gid ${primary} ${name}`)
      : []),
    ...aspects.flatMap(([what, from, to, option]) =>
      to === undefined ? [] : change(what, from, to, sh`usermod ${option} ${to} ${name}`),
    ),
    ...planGroups(wanted, others),
  ]
}

function planGroups({ name, groups, group, append }: Wanted, now: readonly string[]): readonly Change[] {
  if (!groups) return []
  const wanted = groups.filter((other) => other !== group)
  const to = [...new Set(append ? [...now, ...wanted] : wanted)].toSorted()
  return change('groups', now.toSorted().join(' '), to.join(' '), sh`usermod --groups ${to.join(',')} ${name}`)
}

function planPassword({ name, password_hash }: Wanted, now: string): readonly Change[] {
  if (!password_hash || now === 'same') return []
  return [
    {
      what: 'password',
      from: now === 'none' ? 'none' : 'another',
      to: String(password_hash),
      apply: setPassword(name, password_hash),
    },
  ]
}

// chpasswd reads standard input: a hash among the arguments would show in ps.
function setPassword(name: string, hash: Secret): Script {
  return sh`printf '%s\n' ${new Secret(`${name}:${hash.reveal()}`)} | chpasswd -e`
}
