/** An event of a trace, as a file has it. */
interface Event {
  readonly name?: unknown
  readonly cat?: unknown
  readonly ph?: unknown
  readonly ts?: unknown
  readonly dur?: unknown
  readonly pid?: unknown
  readonly tid?: unknown
  readonly args?: unknown
}

const METADATA: { readonly [name: string]: string } = {
  process_name: 'name',
  thread_name: 'name',
  thread_sort_index: 'sort_index',
}

/**
 * What a trace breaks of "Trace Event Format" (Duca, Sinclair; Google 2016): the object form ("JSON Object Format"), complete
 * events ("X": name, cat, ts and dur in microseconds, pid, tid) and metadata ("M": process and thread names, sort indices). Complete
 * events of one thread nest ("Duration Events": they may be nested, and a parent ends behind its children).
 */
export function brokenRules(trace: unknown): readonly string[] {
  const { traceEvents, displayTimeUnit } = trace as { traceEvents?: unknown; displayTimeUnit?: unknown }
  if (!Array.isArray(traceEvents)) return ['no traceEvents']
  const events = traceEvents as readonly Event[]
  const named = new Set(events.filter(({ name }) => name === 'thread_name').map(({ tid }) => tid))
  return [
    ...(displayTimeUnit === 'ms' || displayTimeUnit === 'ns' ? [] : ['displayTimeUnit is ms or ns']),
    ...events.flatMap((event) => brokenBy(event).map((rule) => `${JSON.stringify(event)}: ${rule}`)),
    ...events
      .filter(({ ph, tid }) => ph === 'X' && !named.has(tid))
      .map(({ tid }) => `thread ${String(tid)} has no name`),
    ...[...named].flatMap((tid) => crossing(events.filter((event) => event.ph === 'X' && event.tid === tid))),
  ]
}

function brokenBy({ name, cat, ph, ts, dur, pid, tid, args }: Event): readonly string[] {
  const rules = [
    typeof name === 'string' || 'name is text',
    Number.isInteger(pid) || 'pid is a number',
    Number.isInteger(tid) || 'tid is a number',
    ph === 'X' || ph === 'M' || 'ph is X or M here',
    (typeof args === 'object' && args !== null) || 'args is an object',
  ]
  if (ph === 'X') {
    rules.push(typeof cat === 'string' || 'cat is text', isTime(ts) || 'ts is a time', isTime(dur) || 'dur is a time')
  }
  if (ph === 'M') {
    const key = METADATA[String(name)]
    rules.push((key !== undefined && key in (args as object)) || 'metadata has its value in args')
  }
  return rules.filter((rule) => rule !== true)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** Complete events of one thread that overlap without one of them lying within the other. */
function crossing(events: readonly Event[]): readonly string[] {
  const spans = events
    .map(({ name, ts, dur }) => ({ name: String(name), start: Number(ts), end: Number(ts) + Number(dur) }))
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
  const open: number[] = []
  return spans.flatMap(({ name, start, end }) => {
    while (open.length > 0 && open.at(-1)! <= start) open.pop()
    const around = open.at(-1)
    open.push(end)
    return around === undefined || end <= around ? [] : [`${name} ends behind what it began in`]
  })
}
