import { type LifeCase, lifeCases } from './resource-cases.ts'

export type Harm = 'connection cut' | 'remote shell killed'

/** What became of one case on one host; no message: all was well. */
export interface SweepReport {
  readonly resource: string
  readonly it: string
  readonly host: string
  readonly points: Readonly<Record<Harm, number>>
  /** The kind of harm and what the run said, a line each. */
  readonly saw: readonly string[]
  readonly seconds: number
  readonly message?: string
}

/** A cut while they are unproven makes the next run wait for the host to put itself back. */
export const guardedResources: ReadonlySet<string> = new Set([
  'authorized_key',
  'firewall',
  'nameservers',
  'netplan',
  'sshd',
  'sudoers',
])

/** The lives that are cut: a reboot takes the host away by itself, and what only waits changes nothing. */
export function sweptCases(): readonly LifeCase[] {
  return lifeCases().filter(({ resource, waits }) => resource !== 'reboot' && !waits)
}

/** Their changes take seconds. */
const slowResources = /^(acme|apt|chasquid|dns|git|locale|packages|time_sync|unattended)/

/** Which points of a life are cut: from where, every how many, and how many at most of each harm. */
export interface Sample {
  readonly offset: number
  readonly stride: number
  readonly most: number
}

/** The first case of a resource is cut at many points, the others at one; guarded ones at one, for each costs the timeout. */
export function sampleOf(one: LifeCase): Sample {
  const number = lifeCases()
    .filter(({ resource }) => resource === one.resource)
    .findIndex(({ it }) => it === one.it)
  const offset = number % 4
  if (guardedResources.has(one.resource)) return { offset: 1, stride: 1, most: number === 0 ? 1 : 0 }
  if (number > 0) return { offset, stride: 5, most: 1 }
  return slowResources.test(one.resource) ? { offset: 1, stride: 2, most: 2 } : { offset, stride: 1, most: 5 }
}
