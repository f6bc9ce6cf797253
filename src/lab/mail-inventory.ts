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

/** Host number N serves domain number N as `smtp.DOMAIN`. The text is YAML. */
export async function mailInventory(lab: Lab): Promise<string> {
  const { nameserver } = lab
  if (!nameserver) throw new Error(`lab ${lab.id} was opened without a world`)
  const tsig = (await readFile(join(lab.directory, 'tsig.secret'), 'utf8')).trim()
  const pinned = (name: string) => `file://${pinnedMount}/${pinnedPackages.find((one) => one.name === name)?.file}`
  const hosts = await Promise.all(lab.hosts.map((host, index) => hostEntry(lab, host, lab.domains[index])))
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
    chasquid: { url: "${pinned('chasquid')}" }
    secrets: { tsig: "${tsig}", i: ${senderPassword} }
  children:
    mail:
      hosts:
${hosts.join('')}`
}

async function hostEntry(lab: Lab, host: LabHost, domain: string | undefined): Promise<string> {
  if (!domain) throw new Error(`lab ${lab.id} has more hosts than domains`)
  return `        ${host.name}:
          host: ${host.ipv4}
          host_key: ${await pinnedHostKey(lab, host)}
          mail_host: smtp.${domain}
          ipv6: { address: "${host.ipv6}/64" }
          domains:
            ${domain}:
              senders: { i: "{{ secrets.i }}" }
              aliases: { "*": "i@${domain}" }
`
}

/** The host's ed25519 key, as `host_key` pins it. */
export async function pinnedHostKey(lab: Lab, host: LabHost): Promise<string> {
  const lines = (await readFile(join(lab.directory, 'known_hosts'), 'utf8')).split('\n')
  const line = lines.find((text) => text.startsWith(`${host.ipv4},`) && text.includes(' ssh-ed25519 '))
  if (!line) throw new Error(`known_hosts of lab ${lab.id} has no ed25519 key of ${host.name}`)
  return line.slice(line.indexOf(' ') + 1)
}
