import type { Event } from '../engine/events.ts'
import type { Reporter } from './reporter.ts'

/** One event per line, the recap last. `docs/output.md` describes the fields. */
export function createJson(write: (text: string) => void, warn: (text: string) => void): Reporter {
  return {
    event(event: Event): void {
      write(`${jsonLine(event)}\n`)
    },
    notice: (text) => warn(`${text}\n`),
    end(): void {},
  }
}

/**
 * JSON that is harmless on a terminal too: JSON escapes C0 controls only, but U+009B starts a sequence as ESC [ does,
 * and bidirectional controls reorder what is read. A parser sees the same value.
 */
export function jsonLine(event: Event): string {
  return JSON.stringify(event).replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
