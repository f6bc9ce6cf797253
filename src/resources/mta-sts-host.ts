import * as z from 'zod'
import { type FileState, parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import { type Change, change, impossible, isChanges, notReady, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { formatMtaStsPolicy } from '../mail/mta-sts.ts'
import { CONFIGURATION, domain } from './chasquid-host.ts'
import { path } from './params.ts'
import { isRunning, parseUnits, readUnits } from './unit-state.ts'

const facts = z.object({
  mail_host: z.string().describe('Public name.'),
  domains: z.record(z.string(), z.json()).describe('The domains that it serves, by name.'),
})

const params = () =>
  z.strictObject({
    domain: domain().describe('The mail domain.'),
    mode: z
      .enum(['none', 'testing', 'enforce'])
      .describe('What the policy asks of senders; `none`: there is no policy.'),
    hosts: z
      .record(
        z.string(),
        z.object({ mail: facts.optional().catch(undefined).describe('What `mail_facts` registered.') }),
      )
      .describe(
        'What every host registered as `mail`: the variable `hostvars`. Those that serve the domain are its MX.',
      )
      .default({}),
    members: z
      .array(z.string())
      .describe(
        'Names of all hosts that may serve it: `groups.mail`. While one of them is not known, nothing is changed.',
      )
      .default([]),
    certificate: path()
      .describe('Its certificate on the host. Default: that of the domain and its wildcard in /etc/chasquid/certs.')
      .optional(),
    key: path().describe('Key of the certificate.').optional(),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const mtaStsHost = resource({
  name: 'mta_sts_host',
  summary: 'Serve the MTA-STS policy of a domain at https://mta-sts.DOMAIN.',
  description: `
A server of its own in nginx (the package must be there), which answers that one address and nothing else; other sites of nginx stay, its own page on port 80 too, which the resource \`firewall\` does not let in. nginx must accept its whole configuration with it,
else the old state is put back. The policy names every host that serves the domain, as its record does (RFC 8461): run it for all of them, before the record is published.

\`mode: none\` takes it away. After a renewal of the certificate nginx has to be reloaded.`,
  examples: `
- name: Policy of example.org, served by mx1 and mx2 alike
  mta_sts_host:
    domain: example.org
    mode: testing
    members: [mx1, mx2]
    hosts:
      mx1: { mail: { mail_host: smtp.example.org, domains: { example.org: {} } } }
      mx2: { mail: { mail_host: smtp2.example.org, domains: { example.org: {} } } }
`,
  params,

  read: (wanted) => ({
    file: readFile(fileOf(wanted)),
    nginx: sh`command -v nginx || true`,
    certificate: sh`if [ -s ${certificateOf(wanted).certificate} ]; then echo there; fi`,
    unit: readUnits('nginx.service'),
  }),

  plan(wanted, now): Plan {
    const file = parseFile(now.file)
    if (wanted.mode === 'none') return planAbsent(wanted, file)
    const unknown = wanted.members.filter((name) => wanted.hosts[name]?.mail === undefined)
    // What the others say decides about the policy, and DNS has the record of the old one.
    if (unknown.length > 0) return []
    const mx = mxOf(wanted)
    if (mx.length === 0) return impossible(`no host serves ${wanted.domain}`, 'name it under `domains` of a host')
    if (now.nginx === '') return notReady('nginx is not installed')
    const { certificate } = certificateOf(wanted)
    if (now.certificate === '')
      return notReady(`there is no certificate ${certificate}: it comes with acme_certificate`)
    const [unit] = parseUnits(now.unit)
    if (!unit) return impossible('this host does not run systemd')
    const target = { path: fileOf(wanted), content: serverOf(wanted, wanted.mode, mx), mode: '0644' }
    const plan = planFile(target, file)
    if (!isChanges(plan)) return plan
    const [placing] = plan
    if (placing) return [{ ...placing, apply: placeAndLoad(target.path, placeFile(target)) }]
    if (isRunning(unit) && unit.file === 'enabled') return []
    return change('nginx.service', `${unit.file || 'unknown'}, ${unit.active}`, 'enabled, active', START)
  },
})

function fileOf({ domain }: Wanted): string {
  return `/etc/nginx/conf.d/mta-sts.${domain}.conf`
}

function certificateOf({ domain, certificate, key }: Wanted): { readonly certificate: string; readonly key: string } {
  const directory = `${CONFIGURATION}/certs/${domain}`
  return { certificate: certificate ?? `${directory}/fullchain.pem`, key: key ?? `${directory}/privkey.pem` }
}

/** The public names of the hosts that serve the domain. */
function mxOf({ domain, hosts }: Wanted): readonly string[] {
  const serving = Object.values(hosts).flatMap(({ mail }) => (mail && domain in mail.domains ? [mail.mail_host] : []))
  return [...new Set(serving)]
}

function serverOf(wanted: Wanted, mode: 'testing' | 'enforce', mx: readonly string[]): string {
  const { certificate, key } = certificateOf(wanted)
  // JSON escapes line ends as nginx does.
  const policy = JSON.stringify(formatMtaStsPolicy({ mode, mx }))
  return `# Written by provision; changes are overwritten.
server {
  listen 443 ssl;
  listen [::]:443 ssl;
  server_name mta-sts.${wanted.domain};
  ssl_certificate ${certificate};
  ssl_certificate_key ${key};
  access_log off;
  default_type text/plain;
  location = /.well-known/mta-sts.txt { return 200 ${policy}; }
  location / { return 404; }
}
`
}

// nginx opens new ports after its reload has returned: until 443 (0x1bb) is listened to, nothing is done.
const START = sh`systemctl enable --quiet nginx.service && { systemctl reload-or-restart nginx.service || { systemctl status --no-pager --full --lines=20 nginx.service >&2; false; }; } && {
  tries=50
  until grep -q ':01BB [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6 || [ "$tries" = 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
  done
  [ "$tries" != 0 ] || { echo 'nginx does not listen on port 443' >&2; false; }
}`

function placeAndLoad(file: string, placing: Script): Script {
  return sh`saved=$(mktemp) && { [ ! -e ${file} ] || cp -p -- ${file} "$saved"; } || exit
trap 'rm -f -- "$saved"' EXIT
${placing} || exit
if ! { nginx -t -q && ${START}; }; then
  echo 'the old configuration is put back' >&2
  if [ -s "$saved" ]; then cp -p -- "$saved" ${file}; else rm -f -- ${file}; fi
  systemctl try-reload-or-restart nginx.service
  exit 1
fi`
}

function planAbsent(wanted: Wanted, file: FileState): readonly Change[] {
  if (file.kind === 'absent' || file.kind === 'no directory') return []
  const path = fileOf(wanted)
  const apply = sh`remove_file ${path} && if systemctl is-active --quiet nginx.service; then systemctl reload nginx.service; fi`
  return change(path, file.kind, 'absent', apply)
}
