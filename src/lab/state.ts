/**
 * What is written down about a lab before anything of it exists, so that it can be taken down by anybody later.
 */
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsent, whenAbsent } from './files.ts'
import type { Mount } from './machine.ts'
import { labDirectory, labsDirectory } from './places.ts'
import type { Release } from './release.ts'

/** One host of a lab. */
export interface LabHost {
  name: string
  release: Release
  ipv4: string
  ipv6: string
}

export interface HostRecord extends LabHost {
  /** The last part of both addresses. */
  number: number
  /** Whether this is the host that makes up the world, not one to be provisioned. */
  isWorld: boolean
  /** Whether IPv6 works from the first boot, or is left for somebody to set up. */
  ipv6FromStart: boolean
  /** The cached folders that its disk starts from, the topmost first. */
  layers: string[]
  /** The package folders that it sees. */
  mounts: Mount[]
}

export interface LabRecord {
  id: string
  /** The process that opened the lab, and with which it ends; nobody for a lab that stays up. */
  owner: { pid: number; started: string } | null
  world: boolean
  /** The zones of the world's DNS, without the reverse ones. */
  domains: string[]
  hosts: HostRecord[]
}

export async function writeRecord(record: LabRecord): Promise<void> {
  const directory = labDirectory(record.id)
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const temporary = join(directory, 'lab.json.new')
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`)
  await rename(temporary, join(directory, 'lab.json'))
}

/** The record of a lab, or undefined where no lab of this id was ever opened or it was taken down. */
export async function readRecord(id: string): Promise<LabRecord | undefined> {
  // Asking first whether it is there would fail where the lab is taken down between the question and the reading.
  const text = await readFile(join(labDirectory(id), 'lab.json'), 'utf8').catch(whenAbsent(undefined))
  return text === undefined ? undefined : (JSON.parse(text) as LabRecord)
}

/** The ids of all labs that were opened and not taken down. */
export async function labIds(): Promise<string[]> {
  await mkdir(labsDirectory(), { recursive: true })
  return (await readdir(labsDirectory())).filter((name) => !name.startsWith('.')).sort()
}

/** Whether the process that opened the lab still runs. A process id is used again later, so its start time counts too. */
export function ownerLives(record: LabRecord): boolean {
  return record.owner !== null && startOf(record.owner.pid) === record.owner.started
}

/** This process, in the form that records keep. */
export function thisProcess(): { pid: number; started: string } {
  return { pid: process.pid, started: startOf(process.pid) ?? '' }
}

function startOf(pid: number): string | undefined {
  try {
    // The second field is the program's name in brackets and may hold spaces; the start time is the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${fields[19]}`
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
