import type { Event } from '../engine/events.ts'
import type { Reporter } from './reporter.ts'
import { visible } from './text.ts'

/** One event per line, the recap last. `docs/output.md` describes the fields. */
export function createJson(write: (text: string) => void, warn: (text: string) => void): Reporter {
  return {
    event(event: Event): void {
      write(`${jsonLine(event)}\n`)
    },
    notice: (text) => warn(`${visible(text)}\n`),
    end(): void {},
  }
}

/**
 * JSON that is harmless on a terminal too: JSON escapes C0 controls only, but U+009B starts a sequence as ESC [ does,
 * and bidirectional controls reorder what is read. A parser sees the same value.
 */
export function jsonLine(event: Event): string {
  return harmlessJson(event)
}

/** Any value as JSON that no terminal obeys. */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
