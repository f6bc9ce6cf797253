import * as z from 'zod'
import { HostError } from '../core/error.ts'

/** What a run wrote to a path. */
export type Written =
  | { readonly kind: 'file'; readonly sha256: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'absent' | 'directory' | 'other' }

/** A path that a run replaced or removed. */
export interface KeptFile {
  readonly path: string
  /** What was there before, or why that was not kept. */
  readonly kind: 'file' | 'link' | 'directory' | 'absent' | 'large' | 'unreadable' | 'other'
  /** Its number in `files`, where it was kept. */
  readonly copy: number | undefined
  readonly bytes: number
  /** The real directory of the path, without links; nothing where there was none. */
  readonly directory: string | undefined
  /** What the run left there; nothing where it was cut off before that was known. */
  readonly wrote: Written | undefined
}

/** An item that changed something, or failed to. */
export interface RunItem {
  /** Seconds since 1970, by the clock of the host. */
  readonly time: number
  readonly task: string
  readonly place: string
  readonly resource: string
  readonly changes: readonly string[]
  readonly notify: readonly string[]
  readonly handler?: boolean | undefined
  readonly failure?: string | undefined
  readonly status: 'changed' | 'failed' | 'cut off'
  /** Exit status of the change that failed, and how many were made before it. */
  readonly exit?: number | undefined
  readonly made?: number | undefined
  /** Paths that it replaced or removed. */
  readonly paths: readonly string[]
}

/** A run as one host remembers it. */
export interface RunLog {
  readonly time: number
  readonly who: string
  readonly playbook: string
  readonly items: readonly RunItem[]
  /** In the order in which they were replaced first. */
  readonly files: readonly KeptFile[]
  readonly end: string | undefined
}

const head = z.object({ who: z.string(), playbook: z.string() })
const record = z.object({
  task: z.string(),
  place: z.string(),
  resource: z.string(),
  changes: z.array(z.string()),
  notify: z.array(z.string()),
  handler: z.boolean().optional(),
  failure: z.string().optional(),
})
const kinds = z.enum(['file', 'link', 'directory', 'absent', 'large', 'unreadable', 'other'])
const whole = z.string().regex(/^\d+$/).transform(Number)

/** A log while it is read. */
interface Reading {
  head: { readonly time: number; readonly who: string; readonly playbook: string } | undefined
  readonly items: RunItem[]
  readonly files: Map<string, KeptFile>
  end: string | undefined
}

/**
 * Reads the log of a run (host/protocol-journal.ts says what its lines are).
 *
 * @throws {HostError} for a line that is none of ours; of the last one a power cut may have left a part.
 */
export function parseRunLog(text: string): RunLog {
  const reading: Reading = { head: undefined, items: [], files: new Map(), end: undefined }
  const lines = text.split('\n')
  // A line that was not written to its end has no meaning.
  lines.pop()
  for (const [index, line] of lines.entries()) {
    try {
      read(line.split('\t'), reading)
    } catch {
      if (index === lines.length - 1) break
      throw new HostError(`line ${index + 1} of the journal of the run cannot be understood`)
    }
  }
  const { head: begun, items, files, end } = reading
  if (!begun) throw new HostError('the journal of the run has no beginning')
  return { ...begun, items, files: [...files.values()], end }
}

function read([verb = '', ...words]: readonly string[], reading: Reading): void {
  const { items, files } = reading
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = words
  switch (verb) {
    case 'run':
      reading.head = { time: whole.parse(first), ...head.parse(JSON.parse(second)) }
      return
    case 'begin':
      items.push({ time: whole.parse(first), ...record.parse(JSON.parse(second)), status: 'cut off', paths: [] })
      return
    case 'changed':
      amend(items, { status: 'changed' })
      return
    case 'failed':
      amend(items, { status: 'failed', made: whole.parse(first), exit: whole.parse(second) })
      return
    case 'unfinished': {
      const { task, place, failure } = record.parse(JSON.parse(second))
      const index = items.findLastIndex((item) => item.task === task && item.place === place)
      if (index >= 0) items[index] = { ...items[index]!, status: 'failed', failure }
      return
    }
    case 'kept': {
      const path = unescaped(first)
      const copy = second === '-' ? undefined : whole.parse(second)
      const directory = fifth === '-' ? undefined : unescaped(fifth)
      const bytes = whole.parse(third)
      files.set(path, { path, kind: kinds.parse(fourth), copy, bytes, directory, wrote: undefined })
      return
    }
    case 'wrote': {
      const path = unescaped(first)
      const file = files.get(path)
      if (!file) throw new Error('not kept')
      files.set(path, { ...file, wrote: written(second, third) })
      amend(items, { paths: [...new Set([...(items.at(-1)?.paths ?? []), path])] })
      return
    }
    case 'end':
      reading.end = second
      return
    default:
      throw new Error('unknown')
  }
}

function written(kind: string, value: string): Written {
  if (kind === 'file')
    return {
      kind,
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .parse(value),
    }
  if (kind === 'link') return { kind, target: unescaped(value) }
  return { kind: z.enum(['absent', 'directory', 'other']).parse(kind) }
}

function amend(items: RunItem[], more: Partial<RunItem>): void {
  const item = items.at(-1)
  if (!item) throw new Error('no item')
  items[items.length - 1] = { ...item, ...more }
}

/** A path as core/keep-file.ts writes it. */
function unescaped(word: string): string {
  return word.replace(/\\([\\tn])/g, (_, character: string) => ({ t: '\t', n: '\n' })[character] ?? '\\')
}
