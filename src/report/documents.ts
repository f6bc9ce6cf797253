import type { Event } from '../engine/events.ts'
import { failureLines, unreachableLines } from './failure.ts'
import type { Look } from './look.ts'
import { profileLines } from './profile.ts'
import type { Reporter } from './reporter.ts'

export interface DocumentsOptions {
  /** The documents that are wanted: `zone`. */
  readonly format: string
  /** Standard output: documents and nothing else. */
  readonly write: (text: string) => void
  /** Standard error: what went wrong. */
  readonly warn: (text: string) => void
  readonly look: () => Look
}

/**
 * Prints the documents of one format at the end of a run, those of a host in the order of its tasks, hosts in the order
 * of the inventory: the same run prints the same text. What several hosts make alike is printed once.
 */
export function createDocuments({ format, write, warn, look }: DocumentsOptions): Reporter {
  const made = new Set<string>()
  const texts = new Map<string, string[]>()
  let isOver = false
  const warnLines = (lines: readonly string[]): void => warn(`${lines.join('\n')}\n`)
  return {
    event(event: Event): void {
      if (event.type === 'start') for (const host of event.hosts) texts.set(host, [])
      if (event.type === 'document') made.add(event.format)
      if (event.type === 'document' && event.format === format) texts.get(event.host)?.push(event.text)
      // That something was found is said; what it is, a run without --output tells.
      if (event.type === 'result' && event.status === 'failed') {
        warnLines(failureLines({ ...event, findings: [] }, false, look()))
      }
      if (event.type === 'notice') warnLines([`${event.host} · ${event.text}`])
      if (event.type === 'unreachable') warnLines(unreachableLines(event, look()))
      if (event.type === 'profile') warnLines(profileLines(event, look()))
      if (event.type === 'recap') isOver = true
    },
    notice: (text) => warnLines([text]),
    end(): void {
      const all = new Set([...texts.values()].flat())
      for (const text of all) write(text.endsWith('\n') ? text : `${text}\n`)
      if (isOver && all.size === 0) warnLines([nothing(format, [...made])])
    },
  }
}

function nothing(format: string, made: readonly string[]): string {
  const others = made.length === 0 ? '' : ` There is: ${made.map((other) => `--output ${other}`).join(', ')}.`
  return `No task made anything for --output ${format}.${others}`
}
