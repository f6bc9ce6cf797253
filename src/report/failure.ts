import type { Event } from '../engine/events.ts'
import { indent } from './changes.ts'
import { cutLine } from './diff.ts'
import { findingLines, isJudged } from './findings.ts'
import { type Look, placeText, prose, title } from './look.ts'
import { count, oneLine, splitLines } from './text.ts'

/** Of very long output the start, where it began to go wrong, and the end, where it says so, are shown. */
const FIRST_LINES = 60
const LAST_LINES = 140

type Result = Extract<Event, { readonly type: 'result' }>
type Unreachable = Extract<Event, { readonly type: 'unreachable' }>

/** A failure in full: host, task and place; the message; what the command printed; what to do; what was found. */
export function failureLines(result: Result, verbose: boolean, look: Look): readonly string[] {
  const { failure } = result
  const subject = `${result.handler ? 'handler ' : ''}${oneLine(result.task)}`
  return [
    ...title(look.style.bad('✖'), result.host, subject, placeText(result.place, look), look),
    ...(isJudged(result) ? [] : prose(failure?.message ?? 'failed', 2, look)),
    ...indent(outputLines(failure?.output ?? ''), 4),
    ...prose(failure?.hint ?? '', 2, look),
    ...findingLines(result, verbose, look),
  ]
}

/** A host that cannot be reached: what happened, how far the connection came, what to do. */
export function unreachableLines(event: Unreachable, look: Look): readonly string[] {
  const [first = '', ...rest] = splitLines(event.message)
  const named = first.toLowerCase().includes(event.stage)
  return [
    ...title(look.style.bad('✖'), event.host, first, named ? '' : event.stage, look),
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
