/**
 * Taking a lab down, whoever opened it and however that ended. Works from the record alone.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endGroup, removeGroup } from './control-group.ts'
import { withLock } from './lock.ts'
import { powerCut } from './machine.ts'
import { checkName, hostPlaces, labNamespace } from './names.ts'
import { removeNamespace } from './network.ts'
import { labDirectory, labsDirectory } from './places.ts'
import { readRecord } from './state.ts'
import { removeTree, unmountBelow } from './tree.ts'

/** Ends every process of the lab and removes its mounts, namespaces and folder. Fine when some or all of it is gone. */
export async function takeDown(id: string): Promise<void> {
  checkName('the lab id', id)
  await mkdir(labsDirectory(), { recursive: true })
  // A janitor and whoever opens the next lab may both find the same one left over: what one removed would fail the other.
  await withLock(join(labsDirectory(), '.take-down.lock'), () => takeAllDown(id))
}

async function takeAllDown(id: string): Promise<void> {
  const record = await readRecord(id)
  await Promise.all((record?.hosts ?? []).map((host) => takeHostDown(id, host.name)))
  await removeNamespace(labNamespace(id))
  // The record goes last: as long as anything is left, somebody can find out what.
  await removeTree(labDirectory(id))
}

async function takeHostDown(id: string, name: string): Promise<void> {
  const places = hostPlaces(id, name)
  await powerCut(places)
  await endGroup(places.group)
  await removeGroup(places.group)
  await unmountBelow(places.root)
  await removeNamespace(places.machine)
  // systemd-nspawn leaves this behind when it was killed together with its host.
  await rm(`/run/systemd/nspawn/propagate/${places.machine}`, { recursive: true, force: true })
}
