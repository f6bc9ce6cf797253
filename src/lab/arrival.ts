/**
 * The state in which a host is handed over: its name, its one address, its keys and who may log in.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addresses, controllerNumber, prefixLength, worldNumber } from './addresses.ts'
import { demand } from './execute.ts'
import { exists, writeInto } from './files.ts'
import type { HostPlaces } from './names.ts'
import type { HostRecord } from './state.ts'

/** Writes what makes a host this host into its still switched-off disk. */
export async function prepareDisk(
  host: HostRecord,
  places: HostPlaces,
  publicKey: string,
  world: boolean,
): Promise<void> {
  const file = (path: string, text: string, mode = 0o644) => writeInto(places.root, path, text, mode)
  await file('/etc/hostname', `${host.name}\n`)
  await file('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost ip6-localhost ip6-loopback\n`)
  // With an id of its own the host does not take its boot for the first one ever, which would cost seconds.
  await file('/etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444)
  await file('/etc/netplan/50-cloud-init.yaml', netplan(host, world), 0o600)
  if (host.ipv6FromStart) await file('/etc/sysctl.d/10-disable-ipv6.conf', '# IPv6 is on\n')
  for (const home of ['/root', '/home/deploy', '/home/operator']) await allowKey(places.root, home, publicKey)
  for (const type of keyTypes) {
    const name = `ssh_host_${type}_key`
    await file(`/etc/ssh/${name}`, await readFile(join(places.keys, name), 'utf8'), 0o600)
    await file(`/etc/ssh/${name}.pub`, await readFile(join(places.keys, `${name}.pub`), 'utf8'))
  }
}

const keyTypes = ['ed25519', 'rsa'] as const

/** Makes the host's keys, before it ever boots: who makes them needs not ask the network for them. */
export async function makeHostKeys(places: HostPlaces): Promise<void> {
  await mkdir(places.keys, { recursive: true, mode: 0o700 })
  await Promise.all(keyTypes.map((type) => makeKey(join(places.keys, `ssh_host_${type}_key`), type, places.machine)))
}

/** The host's lines for known_hosts. */
export async function knownHosts(host: HostRecord, places: HostPlaces): Promise<string> {
  const lines = keyTypes.map(async (type) => {
    const [algorithm, key] = (await readFile(join(places.keys, `ssh_host_${type}_key.pub`), 'utf8')).split(' ')
    return `${host.ipv4},${host.ipv6} ${algorithm} ${key}\n`
  })
  return (await Promise.all(lines)).join('')
}

/** Makes an ssh key without a passphrase. */
export async function makeKey(path: string, type: 'ed25519' | 'rsa', comment: string): Promise<void> {
  // RSA keys of the default size take seconds to find, and nobody attacks a lab.
  const size = type === 'rsa' ? ['-b', '2048'] : []
  if (await exists(path)) return
  await demand(['ssh-keygen', '-q', '-t', type, ...size, '-N', '', '-C', comment, '-f', path])
}

/**
 * What an installer leaves: a static IPv4 address, and IPv6 only where the host shall have it from the start. Nothing
 * is learned from routers: with none around, systemd-networkd would call the network unfinished for twelve seconds.
 */
function netplan(host: HostRecord, world: boolean): string {
  const own = [`${host.ipv4}/${prefixLength.ipv4}`]
  if (host.ipv6FromStart) own.push(`"${host.ipv6}/${prefixLength.ipv6}"`)
  return `network:
  version: 2
  ethernets:
    eth0:
      accept-ra: false
      addresses: [${own.join(', ')}]
      routes: [{ to: default, via: ${addresses(controllerNumber).ipv4} }]
${world ? `      nameservers: { addresses: [${addresses(worldNumber).ipv4}] }\n` : ''}`
}

async function allowKey(root: string, home: string, publicKey: string): Promise<void> {
  await writeInto(root, `${home}/.ssh/authorized_keys`, publicKey, 0o600)
  await chmod(join(root, home, '.ssh'), 0o700)
  const owner = home.replace('/home/', '')
  if (owner !== '/root') await demand(['chroot', root, 'chown', '-R', `${owner}:`, `${home}/.ssh`])
}
