import * as z from 'zod'
import type { Change } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { caBundle, common, home, NO_CLIENT, server } from './acme-host.ts'
import { type CertificateState, cannotBeSaved, certificateFiles, isSaved, saveCredentials } from './acme-state.ts'
import { oneOrMore, text } from './params.ts'
import { secret } from './secret-field.ts'

const name = () =>
  z
    .string()
    .regex(
      /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
      'must be a name in lower case, such as example.org or *.example.org',
    )

/** What is said of a certificate where it is ordered: by `acme_certificate`, or ahead of it by `acme_order`. */
export const orderFields = () => ({
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
})

const fields = () => z.strictObject(orderFields())

/** What is wanted of an order. */
export type Ordered = z.output<ReturnType<typeof fields>>

/** Why there is to be a new certificate; nothing where the one that is there is as wanted. */
export function whyIssue(
  wanted: Ordered,
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

/** The options of `acme.sh --issue`, without those of an installation. */
export function issueOptions(wanted: Ordered): string[] {
  const { dns, key_length, days, dns_sleep } = wanted
  return [
    ...common(wanted),
    ...['--dns', dns],
    ...allNames(wanted).flatMap((name) => ['-d', name]),
    ...['--keylength', key_length, '--days', String(days)],
    ...(dns_sleep === undefined ? [] : ['--dnssleep', String(dns_sleep)]),
  ]
}

/**
 * Issues, and leaves what acme.sh said in `$said` and how it ended in `$status`.
 *
 * Forced, because the reason is known: acme.sh itself would not repair a lost file or change the authority before it is time.
 * Where several hosts prove one domain at once, some hooks (dns_nsupdate) remove the records of all with their own: who lost
 * his tries again, at another moment than the others.
 *
 * @param client the words that call acme.sh.
 */
export function attemptIssue(client: Script, options: readonly string[]): Script {
  return sh`attempt() { said=$(${client} --issue --force ${options} 2>&1); }
attempt || case $said in
  *'Verification error'*) sleep "$(shuf -i 5-30 -n 1)" && attempt ;;
  *) false ;;
esac
status=$?`
}

/** What is missing in acme.sh's account.conf. @param mutable the names that the hook looks for as SAVED_NAME. */
export function planCredentials(
  { home, env, ...wanted }: Ordered,
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

/** The first variable that acme.sh would spoil. */
export function unsavable({ env }: Ordered): string | undefined {
  return Object.entries(env).find(([, value]) => cannotBeSaved(value))?.[0]
}

/** "ready" and the variables that the hook saves in acme.sh's newer way; or why it cannot begin. */
export function readClient({ home, dns, ca_bundle }: Ordered, directories: readonly string[] = []): Script {
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

/** @param answer what `readClient` printed. */
export function parseClient(answer: string): { obstacle: string | undefined; mutable: ReadonlySet<string> } {
  const [first = '', ...mutable] = answer.trim().split('\n')
  return { obstacle: first === 'ready' ? undefined : first, mutable: new Set(mutable) }
}

export function allNames({ domain, names }: Ordered): string[] {
  return [...new Set([domain, ...names])]
}

export function filesOf({ home, domain, key_length }: Pick<Ordered, 'home' | 'domain' | 'key_length'>) {
  return certificateFiles(home, domain, key_length)
}
