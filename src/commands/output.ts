import { quote } from '../core/shell.ts'
import type { ReporterKind, ReporterOptions } from '../report/create-reporter.ts'
import type { RunFlags } from './options.ts'

/** Which reporter a run gets: live on a terminal, plain lines elsewhere and under CI, whatever `--output` says. */
export function reporterOptions(
  flags: RunFlags,
  argv: readonly string[],
  check: boolean,
): [ReporterKind, ReporterOptions] {
  const { stdout, env } = process
  const interactive = stdout.isTTY === true && !env.CI && env.TERM !== 'dumb'
  const kind = flags.output !== 'auto' ? flags.output : interactive ? 'live' : 'plain'
  return [
    kind,
    {
      stdout,
      columns: stdout.columns ?? 80,
      rows: stdout.rows ?? 24,
      colour: wantsColour(),
      verbosity: flags.verbose,
      // The whole of every diff comes with -vv.
      diff: (flags.diff ?? check) && flags.verbose > 1 ? 'full' : (flags.diff ?? check),
      command: ['provision', ...argv].map(quote).join(' '),
    },
  ]
}

// https://no-color.org and https://force-color.org
function wantsColour(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}
