/**
 * Folders that take long to make and never change once made.
 */
import { chmod, mkdir, mkdtemp, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from './files.ts'
import { withLock } from './lock.ts'
import { cacheDirectory } from './places.ts'
import { mounts, removeTree } from './tree.ts'

/**
 * The cache folder with this name, made by `make` when it is not there. It is made under another name and renamed
 * when it is complete, so that a build that was cut never counts. Older ones of the same kind go when no lab uses them.
 */
export async function cached(name: string, kind: string, make: (temporary: string) => Promise<void>): Promise<string> {
  const cache = cacheDirectory()
  const directory = join(cache, name)
  if (await exists(directory)) return directory
  await mkdir(cache, { recursive: true })
  await withLock(join(cache, `.${kind}.lock`), async () => {
    // Somebody else may have built it while we waited.
    if (await exists(directory)) return
    await removeOld(kind)
    // Its own name for each attempt: what a killed one left may still have a process that writes into it.
    const temporary = await mkdtemp(join(cache, `.building-${name}-`))
    await chmod(temporary, 0o755)
    await make(temporary)
    await rename(temporary, directory)
  })
  return directory
}

/** Only called under the kind's lock, so whatever is half built is nobody's any more. */
async function removeOld(kind: string): Promise<void> {
  const cache = cacheDirectory()
  const inUse = await mounts()
  for (const name of await readdir(cache)) {
    const directory = join(cache, name)
    const isOurs = name.startsWith(`${kind}-`) || name.startsWith(`.building-${kind}-`)
    if (isOurs && !inUse.some(({ options }) => options.includes(`${directory}/`))) await removeTree(directory)
  }
}
