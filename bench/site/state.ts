/**
 * The mail server that every contestant makes of the host, in values.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { Lab } from '../../src/lab/lab.ts'
import { senderPassword } from '../../src/lab/mail-inventory.ts'
import { pinnedMount, pinnedPackages } from '../../src/lab/release.ts'
import { directoryUrl, tsigKey } from '../../src/lab/world.ts'

/** What the script and the peers fill in; provision has the same values from its own inventory. */
export interface SiteState {
  readonly target: string
  readonly domain: string
  readonly mail_host: string
  readonly ipv4: string
  readonly ipv6: string
  /** DNS server for updates (RFC 2136), and its key as nsupdate(1) reads it. */
  readonly dns_server: string
  readonly tsig: string
  readonly acme_server: string
  readonly chasquid_deb: string
  readonly chasquid_version: string
  readonly acme_deb: string
  readonly sender: string
  readonly password: string
}

/** The state of a lab's host; a lab without a world has none. */
export async function siteState(lab: Lab, host: string): Promise<SiteState> {
  const { ipv4, ipv6 } = lab.host(host)
  const domain = lab.domains[lab.hosts.findIndex(({ name }) => name === host)]
  if (!lab.nameserver || domain === undefined) throw new Error(`lab ${lab.id} has no domain for ${host}`)
  const secret = (await readFile(join(lab.directory, 'tsig.secret'), 'utf8')).trim()
  const pinned = load(await readFile(join(import.meta.dirname, '../../playbooks/vars/pinned.yaml'), 'utf8')) as {
    chasquid_packages: { x86_64: { version: string } }
  }
  return {
    target: host,
    domain,
    mail_host: `smtp.${domain}`,
    ipv4,
    ipv6,
    dns_server: lab.nameserver.ipv4,
    tsig: `key "${tsigKey.name}" { algorithm ${tsigKey.algorithm}; secret "${secret}"; };`,
    acme_server: directoryUrl,
    chasquid_deb: pinnedFile('chasquid'),
    chasquid_version: pinned.chasquid_packages.x86_64.version,
    acme_deb: pinnedFile('acme.sh'),
    sender: `i@${domain}`,
    password: senderPassword,
  }
}

function pinnedFile(name: string): string {
  const found = pinnedPackages.find((one) => one.name === name)
  if (!found) throw new Error(`the lab has no pinned package ${name}`)
  return `${pinnedMount}/${found.file}`
}
