import type { HostRecap } from '../engine/events.ts'

/** Exit codes are a published interface (docs/output.md). */
export const ExitCode = { done: 0, failed: 1, changes: 2, unreachable: 3, usage: 4, interrupted: 130 } as const

/** The code for a finished run: the worst thing that happened to any host. */
export function exitCode(hosts: Iterable<HostRecap>, check: boolean, interrupted: boolean): number {
  const recaps = [...hosts]
  if (interrupted) return ExitCode.interrupted
  if (recaps.some(({ failed }) => failed > 0)) return ExitCode.failed
  if (recaps.some(({ unreachable }) => unreachable)) return ExitCode.unreachable
  if (check && recaps.some(({ changed, unknown }) => changed > 0 || unknown > 0)) return ExitCode.changes
  return ExitCode.done
}
