import type { Event, ItemRef, Status } from '../engine/events.ts'
import { changeLines, indent } from './changes.ts'
import { duration } from './duration.ts'
import { type Look, placeText, title } from './look.ts'
import type { Style } from './style.ts'
import { oneLine, splitLines } from './text.ts'
import { displayWidth, fit, spread, truncate } from './width.ts'

const STATUS_COLUMNS = 7
const PLACE_COLUMNS = 24
/** Below so many columns the place is left out, so that the task's name can be read. */
const ROOM_FOR_PLACE = 60

type Result = Extract<Event, { readonly type: 'result' }>
type Message = Extract<Event, { readonly type: 'message' }>

/** What lines about hosts have in common. */
export interface LineShape {
  /** Columns of the host's name. */
  readonly hostColumns: number
  /** A terminal: a task's name is cut so that the line never wraps. In a log it stays whole. */
  readonly truncated: boolean
}

/** `mx1  changed  tasks/sysctl.yaml:2       IPv6 on all     12 ms`, and its reason where it has one. */
export function resultLine(result: Result, shape: LineShape, look: Look): string {
  const { status, failure } = result
  const reasons =
    status === 'changed' || status === 'ok' ? [] : [...(failure ? [failure.message] : []), ...result.notes]
  const name = `${result.handler ? 'handler ' : ''}${result.task}`
  const text = [name, ...reasons].map((part) => splitLines(part)[0] ?? '').join(' · ')
  // Why a failure was ignored matters more than the look of the line.
  const truncated = shape.truncated && status !== 'ignored'
  return statusLine(result, status, text, { ...shape, truncated }, look, result.milliseconds)
}

/** What a task says to the user, never cut: in one line, or as it is below a heading, so that a table stays aligned. */
export function messageLines(message: Message, shape: LineShape, look: Look): readonly string[] {
  const lines = splitLines(message.text)
  if (lines.length < 2) return [statusLine(message, 'message', lines[0] ?? '', { ...shape, truncated: false }, look, 0)]
  return [...title('', message.host, oneLine(message.task), placeText(message.place, look), look), ...indent(lines)]
}

/** What a changed task did, below its line: values, diffs, scripts, and the handlers that it calls. */
export function detailLines(result: Result, look: Look): readonly string[] {
  const then = result.notifies.length === 0 ? [] : [`then: ${result.notifies.map(oneLine).join(', ')}`]
  return indent([...changeLines(result.changes, look, look.style), ...then], 4)
}

function statusLine(
  { host, place }: ItemRef,
  status: Status | 'message',
  text: string,
  shape: LineShape,
  look: Look,
  milliseconds: number,
): string {
  const { style, width } = look
  const name = fit(host, shape.hostColumns)
  const word = status.padEnd(STATUS_COLUMNS)
  const where = width < ROOM_FOR_PLACE ? '' : placeText(place, look)
  const padded = where === '' ? '' : `${where}${' '.repeat(Math.max(0, PLACE_COLUMNS - displayWidth(where)))}  `
  const room = width - displayWidth(`${name}  ${word}  ${padded}`)
  const time = milliseconds > 0 ? duration(milliseconds) : ''
  const most = Math.max(8, time === '' ? room : room - time.length - 2)
  const rest = spread(shape.truncated ? truncate(oneLine(text), most) : oneLine(text), time, room)
  return `${name}  ${paint(status, style)(word)}  ${style.faint(padded)}${rest}`
}

function paint(status: Status | 'message', style: Style): (text: string) => string {
  if (status === 'changed' || status === 'would change') return style.changed
  if (status === 'failed' || status === 'ignored') return style.bad
  return status === 'ok' ? style.good : style.faint
}
