import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import * as z from 'zod'
import { recall, remember } from '../local/state.ts'

const times = z.record(z.string(), z.number())

/** How long each host took when the inventory was used last with more hosts than `--forks`, in milliseconds. */
export function timesOf(inventory: readonly string[]): ReadonlyMap<string, number> {
  const { data = {} } = times.safeParse(recall(listOf(inventory)))
  return new Map(Object.entries(data))
}

/** Keeps that for the next run; where there is no room for it, that one takes the hosts in the order of the inventory. */
export function rememberTimes(inventory: readonly string[], spent: ReadonlyMap<string, number>): void {
  remember(listOf(inventory), Object.fromEntries(spent))
}

function listOf(inventory: readonly string[]): string {
  const paths = inventory.map((path) => resolve(path)).join('\n')
  return `times-${createHash('sha256').update(paths).digest('hex').slice(0, 16)}`
}
