import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Span } from '../core/profile.ts'
import type { Masker } from '../core/secret.ts'
import { writeAtomically } from '../local/files.ts'
import { harmlessJson } from '../report/json.ts'
import { traceOf } from '../report/profile-trace.ts'
import { UsageError } from './options.ts'
import { shortPath } from './package-root.ts'

/** Refuses to replace what is no trace, before anything is contacted. @throws {UsageError} */
export function refuseTrace(path: string): void {
  const text = textOf(path)
  if (text === undefined || text === '' || text.includes('"traceEvents"')) return
  throw new UsageError(
    `--profile-trace ${path} would replace a file that is no trace`,
    'Give another name, or remove it.',
  )
}

/**
 * Writes a trace.
 *
 * @param run what was run.
 * @returns what to say about it. @throws {UsageError} when it cannot be written.
 */
export async function saveTrace(path: string, spans: readonly Span[], run: string, masker: Masker): Promise<string> {
  const shown = spans.map((span) =>
    span.place ? { ...span, place: { ...span.place, file: shortPath(span.place.file) } } : span,
  )
  try {
    await writeAtomically(resolve(path), `${harmlessJson(masker.maskAll(traceOf(shown, run)))}\n`, 0o600)
  } catch (error) {
    throw new UsageError(`cannot write the trace ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
  return `${path}: open it in https://ui.perfetto.dev, chrome://tracing or https://profiler.firefox.com.`
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new UsageError(`--profile-trace ${path} cannot be used: ${code}`)
  }
}
