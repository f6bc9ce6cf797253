import * as z from 'zod'
import { type Change, change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { caBundle, common, home, NO_CLIENT, reachAuthority, server } from './acme-host.ts'
import { installation, installOptions, prepare, readInstalled } from './acme-installation.ts'
import {
  type CertificateState,
  cannotBeSaved,
  certificateFiles,
  isSaved,
  parseCertificate,
  readCertificate,
  readCredentials,
  saveCredentials,
} from './acme-state.ts'
import { oneOrMore, text } from './params.ts'
import { secret } from './secret-field.ts'

const name = () =>
  z
    .string()
    .regex(
      /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
      'must be a name in lower case, such as example.org or *.example.org',
    )

const params = z.strictObject({
  domain: name()
    .refine((text) => !text.startsWith('*'), 'must not be a wildcard: put it among the names')
    .describe('First name of the certificate; acme.sh files it under this name.'),
  names: oneOrMore(name()).describe('Further names, such as *.example.org.').default([]),
  dns: z
    .string()
    .regex(/^dns_\w+$/, "must be one of acme.sh's hooks, such as dns_cf")
    .describe("acme.sh's hook for the DNS provider: dns_cf, dns_nsupdate, … (DNS-01, the only way to wildcards)."),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'must be a variable'), text().pipe(secret()))
    .describe(
      "The hook's variables, such as CF_Token. They are saved in acme.sh's account.conf (0600) for renewals, and stand in no environment or argument.",
    )
    .default({}),
  key_length: z
    .enum(['ec-256', 'ec-384', '2048', '3072', '4096'], {
      error: "must be 'ec-256', 'ec-384', '2048', '3072' or '4096'",
    })
    .describe('Kind and length of the key.')
    .default('ec-256'),
  days: z
    .int()
    .min(1)
    .max(80)
    .describe('Renew so many days after the issue; authorities shorten the life of certificates to 45 days.')
    .default(30),
  dns_sleep: z
    .int()
    .nonnegative()
    .describe('Seconds to wait for DNS, in place of asking public resolvers until they know.')
    .optional(),
  server: server(),
  ca_bundle: caBundle(),
  home: home(),
  install: installation.optional(),
})

type Wanted = z.output<typeof params>

export const acmeCertificate = resource({
  name: 'acme_certificate',
  summary: 'Have a certificate from an ACME authority, proven through DNS, and installed where it is used.',
  description: `What is there is judged by files alone, without a question to the authority. A new issue may take minutes: the authority waits for DNS,
and an authority that does not answer is given up after a minute. Renewal is a task of its own: a \`timer\` that runs \`acme.sh --cron --home /var/lib/acme.sh\`.`,
  examples: `
- acme_certificate:
    domain: example.org
    names: ["*.example.org"]
    dns: dns_cf
    env: { CF_Token: "{{ secrets.cf_token }}" }
    install:
      key: /etc/chasquid/certs/smtp.example.org/privkey.pem
      fullchain: /etc/chasquid/certs/smtp.example.org/fullchain.pem
      group: chasquid
      reload: systemctl try-restart chasquid
`,
  params,

  read: (wanted) => ({
    client: readClient(wanted),
    credentials: readCredentials(wanted.home, wanted.env),
    certificate: readCertificate(filesOf(wanted)),
    installed: wanted.install ? readInstalled(filesOf(wanted), wanted.install) : sh``,
  }),

  plan(wanted, now): Plan {
    const [obstacle = '', ...mutable] = now.client.trim().split('\n')
    if (obstacle !== 'ready') return notReady(obstacle)
    const unsavable = Object.entries(wanted.env).find(([, value]) => cannotBeSaved(value))
    if (unsavable)
      return impossible(
        `acme.sh cannot save ${unsavable[0]}: it holds a quote or a backslash`,
        'make another key at the provider',
      )
    const state = parseCertificate(now.certificate)
    const reason = whyIssue(wanted, state)
    return [
      ...planCredentials(wanted, now.credentials, new Set(mutable)),
      ...(reason ? [{ what: `certificate ${wanted.domain}`, ...reason, apply: issue(wanted) }] : []),
      // A new certificate is installed by the same call.
      ...(reason ? [] : [...planSettings(wanted, state), ...planInstallation(wanted, state, now.installed.trim())]),
    ]
  },
})

function planCredentials(
  { home, env, ...wanted }: Wanted,
  answer: string,
  mutable: ReadonlySet<string>,
): readonly Change[] {
  const missing = Object.keys(env).filter((name) => !isSaved(answer, name, mutable))
  if (missing.length === 0) return []
  const { configuration } = filesOf({ home, ...wanted })
  return [
    {
      what: `${home}/account.conf`,
      from: `without ${missing.join(', ')}`,
      to: 'saved',
      apply: saveCredentials(home, configuration, env, mutable),
    },
  ]
}

