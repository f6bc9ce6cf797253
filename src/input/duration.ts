import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Seconds of a span of time: a number of them, or `90s`, `5m`, `2h`, `1d`. A mistake goes to `problems`. */
export function readDuration(source: Source, what: string, problems: Problems): number | undefined {
  const { value } = source
  if (typeof value === 'number' && value > 0) return value
  const seconds = typeof value === 'string' ? spanSeconds(value) : undefined
  if (seconds !== undefined) return seconds
  const got = typeof value === 'string' ? `"${value}"` : typeof value === 'number' ? String(value) : kindOf(value)
  problems.add(
    source.problem(`${what}: expected a span of time, got ${got}`, { hint: 'write seconds, or such as 90s, 5m' }),
  )
  return undefined
}

/** Seconds of `90s`, `5m`, `2h`, `1d` or a bare number of them; nothing for any other text. */
export function spanSeconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text)
  const seconds = match ? Number(match[1]) * UNITS[(match[2] ?? 's') as keyof typeof UNITS] : 0
  return seconds > 0 ? seconds : undefined
}
