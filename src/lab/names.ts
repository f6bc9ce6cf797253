/**
 * The names that the parts of a lab have on the machine: all follow from the lab's id and the host's name, so whoever
 * knows these two can find, and remove, everything.
 */
import { join } from 'node:path'
import { labDirectory } from './places.ts'

export interface HostPlaces {
  /** Its network namespace, and its name for systemd-nspawn. */
  machine: string
  /** Its control group. */
  group: string
  /** What the host sees as /. */
  root: string
  /** What the host wrote, and nothing else. */
  upper: string
  work: string
  /** Its keys, made before its first boot. */
  keys: string
  /** What it said while booting. */
  console: string
}

/** The namespace in which the controller lives. */
export function labNamespace(id: string): string {
  return `lab-${id}`
}

export function hostPlaces(id: string, name: string): HostPlaces {
  const machine = `lab-${id}-${name}`
  const directory = join(labDirectory(id), 'hosts', name)
  const at = (part: string) => join(directory, part)
  return {
    machine,
    group: machine,
    root: at('root'),
    upper: at('upper'),
    work: at('work'),
    keys: at('keys'),
    console: at('console.log'),
  }
}

/** Refuses names that could not be a host name, a file name and a namespace at the same time. */
export function checkName(what: string, name: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$/.test(name)) {
    throw new Error(`${what} "${name}" must be 1 to 24 small letters, digits and hyphens`)
  }
}
