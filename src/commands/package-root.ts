import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { didYouMean } from '../core/error.ts'
import { UsageError } from './options.ts'

/** Where the package is installed: `playbooks/`, `tasks/` and `templates/` are there. */
export const packageRoot = above(fileURLToPath(import.meta.url))

// The build decides in which file this one ends up.
function above(path: string): string {
  const folder = dirname(path)
  return existsSync(join(folder, 'package.json')) ? `${folder}/` : above(folder)
}

export function shipped(folder: 'playbooks' | 'tasks' | 'templates'): string {
  return join(packageRoot, folder)
}

/** The path of a shipped file as the documentation writes it, such as `tasks/sysctl.yaml`; others stay as they are. */
export function shortPath(file: string): string {
  return file.startsWith(packageRoot) ? file.slice(packageRoot.length) : file
}

export function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  return version
}

/**
 * The playbook that a user means: a file, or else a shipped one by its name, with `.yaml` or without.
 *
 * @param commands Other words that may stand in its place, for "did you mean".
 * @throws {UsageError} when there is neither.
 */
export function findPlaybook(name: string, commands: readonly string[] = []): string {
  if (statSync(name, { throwIfNoEntry: false })?.isFile()) return name
  const files = readdirSync(shipped('playbooks')).filter((file) => file.endsWith('.yaml'))
  const names = files.map((file) => basename(file, '.yaml'))
  const found = files.find((file) => file === name || file === `${name}.yaml`)
  if (found) return join(shipped('playbooks'), found)
  throw new UsageError(
    `there is no playbook ${resolve(name)}`,
    didYouMean(basename(name, '.yaml'), [...names, ...commands]) ?? `Shipped playbooks: ${names.join(', ')}.`,
  )
}