function whyIssue(
  wanted: Wanted,
  { exists, isDue, names, remembered }: CertificateState,
): { from: string; to: string } | undefined {
  const all = allNames(wanted)
  const to = all.join(', ')
  if (!exists) return { from: 'absent', to }
  if (names.size !== all.length || !all.every((name) => names.has(name)))
    return { from: [...names].join(', ') || 'unreadable', to }
  if (remembered.Le_API !== wanted.server) return { from: `from ${remembered.Le_API}`, to: `from ${wanted.server}` }
  if (remembered.Le_Webroot !== wanted.dns)
    return { from: `proven by ${remembered.Le_Webroot}`, to: `proven by ${wanted.dns}` }
  if (remembered.Le_Keylength !== wanted.key_length)
    return { from: `key ${remembered.Le_Keylength}`, to: `key ${wanted.key_length}` }
  return isDue ? { from: 'due for renewal', to: 'renewed' } : undefined
}

// Forced, because the reason is known: acme.sh itself would not repair a lost file or change the authority before it is time.
// Where several hosts prove one domain at once, some hooks (dns_nsupdate) remove the records of all with their own: who lost
// his tries again, at another moment than the others.
function issue(wanted: Wanted): Script {
  const { dns, key_length, days, dns_sleep, install } = wanted
  const options = [
    ...common(wanted),
    ...['--dns', dns],
    ...allNames(wanted).flatMap((name) => ['-d', name]),
    ...['--keylength', key_length, '--days', days],
    ...(dns_sleep === undefined ? [] : ['--dnssleep', dns_sleep]),
    ...(install ? installOptions(install) : []),
  ]
  return joinScripts([
    reachAuthority(wanted),
    ...(install ? [prepare(install)] : []),
    sh`attempt() { said=$(acme.sh --issue --force ${options} 2>&1); }
attempt || case $said in
  *'Verification error'*) sleep "$(shuf -i 5-30 -n 1)" && attempt ;;
  *) false ;;
esac
status=$?
printf '%s\n' "$said"
(exit $status)`,
  ])
}

// Both count at the next renewal; acme.sh has no command that changes them alone.
function planSettings(wanted: Wanted, { remembered }: CertificateState): readonly Change[] {
  const { configuration } = filesOf(wanted)
  const settings: readonly (readonly [string, string, number | undefined])[] = [
    ['renewal', 'Le_RenewalDays', wanted.days],
    ['wait for DNS', 'Le_DNSSleep', wanted.dns_sleep],
  ]
  return settings.flatMap(([what, key, value]) => {
    if (value === undefined) return []
    const kept = sh`grep -v ${`^${key}=`} ${configuration}; printf '%s\n' ${`${key}='${value}'`}`
    const unit = key === 'Le_RenewalDays' ? 'days' : 'seconds'
    return change(
      `${what} of ${wanted.domain}`,
      remembered[key] === undefined ? 'default' : `${remembered[key]} ${unit}`,
      `${value} ${unit}`,
      sh`text=$(${kept}) && place_file ${configuration} text="$text
"`,
    )
  })
}

function planInstallation(wanted: Wanted, { remembered }: CertificateState, found: string): readonly Change[] {
  const { install, domain, home, key_length } = wanted
  if (!install) return []
  const isRemembered =
    remembered.Le_RealKeyPath === install.key &&
    remembered.Le_RealFullChainPath === install.fullchain &&
    (remembered.Le_ReloadCmd ?? '') === (install.reload ?? '')
  const attributes = `${install.owner}:${install.group} ${install.mode.padStart(4, '0')}`
  if (found === attributes && isRemembered) return []
  const ecc = key_length.startsWith('ec-') ? ['--ecc'] : []
  const place = sh`acme.sh --install-cert --home ${home} -d ${[domain, ...ecc, ...installOptions(install)]}`
  const from = found === attributes ? 'not renewed by acme.sh' : found.replaceAll('\n', ', ')
  return [{ what: install.fullchain, from, to: attributes, apply: joinScripts([prepare(install), place], ' &&\n') }]
}

// "ready" and the variables that the hook saves in acme.sh's newer way; or why it cannot begin.
function readClient({ home, dns, ca_bundle, install }: Wanted): Script {
  const directories = [
    ...new Set(install ? [install.key, install.fullchain].map((file) => file.slice(0, file.lastIndexOf('/'))) : []),
  ]
  return sh`hook=/usr/share/acme.sh/dnsapi/${`${dns}.sh`}
[ -f "$hook" ] || hook=${`${home}/dnsapi/${dns}.sh`}
if ! command -v acme.sh >/dev/null || [ ! -d ${home} ]; then
  echo ${NO_CLIENT}
elif [ ! -f "$hook" ]; then
  echo ${`acme.sh has no hook ${dns}`}
${joinScripts([...(ca_bundle ? [sh`elif [ ! -f ${ca_bundle} ]; then echo ${`${ca_bundle} does not exist`}`] : []), ...directories.map((directory) => sh`elif [ ! -d ${directory} ]; then echo ${`${directory} does not exist`}`)])}
else
  echo ready
  sed -n 's/.*_readaccountconf_mutable \([A-Za-z_0-9]*\).*/\1/p' "$hook" | sort -u
fi`
}

function allNames({ domain, names }: Wanted): string[] {
  return [...new Set([domain, ...names])]
}

function filesOf({ home, domain, key_length }: Pick<Wanted, 'home' | 'domain' | 'key_length'>) {
  return certificateFiles(home, domain, key_length)
}
