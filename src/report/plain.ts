import type { Event } from '../engine/events.ts'
import type { Reporter } from './reporter.ts'
import { visible } from './text.ts'
import type { Transcript } from './transcript.ts'

/** Prints lines as things happen: for logs, pipes and CI. */
export function createPlain(write: (text: string) => void, transcript: Transcript): Reporter {
  return {
    event(event: Event): void {
      const lines = transcript.lines(event)
      if (lines.length > 0) write(`${lines.join('\n')}\n`)
    },
    notice: (text) => write(`${visible(text)}\n`),
    end(): void {},
  }
}
