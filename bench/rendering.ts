/**
 * How much of its processor time provision spends on rendering templates, by its own account.
 */
import type { Profile } from '../src/core/profile.ts'
import { openAccount } from './account.ts'
import { probe } from './probe.ts'
import type { Stage } from './stage.ts'
import type { Target, Tool, Wanted } from './types.ts'

/** From 0 to 1, of one run more with `--profile`; nothing where that run printed no profile. */
export async function renderingShare(
  stage: Stage,
  provision: Tool,
  wanted: readonly Wanted[],
  targets: readonly Target[],
): Promise<number | undefined> {
  const place = await stage.place(targets)
  const command = await provision.prepare(wanted, place)
  const account = await openAccount()
  try {
    const [program, ...words] = command.argv
    const profiled = { ...command, argv: [program, ...words, '--profile', '--output', 'json'] as const }
    const { output } = await probe(stage, profiled, place, account)
    const event = output.split('\n').find((line) => line.startsWith('{"type":"profile"'))
    return event === undefined ? undefined : shareOf(JSON.parse(event) as Profile)
  } finally {
    await account.close()
  }
}

function shareOf({ hosts, cpuMilliseconds }: Profile): number {
  const rendering = hosts.flatMap(({ phases }) => phases.map(({ parts }) => parts?.render ?? 0))
  return Math.round((1000 * rendering.reduce((sum, part) => sum + part, 0)) / cpuMilliseconds) / 1000
}
