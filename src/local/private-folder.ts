import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder (0700) for clear text that must not last: in memory where the system has such a place, else on the disk. */
export function makePrivateFolder(): string {
  const places = [process.env.XDG_RUNTIME_DIR, '/dev/shm'].filter((place) => place !== undefined && isWritable(place))
  return mkdtempSync(join(places[0] ?? tmpdir(), 'provision-'))
}

/** Overwrites and removes everything in the folder, and the folder. Synchronous: a signal may have come. */
export function wipe(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    // An editor's own lock may be a link to something that is not ours.
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats?.isFile()) continue
    const file = openSync(path, 'r+')
    try {
      writeSync(file, Buffer.alloc(stats.size))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
  rmSync(folder, { recursive: true, force: true })
}

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
