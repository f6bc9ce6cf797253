import type { Span } from '../core/profile.ts'

/** What is shorter, in milliseconds, nobody would see. */
const LEAST = 0.05
/** Threads of the program itself and then of every host; a host has as many as go on at once on it. */
const PROGRAM = 'provision'

/** An event of the Trace Event Format, with times in microseconds. `X` is complete; `M` names a process or a thread. */
type TraceEvent =
  | {
      readonly name: string
      readonly cat: string
      readonly ph: 'X'
      readonly ts: number
      readonly dur: number
      readonly pid: number
      readonly tid: number
      readonly args: { readonly [name: string]: string }
    }
  | {
      readonly name: 'process_name' | 'thread_name'
      readonly ph: 'M'
      readonly pid: number
      readonly tid: number
      readonly args: { readonly name: string }
    }
  | {
      readonly name: 'thread_sort_index'
      readonly ph: 'M'
      readonly pid: number
      readonly tid: number
      readonly args: { readonly sort_index: number }
    }

/**
 * A trace that Chrome, Perfetto and the profiler of Firefox open: the object form of the Trace Event Format (Duca, Sinclair:
 * "Trace Event Format", Google 2016). There complete events of a thread have to lie within each other or apart, so what
 * overlaps otherwise goes to a further thread of its host.
 *
 * @param run what was run: it names the process.
 */
export function traceOf(
  spans: readonly Span[],
  run: string,
): { readonly displayTimeUnit: 'ms'; readonly traceEvents: readonly TraceEvent[] } {
  const pid = 1
  const lanes = new Map<string, Lane[]>()
  const events: TraceEvent[] = [{ name: 'process_name', ph: 'M', pid, tid: 0, args: { name: run } }]
  let threads = 0
  const laneOf = (owner: string, span: Span): Lane => {
    const known = lanes.get(owner) ?? []
    lanes.set(owner, known)
    const free = known.find((lane) => fits(lane, span))
    if (free) return free
    const tid = ++threads
    const name = known.length === 0 ? owner : `${owner} · ${known.length + 1}`
    events.push({ name: 'thread_name', ph: 'M', pid, tid, args: { name } })
    events.push({ name: 'thread_sort_index', ph: 'M', pid, tid, args: { sort_index: tid } })
    const lane = { tid, open: [] }
    known.push(lane)
    return lane
  }
  const seen = spans.filter(({ start, end }) => end - start >= LEAST)
  for (const span of seen.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const lane = laneOf(span.host ?? PROGRAM, span)
    lane.open.push(micro(span.end))
    const { phase = 'item', name, start, end, place } = span
    const ts = micro(start)
    events.push({
      name,
      cat: phase,
      ph: 'X',
      ts,
      dur: micro(end) - ts,
      pid,
      tid: lane.tid,
      args: place ? { place: `${place.file}:${place.line}` } : {},
    })
  }
  return { displayTimeUnit: 'ms', traceEvents: events }
}

interface Lane {
  readonly tid: number
  /** When the events end that are open, the innermost last. */
  readonly open: number[]
}

/** Ends what is over by then. @returns whether the span lies within what is still open. */
function fits({ open }: Lane, { start, end }: Span): boolean {
  while (open.length > 0 && open.at(-1)! <= micro(start)) open.pop()
  return open.length === 0 || micro(end) <= open.at(-1)!
}

function micro(milliseconds: number): number {
  return Math.round(milliseconds * 1000)
}
