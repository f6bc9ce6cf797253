import * as z from 'zod'
import { type Change, change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { reachAuthority } from './acme-host.ts'
import { installation, installOptions, prepare, readInstalled } from './acme-installation.ts'
import {
  allNames,
  attemptIssue,
  filesOf,
  issueOptions,
  orderFields,
  parseClient,
  planCredentials,
  readClient,
  unsavable,
  whyIssue,
} from './acme-issue.ts'
import { collectOrder, unlessOrdered } from './acme-pending.ts'
import { type CertificateState, parseCertificate, readCertificate, readCredentials } from './acme-state.ts'

const params = () => z.strictObject({ ...orderFields(), install: installation.optional() })

type Wanted = z.output<ReturnType<typeof params>>

export const acmeCertificate = resource({
  name: 'acme_certificate',
  summary: 'Have a certificate from an ACME authority, proven through DNS, and installed where it is used.',
  description: `What is there is judged by files alone, without a question to the authority. A new issue may take minutes: the authority waits for DNS,
and an authority that does not answer is given up after a minute; where an \`acme_order\` has begun it earlier, only the rest is waited for. Renewal is a task of its own: a \`timer\` that runs \`acme.sh --cron --home /var/lib/acme.sh\`.`,
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
    client: readClient(wanted, directoriesOf(wanted)),
    credentials: readCredentials(wanted.home, wanted.env),
    certificate: unlessOrdered(wanted, readCertificate(filesOf(wanted))),
    installed: wanted.install ? unlessOrdered(wanted, readInstalled(filesOf(wanted), wanted.install)) : sh``,
  }),

  plan(wanted, now): Plan {
    const { obstacle, mutable } = parseClient(now.client)
    if (obstacle !== undefined) return notReady(obstacle)
    const variable = unsavable(wanted)
    if (variable)
      return impossible(
        `acme.sh cannot save ${variable}: it holds a quote or a backslash`,
        'make another key at the provider',
      )
    const credentials = planCredentials(wanted, now.credentials, mutable)
    const what = `certificate ${wanted.domain}`
    if (now.certificate === 'ordered\n') {
      const to = allNames(wanted).join(', ')
      return [...credentials, { what, from: 'ordered', to, apply: collectOrder(wanted, place(wanted)) }]
    }
    const state = parseCertificate(now.certificate)
    const reason = whyIssue(wanted, state)
    // A new certificate is installed by the same call.
    if (reason) return [...credentials, { what, ...reason, apply: issue(wanted) }]
    return [...credentials, ...planSettings(wanted, state), ...planInstallation(wanted, state, now.installed.trim())]
  },
})

function issue(wanted: Wanted): Script {
  const { install } = wanted
  return joinScripts([
    reachAuthority(wanted),
    ...(install ? [prepare(install)] : []),
    attemptIssue(sh`acme.sh`, [...issueOptions(wanted), ...(install ? installOptions(install) : [])]),
    sh`printf '%s\n' "$said"
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
  const { install } = wanted
  if (!install) return []
  const isRemembered =
    remembered.Le_RealKeyPath === install.key &&
    remembered.Le_RealFullChainPath === install.fullchain &&
    (remembered.Le_ReloadCmd ?? '') === (install.reload ?? '')
  const attributes = `${install.owner}:${install.group} ${install.mode.padStart(4, '0')}`
  if (found === attributes && isRemembered) return []
  const from = found === attributes ? 'not renewed by acme.sh' : found.replaceAll('\n', ', ')
  return [{ what: install.fullchain, from, to: attributes, apply: place(wanted) }]
}

function place({ install, domain, home, key_length }: Wanted): Script {
  if (!install) return sh``
  const ecc = key_length.startsWith('ec-') ? ['--ecc'] : []
  const call = sh`acme.sh --install-cert --home ${home} -d ${[domain, ...ecc, ...installOptions(install)]}`
  return joinScripts([prepare(install), call], ' &&\n')
}

function directoriesOf({ install }: Wanted): readonly string[] {
  return [
    ...new Set(install ? [install.key, install.fullchain].map((file) => file.slice(0, file.lastIndexOf('/'))) : []),
  ]
}
