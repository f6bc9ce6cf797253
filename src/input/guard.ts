import { GUARD_SECONDS, type TaskGuard } from '../core/guard.ts'
import { readDuration } from './duration.ts'
import { type Fields, toBoolean } from './fields.ts'
import { isMapping } from './lookup.ts'
import type { Problems } from './problems.ts'
import { kindOf } from './source.ts'

/** Reads `guard`: yes, no, or `{ timeout, restore }`. */
export function readGuard(fields: Fields, problems: Problems): TaskGuard | false | undefined {
  const source = fields.get('guard')
  if (source === undefined) return undefined
  const plain = toBoolean(source.value)
  if (plain !== undefined) return plain && { seconds: GUARD_SECONDS, restore: [] }
  if (!isMapping(source.value)) {
    const hint = 'guard: { timeout: 90s, restore: "systemctl restart networking" }'
    problems.add(source.problem(`guard: expected true, false or a mapping, got ${kindOf(source.value)}`, { hint }))
    return undefined
  }
  const inner = fields.inside(source)
  inner.allowOnly(['timeout', 'restore'])
  const timeout = inner.get('timeout')
  const seconds = timeout === undefined ? GUARD_SECONDS : readDuration(timeout, 'timeout', problems)
  if (timeout !== undefined && seconds !== undefined && seconds < 5) {
    problems.add(timeout.problem('timeout: a proof needs at least 5 s'))
  }
  const restore = inner.strings('restore').map(({ value }) => String(value))
  return { seconds: Math.ceil(seconds ?? GUARD_SECONDS), restore }
}
