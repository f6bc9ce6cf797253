/**
 * The lab's network: one bridge in a namespace of its own that has no way out, and one namespace per host.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { addresses, controllerNumber, prefixLength } from './addresses.ts'
import { demand } from './execute.ts'
import { exists } from './files.ts'

const bridge = 'bridge'

/** Makes the namespace in which the controller lives, with the bridge that the hosts are plugged into. */
export async function createNetwork(namespace: string, resolver: string): Promise<void> {
  const { ipv4, ipv6 } = addresses(controllerNumber)
  // `ip netns exec` shows this file as /etc/resolv.conf, so the controller asks the lab's DNS and no other.
  await mkdir(resolverFolder(namespace), { recursive: true })
  await writeFile(`${resolverFolder(namespace)}/resolv.conf`, `nameserver ${resolver}\noptions timeout:2 attempts:1\n`)
  await demand(['ip', 'netns', 'add', namespace])
  await inBatch(namespace, [
    'link set lo up',
    `link add ${bridge} type bridge`,
    `address add ${ipv4}/${prefixLength.ipv4} dev ${bridge}`,
    `address add ${ipv6}/${prefixLength.ipv6} dev ${bridge} nodad`,
    `link set ${bridge} up`,
    // To the hosts the controller is the gateway. It says at once that nothing is behind it: no time-outs to wait for.
    'route add unreachable 0.0.0.0/0',
    'route add unreachable ::/0',
  ])
  const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']
  await demand(['ip', 'netns', 'exec', namespace, 'sysctl', '-qw', ...forwarding])
}

/** Makes a host's namespace and plugs it in. Inside there is a bare eth0: giving it addresses is the host's own job. */
export async function plugIn(namespace: string, hostNamespace: string, number: number): Promise<void> {
  await demand(['ip', 'netns', 'add', hostNamespace])
  await inBatch(namespace, [
    `link add host${number} type veth peer name eth0 netns ${hostNamespace}`,
    `link set host${number} master ${bridge} up`,
  ])
}

/** Removes a namespace with everything in it; fine when there is none. */
export async function removeNamespace(namespace: string): Promise<void> {
  await rm(resolverFolder(namespace), { recursive: true, force: true })
  if (await namespaceExists(namespace)) await demand(['ip', 'netns', 'delete', namespace])
}

export async function namespaceExists(namespace: string): Promise<boolean> {
  return exists(namespacePath(namespace))
}

/** The file that stands for a namespace. */
export function namespacePath(namespace: string): string {
  return `/run/netns/${namespace}`
}

function resolverFolder(namespace: string): string {
  return `/etc/netns/${namespace}`
}

async function inBatch(namespace: string, commands: string[]): Promise<void> {
  await demand(['ip', '-netns', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` })
}
