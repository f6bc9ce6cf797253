import type { DiffMode } from './diff.ts'
import { createDocuments } from './documents.ts'
import { createJson } from './json.ts'
import { createLive } from './live.ts'
import type { Size } from './live-rows.ts'
import { type Look, textWidth } from './look.ts'
import { createPlain } from './plain.ts'
import type { Reporter } from './reporter.ts'
import { createStyle } from './style.ts'
import { visible, visibleAll } from './text.ts'
import { Transcript } from './transcript.ts'

/** Where a report goes: `process.stdout`, or something that looks like it. */
export interface Output {
  write(text: string): unknown
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** How a run is shown; `document`: only the documents of a format that its tasks make. */
export type ReporterKind = 'live' | 'plain' | 'json' | { readonly document: string }

export interface ReporterOptions {
  readonly stdout: Output
  /** For what is no part of JSON or of documents; `process.stderr` unless told otherwise. */
  readonly stderr?: Output
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
  const { stdout, stderr = process.stderr, verbosity, diff } = options
  const write = (text: string): void => void stdout.write(text)
  const warn = (text: string): void => void stderr.write(text)
  if (kind === 'json') return createJson(write, warn)
  const style = createStyle(options.colour)
  // A terminal that was never told its size says 0.
  const columns = (): number => stdout.columns || options.columns || 80
  const look = (): Look => ({ width: textWidth(columns()), style, scripts: verbosity > 0, diff })
  if (typeof kind === 'object') {
    return harmless(createDocuments({ format: kind.document, write, warn, look }))
  }
  const details = verbosity > 0 || diff !== false
  const transcript = new Transcript({
    look,
    verbosity,
    details,
    truncated: kind === 'live',
    command: visible(options.command),
  })
  const size = (): Size => ({ columns: columns(), rows: stdout.rows || options.rows || 24 })
  return harmless(kind === 'live' ? createLive({ write, size, style, transcript }) : createPlain(write, transcript))
}

// The one gate: no text of a host reaches a line of a report before its control characters are made visible.
function harmless(reporter: Reporter): Reporter {
  return {
    event: (event) => reporter.event(visibleAll(event)),
    notice: (text) => reporter.notice(visible(text)),
    end: () => reporter.end(),
  }
}
