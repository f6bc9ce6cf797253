/**
 * One control group per host. It keeps hosts apart (two systemds in one group would stop each other's services), and
 * it is the kernel's own record of every process of a host: what is ended is exactly what was started, even after
 * the program that started it was killed.
 */
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAbsent, whenAbsent } from './files.ts'

/** Makes the group and returns the files to which a process writes its id to be in it. */
export async function createGroup(name: string): Promise<string[]> {
  const folders = await groupFolders(name)
  for (const folder of folders) await mkdir(folder, { recursive: true })
  return folders.map((folder) => join(folder, 'cgroup.procs'))
}

/** Every process in the group and below it. */
export async function groupProcesses(name: string): Promise<number[]> {
  const found = new Set<number>()
  for (const folder of await groupFolders(name)) for (const id of await processesBelow(folder)) found.add(id)
  return [...found]
}

/** Ends every process of the group at once, as a power cut would, and waits until they are gone. */
export async function endGroup(name: string): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const processes = await groupProcesses(name)
    if (processes.length === 0) return
    for (const id of processes) kill(id)
    await sleep(20)
  }
  throw new Error(`processes of the control group ${name} do not end: ${(await groupProcesses(name)).join(' ')}`)
}

/** Removes an empty group; fine when there is none. */
export async function removeGroup(name: string): Promise<void> {
  for (const folder of await groupFolders(name)) await removeBelow(folder)
}

/** The bytes of memory that processes of the group hold, each shared page counted once in proportion. */
export async function groupMemory(name: string): Promise<number> {
  let kilobytes = 0
  for (const id of await groupProcesses(name)) {
    const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(whenAbsent(''))
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  }
  return kilobytes * 1024
}

/**
 * The group's folder in each hierarchy that systemd uses: the unified one, and on machines that still have it the
 * old one with the name systemd.
 */
async function groupFolders(name: string): Promise<string[]> {
  const text = await readFile('/proc/self/mounts', 'utf8')
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type, options = '']) => type === 'cgroup2' || (type === 'cgroup' && options.includes('name=systemd')))
    .map(([, point = '']) => join(point, 'provision-lab', name))
}

async function processesBelow(folder: string): Promise<number[]> {
  const own = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(whenAbsent(''))
  // 0 is a process of another process namespace, which nobody here started.
  const found = own.split('\n').filter(Boolean).map(Number).filter(Boolean)
  for (const child of await subfolders(folder)) found.push(...(await processesBelow(child)))
  return found
}

async function removeBelow(folder: string): Promise<void> {
  for (const child of await subfolders(folder)) await removeBelow(child)
  // The kernel may still be busy with a process that just ended.
  for (let round = 1; ; round++) {
    try {
      return await rmdir(folder)
    } catch (error) {
      if (isAbsent(error)) return
      if (round === 100) throw error
      await sleep(20)
    }
  }
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(whenAbsent([]))
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name))
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}
