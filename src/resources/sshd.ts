import * as z from 'zod'
import { parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import { type Impossible, impossible, isChanges, notReady, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { duration } from './params.ts'
import { findOverride, meaning, parseConfiguration, parseLine, readConfiguration } from './sshd-configuration.ts'
import { type Login, parseLogin, readLogin, readOtherAdministrators } from './sshd-login.ts'

/** The first of its directory: sshd takes the first value that it finds (sshd_config(5)). */
const FILE = '/etc/ssh/sshd_config.d/00-provision.conf'

const params = () =>
  z.strictObject({
    password_login: z
      .union([z.literal('auto'), z.boolean()])
      .describe(
        '`PasswordAuthentication`, and with `false` also `KbdInteractiveAuthentication`. `auto`: off where this very connection was let in by a key, else as it is.',
      )
      .optional(),
    root_login: z
      .union([z.enum(['auto', 'key']), z.boolean()])
      .describe(
        '`PermitRootLogin`: `true`, `false`, or `key` for prohibit-password. `auto`: `key` in place of `yes` where this very connection was let in by a key.',
      )
      .optional(),
    client_alive_interval: z
      .union([z.literal(0), duration()])
      .describe('`ClientAliveInterval`: after so long without a word from a client, ask whether it is there. 0: never.')
      .optional(),
    client_alive_count_max: z
      .int()
      .min(0)
      .describe('`ClientAliveCountMax`: after so many questions without an answer, end the connection.')
      .optional(),
    max_auth_tries: z.int().min(1).describe('`MaxAuthTries`: attempts to log in per connection.').optional(),
    login_grace_time: duration().describe('`LoginGraceTime`: time to log in.').optional(),
    x11_forwarding: z.boolean().describe('`X11Forwarding`.').optional(),
  })

type Wanted = z.output<ReturnType<typeof params>>
type Settings = ReadonlyMap<string, string>

export const sshd = resource({
  name: 'sshd',
  summary: 'Set how sshd lets people in, and lock nobody out.',
  description: `
Writes ${FILE}, has \`sshd -t\` accept the file and then the whole configuration, and reloads sshd; connections that are open stay. When sshd refuses, the old file is put back.

**Nobody is locked out.** Password login is not switched off where the user who logs in has no authorized key and did not come in by one. root's login is not
switched off for a session of root's unless another user has a key and may use sudo. With \`auto\` the method of this connection decides, as sshd logged it
(\`Accepted publickey for …\`); where it cannot be told, what is there stays. What \`auto\` has once written stays, too.

sshd takes the first value that it finds. A line that is read before this file and says something else is an error that names it. So is a Match block that says
something else about what was asked for; what \`auto\` chose, a Match block may except.`,
  examples: `
- name: Nobody guesses passwords
  sshd: { password_login: false, root_login: key }
- sshd: { password_login: auto, root_login: auto, client_alive_interval: 60, client_alive_count_max: 3 }
`,
  params,

  read: ({ password_login, root_login }) => ({
    effective: readEffective,
    file: readFile(FILE),
    configuration: readConfiguration,
    login: password_login === undefined && root_login === undefined ? sh`` : readLogin,
    others: root_login === false ? readOtherAdministrators : sh``,
  }),

  plan(wanted, now): Plan {
    if (now.effective === 'no sshd\n') return notReady('sshd is not installed')
    if (now.effective.startsWith('invalid ')) {
      return impossible(`sshd refuses its own configuration: ${now.effective.slice('invalid '.length).trim()}`)
    }
    const file = parseFile(now.file)
    const effective = parseSettings(now.effective)
    const login = parseLogin(now.login)
    const own = parseSettings(file.kind === 'file' ? (file.content ?? '') : '')
    const settings = settingsOf(wanted, login, own, effective)
    if (settings.size === 0 && file.kind !== 'file') return []
    const obstacle =
      findDanger(settings, effective, login, now.others) ??
      findOverride(settings, FILE, parseConfiguration(now.configuration), chosenByAuto(wanted))
    if (obstacle) return obstacle
    const content = `# Written by provision; changes are overwritten. The first value that sshd finds counts.\n${[
      ...settings,
    ]
      .map(([key, value]) => `${key} ${value}\n`)
      .join('')}`
    const target = { path: FILE, content, owner: 'root', group: 'root', mode: '0644', validate: 'sshd -t -f %s' }
    const plan = planFile(target, file)
    if (!isChanges(plan)) return plan
    const [placing] = plan
    if (placing) return [{ ...placing, apply: placeAndReload(placeFile(target)) }]
    return findDifference(settings, effective) ?? []
  },

  guard: () => ({
    files: [FILE],
    // Where systemd listens in its place, sshd runs only while somebody is connected.
    reload: sh`if systemctl is-active --quiet ssh.socket; then
  systemctl try-reload-or-restart ssh.service
else
  systemctl reload-or-restart ssh.service
fi`,
  }),

  result: (_, now) => ({
    by_key: parseLogin(now.login).isByKey,
    password_login: parseSettings(now.effective).get('passwordauthentication') === 'yes',
  }),
})

const readEffective = sh`
if ! command -v sshd >/dev/null; then
  echo no sshd
elif said=$(sshd -T 2>&1); then
  printf '%s\n' "$said"
else
  printf 'invalid %s\n' "$said"
fi`

/** Values by keywords in lower case, as \`sshd -T\` prints them. */
function parseSettings(text: string): Settings {
  return new Map(
    text.split('\n').flatMap((line) => {
      const setting = line.startsWith('#') ? undefined : parseLine(line)
      return setting ? [[setting.keyword.toLowerCase(), setting.value]] : []
    }),
  )
}

/** @param own what our own file says already: what `auto` chose once stays. */
function settingsOf(wanted: Wanted, login: Login, own: Settings, effective: Settings): Settings {
  const settings = new Map<string, string>()
  const set = (key: string, value: string | number | boolean | undefined): void => {
    if (value !== undefined) settings.set(key, typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value))
  }
  const { password_login, root_login } = wanted
  const kept = own.get('passwordauthentication')
  const password = password_login === 'auto' ? (login.isByKey ? false : kept) : password_login
  set('PasswordAuthentication', password)
  if (password === false || password === 'no') set('KbdInteractiveAuthentication', false)
  const mayTighten = login.isByKey && effective.get('permitrootlogin') === 'yes'
  const auto = own.get('permitrootlogin') ?? (mayTighten ? 'prohibit-password' : undefined)
  set('PermitRootLogin', root_login === 'auto' ? auto : root_login === 'key' ? 'prohibit-password' : root_login)
  set('ClientAliveInterval', wanted.client_alive_interval)
  set('ClientAliveCountMax', wanted.client_alive_count_max)
  set('MaxAuthTries', wanted.max_auth_tries)
  set('LoginGraceTime', wanted.login_grace_time)
  set('X11Forwarding', wanted.x11_forwarding)
  return settings
}

function chosenByAuto({ password_login, root_login }: Wanted): ReadonlySet<string> {
  return new Set([
    ...(password_login === 'auto' ? ['passwordauthentication', 'kbdinteractiveauthentication'] : []),
    ...(root_login === 'auto' ? ['permitrootlogin'] : []),
  ])
}

/** Why a setting would leave nobody who can log in. What is so already is no danger any more. */
function findDanger(settings: Settings, effective: Settings, login: Login, others: string): Impossible | undefined {
  const { user, isByKey, keys } = login
  const turns = (key: string, to: string): boolean =>
    settings.get(key) === to && meaning(effective.get(key.toLowerCase()) ?? '') !== to
  const hasKey = (isByKey || keys > 0) && effective.get('pubkeyauthentication') === 'yes'
  const needsKey =
    turns('PasswordAuthentication', 'no') || (user === 'root' && turns('PermitRootLogin', 'prohibit-password'))
  if (needsKey && !hasKey) {
    return impossible(
      `${user} has no authorized key, and could not log in any more without a password`,
      'give the user a key first (authorized_key), and log in with it',
    )
  }
  if (user === 'root' && turns('PermitRootLogin', 'no') && others.trim() === '') {
    return impossible(
      'this session is of root, and no other user has both an authorized key and the right to use sudo',
      'make such a user, and log in as that user (user:, become: true)',
    )
  }
  return undefined
}

/** The file is as wanted, and yet something else counts. */
function findDifference(settings: Settings, effective: Settings): Impossible | undefined {
  for (const [key, value] of settings) {
    const is = effective.get(key.toLowerCase())
    if (is !== undefined && meaning(is) === meaning(value)) continue
    return impossible(
      `${FILE} says ${key} ${value}, and yet sshd takes ${is ?? 'something else'}`,
      'compare `sshd -T` with the files that /etc/ssh/sshd_config includes',
    )
  }
  return undefined
}

function placeAndReload(placing: Script): Script {
  return sh`saved=$(mktemp) && { [ ! -e ${FILE} ] || cp -p -- ${FILE} "$saved"; } || exit
trap 'rm -f -- "$saved"' EXIT
${placing} || exit
if ! { sshd -t && systemctl try-reload-or-restart ssh.service; }; then
  echo 'the old configuration is put back' >&2
  if [ -s "$saved" ]; then cp -p -- "$saved" ${FILE}; else rm -f -- ${FILE}; fi
  systemctl try-reload-or-restart ssh.service
  exit 1
fi`
}
