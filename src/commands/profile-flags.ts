import type { Masker } from '../core/secret.ts'
import type { HostFlags } from './options.ts'
import { wantsColour } from './output.ts'
import type { Profiling } from './profile.ts'

/** What takes the times of a run, if the command line asks for that. @throws {UsageError} when the trace cannot be kept. */
export async function profileOf(flags: Pick<HostFlags, 'profile' | 'profileTrace'>): Promise<Profiling | undefined> {
  if (!flags.profile && flags.profileTrace === undefined) return undefined
  const { beginProfile } = await import('./profile.ts')
  return beginProfile(flags.profileTrace)
}

/** Ends a profile of a command that is no run: prints what is asked for, and keeps the trace. */
export async function tellProfile(profile: Profiling, flags: HostFlags, masker: Masker): Promise<void> {
  const { profileLines } = await import('../report/profile.ts')
  const [{ textWidth }, { createStyle }, { visibleAll }] = await Promise.all([
    import('../report/look.ts'),
    import('../report/style.ts'),
    import('../report/text.ts'),
  ])
  const { stdout, stderr } = process
  const times = visibleAll(masker.maskAll(profile.end()))
  const style = createStyle(wantsColour(stdout))
  const look = { width: textWidth(stdout.columns || 80), style, scripts: flags.verbose > 0, diff: false }
  if (flags.profile) stdout.write(`\n${profileLines(times, look).join('\n')}\n`)
  for (const line of await profile.save('ping', masker)) stderr.write(`${line}\n`)
}
