/**
 * Small helpers for files.
 */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Writes a file of a disk that is mounted at `root`, with exactly this mode and the folders it needs. */
export async function writeInto(root: string, path: string, text: string, mode = 0o644): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  // The mode given to writeFile would pass through the umask, and would be ignored for a file that is there.
  await chmod(file, mode)
}
