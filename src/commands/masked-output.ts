import type { Masker } from '../core/secret.ts'
import type { Emit, Event } from '../engine/events.ts'

/** Output without line breaks is held back up to so many characters. */
const MOST_HELD = 65_536

type Output = Extract<Event, { type: 'output' }>

const BASE64_LINE = /[A-Za-z0-9+/]{60}\r?\n$/
/** Lines of base64 text: a secret in it may be broken across two. */
const BASE64_LINES = /(?:^|[\r\n])(?:[ \t]*[A-Za-z0-9+/]{60,76}\r?\n)+$/

/**
 * Masks every event. What a change prints comes in pieces, and a secret may begin in one and end in the next: so a line
 * is passed on once it is whole, or once something else happens on its host.
 */
export function masked(masker: Masker, emit: Emit): Emit {
  const held = new Map<string, Output>()
  const pass = (event: Event): void => emit(masker.maskAll(event))
  const release = (host: string | undefined): void => {
    for (const [key, event] of held) {
      if (host !== undefined && event.host !== host) continue
      held.delete(key)
      if (event.text !== '') pass(event)
    }
  }
  return (event) => {
    if (event.type !== 'output') {
      release('host' in event ? event.host : undefined)
      pass(event)
      return
    }
    const key = `${event.host} ${event.stream}`
    const text = (held.get(key)?.text ?? '') + event.text
    const lines = ready(text)
    const end = text.length - lines > MOST_HELD ? Math.max(lines, masker.cut(text)) : lines
    if (end > 0) pass({ ...event, text: text.slice(0, end) })
    held.set(key, { ...event, text: text.slice(end) })
  }
}

/** How much of the text is whole lines behind which nothing can go on. */
function ready(text: string): number {
  const lines = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
  if (!BASE64_LINE.test(text.slice(Math.max(0, lines - 80), lines))) return lines
  const open = text.slice(Math.max(0, lines - MOST_HELD), lines)
  const from = BASE64_LINES.exec(open)?.index
  return from === undefined || lines > MOST_HELD ? lines : from + (/[\r\n]/.test(open[from] ?? '') ? 1 : 0)
}
