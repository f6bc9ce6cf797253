import type { Event } from '../engine/events.ts'
import { indent } from './changes.ts'
import { cutLine } from './diff.ts'
import { type Look, placeText, prose } from './look.ts'
import { count, oneLine, splitLines } from './text.ts'
import { displayWidth, spread, wrap } from './width.ts'

/** Of very long output the start, where it began to go wrong, and the end, where it says so, are shown. */
const FIRST_LINES = 60
const LAST_LINES = 140
/** Beside a long place a title keeps so many columns, even where its line gets too long. */
const LEAST_ROOM = 20

type Result = Extract<Event, { readonly type: 'result' }>
type Unreachable = Extract<Event, { readonly type: 'unreachable' }>

/** A failure in full: host, task and place; the message; what the command printed; what to do. */
export function failureLines(result: Result, look: Look): readonly string[] {
  const { failure } = result
  const subject = `${result.handler ? 'handler ' : ''}${oneLine(result.task)}`
  return [
    ...title(result.host, subject, placeText(result.place, look), look),
    ...prose(failure?.message ?? 'failed', 2, look),
    ...indent(outputLines(failure?.output ?? ''), 4),
    ...prose(failure?.hint ?? '', 2, look),
  ]
}

/** A host that cannot be reached: what happened, how far the connection came, what to do. */
export function unreachableLines(event: Unreachable, look: Look): readonly string[] {
  const [first = '', ...rest] = splitLines(event.message)
  const named = first.toLowerCase().includes(event.stage)
  return [
    ...title(event.host, first, named ? '' : event.stage, look),
    ...prose(rest.join('\n'), 2, look),
    ...prose(event.hint ?? '', 2, look),
  ]
}

/** What a command printed, line by line, without the carriage returns of a terminal and cut in its middle when very long. */
export function outputLines(text: string): readonly string[] {
  const lines = splitLines(text).map((line) => cutLine(line.replace(/␍$/, '')))
  const left = lines.length - FIRST_LINES - LAST_LINES
  if (left <= 0) return lines
  return [...lines.slice(0, FIRST_LINES), `… ${count(left, 'line')} left out`, ...lines.slice(-LAST_LINES)]
}

function title(host: string, subject: string, right: string, look: Look): readonly string[] {
  const { style, width } = look
  const before = `✖ ${host} · `
  const room = width - displayWidth(before) - (right === '' ? 0 : displayWidth(right) + 2)
  const [first = '', ...more] = wrap(subject, Math.max(LEAST_ROOM, room))
  const line = spread(before + first, right, width)
  const middle = line.slice(2 + host.length, right === '' ? undefined : -right.length)
  return [`${style.bad('✖')} ${style.strong(host)}${middle}${style.faint(right)}`, ...prose(more.join(' '), 2, look)]
}
