import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { HostRecap } from '../engine/events.ts'
import { keepState, stateFile } from '../local/state.ts'
import { UsageError } from './options.ts'

/**
 * What `--limit` means: `@failed` is a list of the hosts that failed, were unreachable, or were not reached to the end in the
 * last run with the same inventory.
 *
 * @throws {UsageError} when there is none.
 */
export function failedLimit(limit: string | undefined, inventory: readonly string[]): string | undefined {
  if (limit !== '@failed') return limit
  const file = stateFile(listOf(inventory))
  if (existsSync(file)) return `@${file}`
  throw new UsageError('--limit @failed: no host is remembered as failed in the last run with this inventory')
}

/**
 * Remembers on which hosts the run is not done; forgets the list of an earlier run.
 *
 * @returns what to say where that cannot be.
 */
export function rememberFailed(
  inventory: readonly string[],
  hosts: { readonly [name: string]: HostRecap },
): readonly string[] {
  const name = listOf(inventory)
  const failed = Object.entries(hosts).filter(
    ([, { failed: count, unreachable, notReached }]) => count > 0 || unreachable || notReached > 0,
  )
  if (failed.length === 0) {
    rmSync(stateFile(name), { force: true })
    return []
  }
  const reason = keepState(name, `${failed.map(([host]) => host).join('\n')}\n`)
  if (reason === undefined) return []
  return [`Which hosts failed is not remembered: ${reason}. In place of @failed, --limit takes their names.`]
}

function listOf(inventory: readonly string[]): string {
  const id = createHash('sha256')
    .update(inventory.map((path) => resolve(path)).join('\n'))
    .digest('hex')
    .slice(0, 16)
  return `failed-${id}`
}
