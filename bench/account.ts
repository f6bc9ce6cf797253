/**
 * What a program and everything that it starts cost this machine, by the kernel's own accounts: a control group, which no
 * process leaves by forking, changing its session or outliving its parent.
 */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exists, isAbsent, whenAbsent } from '../src/lab/files.ts'

/** An account with one program in it. */
export interface Account {
  /** To each of these files a process writes its id to be counted. */
  readonly doors: readonly string[]
  /** Processor time so far of everybody in it, the ended ones too, in seconds. */
  cpuSeconds(): Promise<number>
  /**
   * The most memory that was held at once, without the page cache, in bytes. Program text that others use as well is
   * counted for whoever touched it first, so this is less than the sum of resident sets.
   */
  peakBytes(): Promise<number>
  /** The processes that are in it now. */
  processes(): Promise<readonly number[]>
  /** Ends what is still in it, and removes it. */
  close(): Promise<void>
}

const root = '/sys/fs/cgroup'
const parent = 'provision-lab'
let opened = 0
const open = new Set<Account>()

/** @throws {Error} where the kernel's control groups for processors and memory cannot be written. */
export async function openAccount(): Promise<Account> {
  const name = `bench-${process.pid}-${++opened}`
  const account = await ((await exists(join(root, 'cgroup.controllers'))) ? openUnified(name) : openSeparate(name))
  const registered: Account = {
    ...account,
    async close() {
      open.delete(registered)
      await account.close()
    },
  }
  open.add(registered)
  return registered
}

/** Ends whatever still runs in any account, when the benchmark is interrupted. */
export async function closeAccounts(): Promise<void> {
  for (const account of open) await account.close()
}

/** Version 2 of control groups: one tree, in which accounts of memory have to be asked for from the root down. */
async function openUnified(name: string): Promise<Account> {
  const folder = await makeFolder(root, name)
  for (const above of [root, join(root, parent)]) await writeFile(join(above, 'cgroup.subtree_control'), '+memory')
  return {
    doors: [door(folder)],
    cpuSeconds: async () => field(await read(folder, 'cpu.stat'), 'usage_usec') / 1e6,
    peakBytes: async () => Number(await read(folder, 'memory.peak')) - field(await read(folder, 'memory.stat'), 'file'),
    processes: () => processesOf(folder),
    close: () => close([folder]),
  }
}

/** Version 1: a tree for each kind of account. */
async function openSeparate(name: string): Promise<Account> {
  const processor = await makeFolder(join(root, 'cpuacct'), name)
  const memory = await makeFolder(join(root, 'memory'), name)
  return {
    doors: [processor, memory].map(door),
    cpuSeconds: async () => Number(await read(processor, 'cpuacct.usage')) / 1e9,
    peakBytes: async () =>
      Number(await read(memory, 'memory.max_usage_in_bytes')) - field(await read(memory, 'memory.stat'), 'cache'),
    processes: () => processesOf(processor),
    close: () => close([processor, memory]),
  }
}

async function makeFolder(tree: string, name: string): Promise<string> {
  const folder = join(tree, parent, name)
  await mkdir(folder, { recursive: true })
  return folder
}

async function close(folders: readonly [string, ...string[]]): Promise<void> {
  for (let round = 0; (await processesOf(folders[0])).length > 0; round++) {
    if (round === 500) throw new Error(`processes in ${folders[0]} do not end`)
    for (const id of await processesOf(folders[0])) end(id)
    await sleep(20)
  }
  for (const folder of folders) await removeFolder(folder)
}

async function removeFolder(folder: string): Promise<void> {
  // The kernel may still be busy with a process that just ended.
  for (let round = 1; ; round++) {
    try {
      return await rmdir(folder)
    } catch (error) {
      // Whoever interrupts the bench may have been quicker.
      if (isAbsent(error)) return
      if (round === 100) throw error
      await sleep(20)
    }
  }
}

function end(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

async function processesOf(folder: string): Promise<readonly number[]> {
  const text = await readFile(door(folder), 'utf8').catch(whenAbsent(''))
  return text.split('\n').filter(Boolean).map(Number)
}

function door(folder: string): string {
  return join(folder, 'cgroup.procs')
}

function read(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8')
}

/** The number behind a name in a file of `NAME NUMBER` lines. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}
