/**
 * Small helpers for files.
 */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, whenAbsent(false))
}

/** For `catch`: a file, folder or process that is not there, or no more, becomes this value; other errors stay errors. */
export function whenAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isAbsent(error)) return value
    throw error
  }
}

/** ENODEV and ESRCH are what the kernel says about a control group or a process that ends while it is looked at. */
export function isAbsent(error: unknown): boolean {
  const codes = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ESRCH']
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** Writes a file of a disk that is mounted at `root`, with exactly this mode and the folders it needs. */
export async function writeInto(root: string, path: string, text: string, mode = 0o644): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  // The mode given to writeFile would pass through the umask, and would be ignored for a file that is there.
  await chmod(file, mode)
}
