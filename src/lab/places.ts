/**
 * Where the lab keeps things on the machine that runs it.
 */
import { join } from 'node:path'

/** What costs time to make and is the same for every lab: base images and packages. Safe to delete when no lab is up. */
export function cacheDirectory(): string {
  return process.env.PROVISION_LAB_CACHE || '/var/cache/provision-lab'
}

/**
 * Everything that belongs to running labs, one folder each, and a lock. On disk and not in /run: hosts install packages,
 * and /run is often a small file system in memory.
 */
export function labsDirectory(): string {
  return process.env.PROVISION_LAB_STATE || '/var/lib/provision-lab'
}

/** The folder of one lab. */
export function labDirectory(id: string): string {
  return join(labsDirectory(), id)
}
