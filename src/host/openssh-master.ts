import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { UnreachableError } from '../core/error.ts'

/**
 * The options with which ssh keeps a connection open for later runs (ssh_config(5), ControlPersist), or uses one that is.
 *
 * @param identity everything that says which host is meant and how it is trusted and logged in to: with anything of it
 * changed, another connection is made.
 * @param knownHosts files; a change to one of them counts as such a change, for a key may have been revoked.
 * @throws {UnreachableError} where there is no ssh program, or no safe place for the socket.
 */
export function keepingArguments(
  identity: readonly string[],
  knownHosts: readonly string[],
  persistSeconds: number,
): readonly string[] {
  if (!isInstalled('ssh')) {
    const message = 'keeping connections open takes the ssh program, which is not installed here'
    throw new UnreachableError('connection', message, 'apt install openssh-client, or leave out --persist')
  }
  const times = knownHosts.map((file) => String(statSync(file, { throwIfNoEntry: false })?.mtimeMs))
  const name = createHash('sha256')
    .update(JSON.stringify([identity, times]))
    .digest('hex')
    .slice(0, 16)
  const socket = join(keepingFolder(), name)
  const settings = ['ControlMaster=auto', `ControlPath=${socket.replaceAll('%', '%%')}`]
  return [...settings, `ControlPersist=${Math.ceil(persistSeconds)}`].flatMap((setting) => ['-o', setting])
}

/** Ends all connections of this user that are kept open; what still runs over them ends with them. */
export async function endKept(): Promise<void> {
  if (!isInstalled('ssh')) return
  const folder = keepingFolder()
  const end = (name: string) =>
    promisify(execFile)('ssh', ['-O', 'exit', '-o', `ControlPath=${join(folder, name)}`, '--', 'kept'])
  // A socket that nobody listens on any more is replaced by whoever wants its name.
  await Promise.allSettled(readdirSync(folder).map(end))
}

/**
 * A folder that nobody else may look into, the same in each run. Sockets are short-lived, so it lies where such things do;
 * its name is short, for the path of a socket has 104 bytes on macOS, of which ssh takes 17 for itself.
 */
function keepingFolder(): string {
  const { uid } = userInfo()
  const own = process.env.XDG_RUNTIME_DIR
  const folder = own && isWritable(own) ? join(own, 'provision') : join(tmpdir(), `provision-${uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stats = lstatSync(folder)
  if (!stats.isDirectory() || stats.uid !== uid || (stats.mode & 0o077) !== 0) {
    const message = `${folder} is not a folder of yours alone, and would hold the sockets of kept connections`
    throw new UnreachableError('connection', message, `remove it, or leave out --persist`)
  }
  return folder
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  return may(path, constants.X_OK)
}

function isWritable(path: string): boolean {
  return may(path, constants.W_OK | constants.X_OK)
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
