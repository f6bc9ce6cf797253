import { quote } from '../core/shell.ts'
import type { ReporterKind, ReporterOptions } from '../report/create-reporter.ts'
import type { RunFlags } from './options.ts'

/** Which reporter a run gets: whatever `--output` says, else live on a terminal, plain lines elsewhere and under CI. */
export function reporterOptions(
  flags: RunFlags,
  argv: readonly string[],
  check: boolean,
): [ReporterKind, ReporterOptions] {
  const { stdout, stderr, env } = process
  const { output, verbose } = flags
  // What -vvv says of connections goes to standard error, where it would run into the live screen.
  const interactive = stdout.isTTY === true && !env.CI && env.TERM !== 'dumb' && verbose < 3
  const kind = output !== 'auto' ? output : interactive ? 'live' : 'plain'
  // Beside documents nothing is printed on standard output.
  const screen = typeof kind === 'object' ? stderr : stdout
  return [
    kind,
    {
      stdout,
      stderr,
      columns: screen.columns ?? 80,
      rows: screen.rows ?? 24,
      colour: wantsColour(screen),
      verbosity: verbose,
      // The whole of every diff comes with -vv.
      diff: (flags.diff ?? check) && verbose > 1 ? 'full' : (flags.diff ?? check),
      command: ['provision', ...argv].map(quote).join(' '),
    },
  ]
}

// https://no-color.org and https://force-color.org
export function wantsColour(screen: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return screen.isTTY === true && process.env.TERM !== 'dumb'
}
