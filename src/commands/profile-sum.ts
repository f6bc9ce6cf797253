import { PHASES, type Phase, type PhaseTime, type Span } from '../core/profile.ts'

/** Where several phases go on at once, the first of these counts: what keeps this program busy comes before what it waits for. */
const PRECEDENCE: readonly Phase[] = [
  'plan',
  'start',
  'read',
  'ask',
  'stream',
  'look',
  'survey',
  'session',
  'lock',
  'connect',
  'close',
  'wait',
]

/** Phases whose parts have names of ours. */
const DIVIDED: ReadonlySet<Phase> = new Set(['start', 'connect', 'plan', 'stream'])

/** The time from `from` to `to` by phases: each moment counts once, and what no phase covers is `other`. */
export function account(spans: readonly Span[], from: number, to: number): readonly PhaseTime[] {
  const times = new Map<Phase, Map<string, number>>()
  let rest = to - from
  for (const { span, milliseconds } of slices(spans, from, to)) {
    const parts = times.get(span.phase) ?? new Map<string, number>()
    times.set(span.phase, parts)
    parts.set(span.name, (parts.get(span.name) ?? 0) + milliseconds)
    rest -= milliseconds
  }
  const phases = PHASES.flatMap((phase): PhaseTime[] => {
    const parts = times.get(phase)
    if (!parts) return []
    const milliseconds = tenths([...parts.values()].reduce((sum, part) => sum + part, 0))
    const named = Object.fromEntries([...parts].map(([name, part]) => [name, tenths(part)]))
    return [{ phase, milliseconds, ...(DIVIDED.has(phase) && parts.size > 1 ? { parts: named } : {}) }]
  })
  return [...phases, { phase: 'other', milliseconds: tenths(Math.max(0, rest)) }]
}

interface Phased extends Span {
  readonly phase: Phase
}

/** The pieces of time between the beginnings and ends of spans, each with the span that counts. */
function* slices(spans: readonly Span[], from: number, to: number): Generator<{ span: Phased; milliseconds: number }> {
  const within = spans.filter((span): span is Phased => span.phase !== undefined && span.end > from && span.start < to)
  const edges = within
    .flatMap((span) => [
      { at: Math.max(from, span.start), span, begins: true },
      { at: Math.min(to, span.end), span, begins: false },
    ])
    .toSorted((a, b) => a.at - b.at)
  const open = new Set<Phased>()
  let before = from
  for (const { at, span, begins } of edges) {
    let first: Phased | undefined
    for (const one of open) if (!first || rank(one) < rank(first)) first = one
    if (first && at > before) yield { span: first, milliseconds: at - before }
    before = at
    if (begins) open.add(span)
    else open.delete(span)
  }
}

function rank({ phase }: Phased): number {
  return PRECEDENCE.indexOf(phase)
}

export function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
