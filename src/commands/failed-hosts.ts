import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { HostRecap } from '../engine/events.ts'
import { stateFile } from '../local/state.ts'
import { UsageError } from './options.ts'

/**
 * What `--limit` means: `@failed` is a list of the hosts that failed or were unreachable in the last run with the same
 * inventory.
 *
 * @throws {UsageError} when no host failed.
 */
export function failedLimit(limit: string | undefined, inventory: readonly string[]): string | undefined {
  if (limit !== '@failed') return limit
  const file = listOf(inventory)
  if (existsSync(file)) return `@${file}`
  throw new UsageError('--limit @failed: no host failed in the last run with this inventory')
}

/** Remembers which hosts failed; forgets the list of an earlier run. */
export function rememberFailed(inventory: readonly string[], hosts: { readonly [name: string]: HostRecap }): void {
  const file = listOf(inventory)
  const failed = Object.entries(hosts).filter(([, { failed: count, unreachable }]) => count > 0 || unreachable)
  if (failed.length === 0) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${failed.map(([name]) => name).join('\n')}\n`)
}

function listOf(inventory: readonly string[]): string {
  const id = createHash('sha256')
    .update(inventory.map((path) => resolve(path)).join('\n'))
    .digest('hex')
    .slice(0, 16)
  return stateFile(`failed-${id}`)
}
