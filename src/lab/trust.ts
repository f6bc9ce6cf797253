/**
 * Making hosts believe the lab's certificate authority, as real hosts believe the public ones.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from './lab.ts'
import type { LabHost } from './state.ts'
import { issuingRoot } from './world.ts'

/**
 * Asks the authority for the root with which it issues (a new one each time it starts), keeps it in the lab's folder as
 * issuer.pem, and with the API's own root as roots.pem, and makes all hosts that are on trust both.
 */
export async function refreshTrust(lab: Lab): Promise<void> {
  if (!lab.nameserver) return
  await lab.demand(lab.nameserver, ['systemctl', 'is-active', 'knot', 'pebble'])
  const issuer = await lab.demand(lab.nameserver, issuingRoot)
  const api = await readFile(join(lab.directory, 'ca.pem'), 'utf8')
  await writeFile(join(lab.directory, 'issuer.pem'), issuer)
  await writeFile(join(lab.directory, 'roots.pem'), `${api}${issuer}`)
  await Promise.all(lab.hosts.map(async (host) => ((await lab.isOn(host)) ? trust(lab, host) : undefined)))
}

/** Puts the lab's two roots into a host's trust store; for a lab without a world there is nothing to do. */
export async function trust(lab: Lab, host: LabHost | string): Promise<void> {
  if (!lab.nameserver) return
  const folder = '/usr/local/share/ca-certificates'
  for (const [name, file] of [
    ['ca.pem', 'lab-api.crt'],
    ['issuer.pem', 'lab-issuer.crt'],
  ] as const) {
    const input = await readFile(join(lab.directory, name), 'utf8')
    await lab.demand(host, ['sh', '-c', 'umask 022; cat > "$1"', 'sh', `${folder}/${file}`], { input })
  }
  await lab.demand(host, ['update-ca-certificates'])
}
