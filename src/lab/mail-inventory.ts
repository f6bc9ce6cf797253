/**
 * The inventory of a lab whose hosts are to become mail servers: what a user of `site` would write for real ones.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from './lab.ts'
import { pinnedMount, pinnedPackages } from './release.ts'
import type { LabHost } from './state.ts'
import { directoryUrl, tsigKey } from './world.ts'

/** The password of `i@` each of the lab's domains. */
export const senderPassword = 'lab-sender-password'

/** What a host of a lab is to serve, as `domains` of an inventory has it. */
export interface MailRole {
  /** Its public name. */
  readonly mailHost: string
  readonly domains: Readonly<Record<string, object>>
}

/**
 * The text is YAML.
 *
 * @param roles by host; without it host number N serves domain number N as `smtp.DOMAIN`.
 */
export async function mailInventory(
  lab: Lab,
  roles: Readonly<Record<string, MailRole>> = oneEach(lab),
): Promise<string> {
  const { nameserver } = lab
  if (!nameserver) throw new Error(`lab ${lab.id} was opened without a world`)
  const tsig = (await readFile(join(lab.directory, 'tsig.secret'), 'utf8')).trim()
  const pinned = (name: string) => `file://${pinnedMount}/${pinnedPackages.find((one) => one.name === name)?.file}`
  const hosts = await Promise.all(lab.hosts.map((host) => hostEntry(lab, host, roles[host.name])))
  return `# The lab's hosts, as an inventory of real ones would have them.
all:
  vars:
    user: root
    key: ${join(lab.directory, 'key')}
    acme:
      email: ops@${lab.domains[0]}
      server: ${directoryUrl}
      ca_bundle: /usr/local/share/ca-certificates/lab-api.crt
      dns: dns_nsupdate
      env: { NSUPDATE_SERVER: ${nameserver.ipv4}, NSUPDATE_KEY: /var/lib/acme.sh/tsig.key }
      dns_sleep: 1
      url: ${pinned('acme.sh')}
    dns:
      publish: rfc2136
      server: ${nameserver.ipv4}
      key: { name: ${tsigKey.name}, algorithm: ${tsigKey.algorithm}, secret: "{{ secrets.tsig }}" }
    checks: { mail_servers: [ns1.${lab.domains[0]}] }
    chasquid: { url: "${pinned('chasquid')}" }
    secrets: { tsig: "${tsig}", i: ${senderPassword} }
  children:
    mail:
      hosts:
${hosts.join('')}`
}

function oneEach({ hosts, domains }: Lab): Readonly<Record<string, MailRole>> {
  return Object.fromEntries(
    domains.flatMap((domain, index) => {
      const host = hosts[index]
      const served = { [domain]: { senders: { i: '{{ secrets.i }}' }, aliases: { '*': `i@${domain}` } } }
      return host === undefined ? [] : [[host.name, { mailHost: `smtp.${domain}`, domains: served }] as const]
    }),
  )
}

async function hostEntry(lab: Lab, host: LabHost, role: MailRole | undefined): Promise<string> {
  if (!role) throw new Error(`lab ${lab.id} has no domain for ${host.name}`)
  return `        ${host.name}:
          host: ${host.ipv4}
          host_key: ${await pinnedHostKey(lab, host)}
          mail_host: ${role.mailHost}
          ipv6: { address: "${host.ipv6}/64" }
          domains: ${JSON.stringify(role.domains)}
`
}

/** The host's ed25519 key, as `host_key` pins it. */
export async function pinnedHostKey(lab: Lab, host: LabHost): Promise<string> {
  const lines = (await readFile(join(lab.directory, 'known_hosts'), 'utf8')).split('\n')
  const line = lines.find((text) => text.startsWith(`${host.ipv4},`) && text.includes(' ssh-ed25519 '))
  if (!line) throw new Error(`known_hosts of lab ${lab.id} has no ed25519 key of ${host.name}`)
  return line.slice(line.indexOf(' ') + 1)
}
