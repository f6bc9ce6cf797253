import type { ShownChange } from '../../engine/events.ts'
import { oneLine } from '../../report/text.ts'
import type { Line, Result } from './ledger.ts'

/** Something about a host that is no longer as the plan saw it. */
export interface Moved {
  /** `FILE:LINE`, or nothing where it is about the host as a whole. */
  readonly place: string
  readonly task: string
  /** `running value was 60, is 10 now`. */
  readonly what: readonly string[]
}

/**
 * Compares what a plan says of a host with what a check finds now, item by item. An item has moved when something else
 * would be done for it; or the same, but from another state. What is as wanted before and after has not.
 *
 * @param isWhole the check came to its end: whatever it says nothing of is gone.
 */
export function compare(planned: readonly Result[], now: readonly Line[], isWhole = true): readonly Moved[] {
  const found = new Map<string, Line[]>()
  for (const line of now) found.set(keyOf(line.result), [...(found.get(keyOf(line.result)) ?? []), line])
  const gone = planned.flatMap((result): readonly Moved[] => {
    const line = found.get(keyOf(result))?.shift()
    if (line === undefined && !isWhole) return []
    if (line === undefined)
      return [moved(result, [result.handler ? 'would not run now' : 'is not among the tasks now'])]
    const what = differences(result, line)
    return what.length === 0 ? [] : [moved(line.result, what)]
  })
  const added = [...found.values()]
    .flat()
    .map(({ result }) => moved(result, [result.handler ? 'was not to run, and would now' : 'was not among the tasks']))
  return [...gone, ...added]
}

function differences(planned: Result, { result: now, about }: Line): readonly string[] {
  const { wanted, seen, does } = planned.fingerprint ?? {}
  const fresh = now.fingerprint ?? {}
  // Of what was unknown as a whole there are no parameters.
  const isKnown = wanted !== undefined && fresh.wanted !== undefined
  const parameters = isKnown && wanted !== fresh.wanted ? ['its parameters or files are others now'] : []
  // A probe changes nothing: it looks again when it is its turn.
  if (about.task.resource.findings !== undefined) return parameters
  if ((planned.status === 'unknown') !== (now.status === 'unknown')) return [statuses(planned, now)]
  if (planned.status === now.status && does === fresh.does && seen === fresh.seen) return parameters
  const shown = [...lost(planned, now), ...gained(planned, now)]
  if (shown.length > 0) return [...parameters, ...shown]
  if (parameters.length > 0) return parameters
  if (planned.status === now.status) return ['its state on the host is another one now']
  return [statuses(planned, now)]
}

function statuses(planned: Result, now: Result): string {
  return `was "${planned.status}", is "${now.status}" now${why(now)}`
}

function lost(planned: Result, now: Result): readonly string[] {
  return planned.changes.flatMap((change) => {
    const { what, from, to, always } = change
    const again = now.changes.find((other) => other.what === what)
    if (again === undefined) {
      if (now.status !== 'ok') return []
      return [always ? `${what} was to run, and is not now` : sentence(what, from, to)]
    }
    if (again.from !== from) return [sentence(what, from, again.from)]
    if (again.to !== to) return [`${what} was to become ${value(to)}, and would become ${value(again.to)} now`]
    return sameText(change, again) ? [] : [`${what} has other content now`]
  })
}

function gained(planned: Result, now: Result): readonly string[] {
  return now.changes.flatMap(({ what, from, to, always }) => {
    if (planned.changes.some((other) => other.what === what)) return []
    return [always ? `${what} was not to run, and would now` : sentence(what, to, from)]
  })
}

function sentence(what: string, before: string, now: string): string {
  return before === now ? `${what} has other content now` : `${what} was ${value(before)}, is ${value(now)} now`
}

function sameText(a: ShownChange, b: ShownChange): boolean {
  return a.diff?.before === b.diff?.before && a.diff?.after === b.diff?.after
}

function value(text: string): string {
  return text === '' ? '""' : oneLine(text)
}

function why({ failure, notes }: Result): string {
  const reason = failure?.message ?? notes[0]
  return reason === undefined ? '' : `: ${oneLine(reason)}`
}

function moved({ place, task, handler }: Result, what: readonly string[]): Moved {
  return { place: `${place.file}:${place.line}`, task: `${handler ? 'handler ' : ''}${task}`, what }
}

function keyOf({ play, place, handler, task, resource }: Result): string {
  return JSON.stringify([play, place.file, place.line, place.column, handler, task, resource])
}
