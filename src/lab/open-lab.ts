/**
 * Opening labs, and finding those that are open.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { addresses, firstHostNumber, worldNumber } from './addresses.ts'
import { makeKey } from './arrival.ts'
import { leaveToJanitor } from './janitor.ts'
import { Lab } from './lab.ts'
import { hostLayers, hostMounts, prepareImages } from './layers.ts'
import { checkName, hostPlaces } from './names.ts'
import { createNetwork, plugIn } from './network.ts'
import type { Release } from './release.ts'
import { requirements } from './requirements.ts'
import { type HostRecord, labIds, ownerLives, readRecord, thisProcess, writeRecord } from './state.ts'
import { takeDown } from './take-down.ts'
import { refreshTrust } from './trust.ts'
import { makeWorldFiles } from './world.ts'

export interface HostRequest {
  name: string
  release: Release
  /** Gives the host its IPv6 address from the start; otherwise setting it up is left to whoever provisions it. */
  ipv6FromStart?: boolean
}

export interface LabOptions {
  /** Its name; a random one when there is none. */
  id?: string
  hosts: readonly HostRequest[]
  /** Adds a host with DNS and a certificate authority, which all others use. */
  world?: boolean
  /** The domains that the world's DNS is responsible for; alpha.test and beta.test when none are given. */
  domains?: readonly string[]
  /** Leaves the lab up when this process ends. Otherwise it ends with the process, whichever way that happens. */
  keep?: boolean
  /** Hears about each step that takes time. */
  onStep?: (text: string) => void
}

/** Opens a lab, and resolves when root can log in to every host. A lab of the same id that nobody owns is replaced. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const missing = await requirements()
  if (missing) throw new Error(missing)
  const onStep = options.onStep ?? (() => {})
  const id = options.id ?? `run-${randomBytes(3).toString('hex')}`
  const world = options.world ?? false
  const hosts = plan(id, options.hosts, world)
  await removeLeftovers(id, onStep)
  const images = await prepareImages(hosts, world, onStep)
  const record = {
    id,
    owner: options.keep ? null : thisProcess(),
    world,
    domains: [...(options.domains ?? ['alpha.test', 'beta.test'])],
    hosts: hosts.map((host) => ({ ...host, layers: hostLayers(images, host), mounts: hostMounts(images, host) })),
  }
  await writeRecord(record)
  const janitor = options.keep ? undefined : leaveToJanitor(record.id)
  const lab = new Lab(record, () => janitor?.dismiss())
  try {
    onStep('Starting the hosts')
    const resolver = world ? addresses(worldNumber).ipv4 : '127.0.0.1'
    await makeKey(join(lab.directory, 'key'), 'ed25519', `lab-${record.id}`)
    if (world) await makeWorldFiles(lab.directory, lab.domains)
    await createNetwork(lab.namespace, resolver)
    await allDone(
      record.hosts.flatMap((host) => [
        lab.install(host),
        plugIn(lab.namespace, hostPlaces(lab.id, host.name).machine, host.number),
      ]),
    )
    await lab.writeKnownHosts()
    await allDone(record.hosts.map((host) => lab.boot(host)))
    await refreshTrust(lab)
    return lab
  } catch (error) {
    await lab.close()
    throw error
  }
}

/** The lab with this id that is up already. */
export async function findLab(id: string): Promise<Lab> {
  const record = await readRecord(id)
  if (!record) throw new Error(`no lab ${id} is up; there is: ${(await labIds()).join(', ') || 'none'}`)
  return new Lab(record, () => {})
}

/** Like Promise.all, but even when one fails it waits for the others: what is still being made cannot be taken down. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** A lab ends with its owner, but a machine that lost power, or a killed janitor, may have left some. */
async function removeLeftovers(id: string, onStep: (text: string) => void): Promise<void> {
  for (const other of await labIds()) {
    const record = await readRecord(other)
    if (other === id && record && ownerLives(record)) {
      throw new Error(`lab ${id} is in use by process ${record.owner?.pid}`)
    }
    const abandoned = record === undefined ? false : record.owner !== null && !ownerLives(record)
    if (other !== id && !abandoned) continue
    onStep(`Taking down what is left of lab ${other}`)
    await takeDown(other)
  }
}

/** Gives every host its number and addresses, and refuses names that cannot work. */
function plan(id: string, requests: readonly HostRequest[], world: boolean): Omit<HostRecord, 'layers' | 'mounts'>[] {
  checkName('the lab id', id)
  const own = requests.map((request, index) => ({ ...request, number: firstHostNumber + index, isWorld: false }))
  const ns1 = { name: 'ns1', release: 'trixie' as const, ipv6FromStart: true, number: worldNumber, isWorld: true }
  const hosts = [...(world ? [ns1] : []), ...own]
  for (const { name } of hosts) {
    checkName('the host', name)
    if (hosts.filter((host) => host.name === name).length > 1) throw new Error(`two hosts are called ${name}`)
  }
  return hosts.map((host) => ({ ipv6FromStart: false, ...host, ...addresses(host.number) }))
}
