import type { Event, HostRecap, Status } from '../engine/events.ts'
import { indent } from './changes.ts'
import { findingLines } from './findings.ts'
import { type Look, placeText, prose } from './look.ts'
import { detailLines } from './result-line.ts'
import { count, oneLine } from './text.ts'
import { displayWidth, fit, wrap } from './width.ts'

type Result = Extract<Event, { readonly type: 'result' }>

const LISTED: ReadonlySet<Status> = new Set(['would change', 'changed', 'unknown', 'ignored'])

/** What a check found on a host: a heading, then the tasks that would change, in their order. */
export function checkScreen(
  host: string,
  results: readonly Result[],
  recap: HostRecap,
  look: Look,
  verbose: boolean,
): readonly string[] {
  const listed = results.filter((result) => LISTED.has(result.status) || (verbose && result.status !== 'failed'))
  const places = listed.map((result) => placeText(result.place, look))
  const column = Math.max(0, ...places.map(displayWidth)) + 3
  return [
    ...heading(host, recap, look),
    ...listed.flatMap((result, index) => item(result, fit(places[index]!, column), verbose, look)),
  ]
}

function heading(host: string, recap: HostRecap, look: Look): readonly string[] {
  const [first = '', ...more] = wrap(`${host} · ${summary(recap)}`, look.width)
  const name = first.startsWith(host) ? look.style.strong(host) + first.slice(host.length) : first
  return [name, ...indent(more, 2)]
}

function summary(recap: HostRecap): string {
  const { changed, unknown, ignored, failed, notReached } = recap
  const total = recap.ok + changed + unknown + ignored + failed + notReached
  const parts = [
    ...(changed > 0 ? [`would change ${changed}`] : []),
    ...(unknown > 0 ? [`unknown ${unknown}`] : []),
    ...(failed > 0 ? [`failed ${failed}`] : []),
    ...(ignored > 0 ? [`ignored ${ignored}`] : []),
    ...(notReached > 0 ? [`not reached ${notReached}`] : []),
  ]
  const [first, ...rest] = parts
  return first === undefined ? `as wanted, ${count(total, 'task')}` : [`${first} of ${total}`, ...rest].join(', ')
}

function item(result: Result, place: string, verbose: boolean, look: Look): readonly string[] {
  const { style } = look
  const quiet = result.status === 'ok' || result.status === 'skipped'
  const name = `${result.handler ? 'handler ' : ''}${oneLine(result.task)}${quiet ? style.faint(`   ${result.status}`) : ''}`
  return [
    `  ${style.faint(place)}${name}`,
    ...remarks(result).flatMap((text) => prose(text, 4, look)),
    ...detailLines(result, look),
    // What is wrong before the changes above are made is no news.
    ...(result.status === 'unknown' && !verbose ? [] : indent(findingLines(result, verbose, look))),
  ]
}

function remarks({ status, failure, notes }: Result): readonly string[] {
  const reasons = notes.length === 0 && status === 'unknown' ? ['unknown until the changes above are applied'] : notes
  const ignored = failure ? [`failed, which is ignored: ${failure.message}`] : []
  return [...ignored, ...reasons]
}
