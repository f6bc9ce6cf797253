import type { DiffMode } from './diff.ts'
import { createJson } from './json.ts'
import { createLive } from './live.ts'
import type { Size } from './live-rows.ts'
import { type Look, textWidth } from './look.ts'
import { createPlain } from './plain.ts'
import type { Reporter } from './reporter.ts'
import { createStyle } from './style.ts'
import { visibleAll } from './text.ts'
import { Transcript } from './transcript.ts'

/** Where a report goes: `process.stdout`, or something that looks like it. */
export interface Output {
  write(text: string): unknown
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

export type ReporterKind = 'live' | 'plain' | 'json'

export interface ReporterOptions {
  readonly stdout: Output
  /** The size where `stdout` does not tell one; a terminal that does is asked again at every frame. */
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** Nothing: as the terminal, `NO_COLOR` and `FORCE_COLOR` say. */
  readonly colour?: boolean | undefined
  /** How often `-v` was given. */
  readonly verbosity: number
  /** Diffs of files; in an apply also `from → to` of every change, which a check shows anyway. */
  readonly diff: DiffMode
  /** The command line that started this run, to be typed again. */
  readonly command: string
}

/** A reporter of the wanted kind. `live` needs a terminal; whether there is one, the caller decides. */
export function createReporter(kind: ReporterKind, options: ReporterOptions): Reporter {
  const { stdout, verbosity, diff } = options
  const write = (text: string): void => void stdout.write(text)
  if (kind === 'json') return createJson(write, (text) => void process.stderr.write(text))
  const style = createStyle(options.colour)
  // A terminal that was never told its size says 0.
  const columns = (): number => stdout.columns || options.columns || 80
  const look = (): Look => ({ width: textWidth(columns()), style, scripts: verbosity > 0, diff })
  const details = verbosity > 0 || diff !== false
  const transcript = new Transcript({ look, verbosity, details, truncated: kind === 'live', command: options.command })
  const size = (): Size => ({ columns: columns(), rows: stdout.rows || options.rows || 24 })
  return harmless(kind === 'live' ? createLive({ write, size, style, transcript }) : createPlain(write, transcript))
}

// The one gate: no text of a host reaches a line of a report before its control characters are made visible.
function harmless(reporter: Reporter): Reporter {
  return {
    event: (event) => reporter.event(visibleAll(event)),
    notice: (text) => reporter.notice(text),
    end: () => reporter.end(),
  }
}
