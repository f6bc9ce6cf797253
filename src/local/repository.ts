import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { HostError } from '../core/error.ts'

const execute = promisify(execFile)

/** Hosts are backed up at once, but git takes one commit after another. */
const queues = new Map<string, Promise<unknown>>()

/**
 * Commits files of a repository, and pushes where there is a remote.
 *
 * @throws {HostError} when git refuses, with what it said; when a remote can be read by everybody.
 */
export function commit(folder: string, files: readonly string[], message: string): Promise<void> {
  const work = (queues.get(folder) ?? Promise.resolve()).then(() => commitNow(folder, files, message))
  queues.set(
    folder,
    work.catch(() => undefined),
  )
  return work
}

async function commitNow(folder: string, files: readonly string[], message: string): Promise<void> {
  const remotes = await refusePublic(folder)
  await git(folder, ['add', '--', ...files])
  await git(folder, ['commit', '--quiet', '-m', message, '--', ...files])
  if (remotes.length > 0) await git(folder, ['push', '--quiet'])
}

/** Who can be asked without a password answers everybody: then a backup does not belong there, encrypted or not. */
async function refusePublic(folder: string): Promise<readonly string[]> {
  const names = (await git(folder, ['remote'])).split('\n').filter((name) => name !== '')
  for (const name of names) {
    const url = (await git(folder, ['remote', 'get-url', '--push', name])).trim()
    const open = webAddress(url)
    if (open !== undefined && (await answersAnyone(folder, open))) {
      throw new HostError(`${open} can be read by everybody`, {
        hint: 'push backups to a private repository: make it private, or give the folder another remote',
      })
    }
  }
  return names
}

/** The address under which a forge would show the repository to strangers: that of `git@forge:a/b.git` is https://forge/a/b.git. */
function webAddress(url: string): string | undefined {
  if (/^https?:/.test(url)) return url.replace(/\/\/[^/@]*@/, '//')
  const [, host, path] = /^(?:ssh:\/\/)?[^@/]+@([^:/]+)(?::\d+)?[:/](.+)$/.exec(url) ?? []
  return host === undefined ? undefined : `https://${host}/${path}`
}

async function answersAnyone(folder: string, url: string): Promise<boolean> {
  try {
    // No helper and no file of passwords: as a stranger would ask.
    await git(folder, ['-c', 'credential.helper=', '-c', 'core.askPass=', 'ls-remote', '--quiet', url], {
      HOME: '/nonexistent',
    })
    return true
  } catch (error) {
    if (error instanceof HostError) return false
    throw error
  }
}

async function git(folder: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...environment }
    const { stdout } = await execute('git', ['-C', folder, ...words], { env, timeout: 60_000 })
    return stdout
  } catch (error) {
    const { stderr, code } = error as { readonly stderr?: string; readonly code?: unknown }
    const hint = code === 'ENOENT' ? 'install git' : `in ${folder}`
    throw new HostError(`git ${words[0]} — exit ${String(code)}`, { output: stderr?.trimEnd(), hint })
  }
}
