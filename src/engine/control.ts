import { setMaxListeners } from 'node:events'
import type { Controller, Report, Work } from '../core/control.ts'
import { HostError } from '../core/error.ts'
import { type Finding, faultText } from '../core/finding.ts'
import type { Change } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import type { Failure } from './events.ts'
import type { Outcome, Recorder } from './recorder.ts'
import { obstacle, type Unit, type Verdict } from './unit.ts'

export interface ControlOptions extends Controller {
  readonly check: boolean
  /** A check in which something earlier would change: what is wrong now may be right by then. */
  readonly unsettled: boolean
}

type Tried = { readonly work: Work } | { readonly failure: Failure }
type Looked = Tried & { readonly milliseconds: number }
type Settled = Omit<Outcome, 'verdict' | 'milliseconds'>

/**
 * Carries out units that work from the controller. Probes look all at once and are reported in order; what acts does
 * so one after another. A probe's required finding fails the host at the end of the play, so that everything is reported.
 */
export async function control(
  units: readonly Unit[],
  verdicts: ReadonlyMap<number, Verdict>,
  recorder: Recorder,
  options: ControlOptions,
): Promise<'done' | 'failed' | 'stopped'> {
  const end = new AbortController()
  const controller = { signal: AbortSignal.any([options.signal, end.signal]), secret: options.secret }
  // Every question of every probe listens to it; that is no leak.
  setMaxListeners(0, controller.signal)
  const begin = (unit: Unit): Promise<Looked> => look(unit, verdicts.get(unit.number)!, controller)
  const areProbes = units.every(({ item }) => item.resource.findings !== undefined)
  const looking = areProbes ? units.map(begin) : []
  // Whoever waits for one hears of its mistake; behind a failure nobody waits.
  for (const one of looking) one.catch(() => undefined)
  try {
    for (const [index, unit] of units.entries()) {
      if (options.signal.aborted) return 'stopped'
      recorder.begin(unit)
      const looked = await (looking[index] ?? begin(unit))
      // What had to give up has nothing to say, and nothing new is begun.
      if (options.signal.aborted) return 'stopped'
      const started = performance.now()
      const unsettled = options.check && (options.unsettled || recorder.changed)
      const settled =
        'failure' in looked
          ? failed(looked.failure, unsettled)
          : await settle(unit, looked.work, { ...options, unsettled })
      const ignored = settled.status === 'failed' && unit.task.ignoreErrors
      const milliseconds = looked.milliseconds + performance.now() - started
      const verdict = verdicts.get(unit.number)!
      recorder.report(unit, { ...settled, verdict, milliseconds, ...(ignored ? { status: 'ignored' } : {}) })
      if (settled.status === 'failed' && !ignored && !settled.goesOn) return 'failed'
    }
    return 'done'
  } finally {
    end.abort()
  }
}

async function look(unit: Unit, verdict: Verdict, controller: Controller): Promise<Looked> {
  const started = performance.now()
  const blocked = obstacle(verdict)
  const tried = blocked
    ? { failure: blocked }
    : await inTime(unit, controller.signal, (signal) => {
        const limited = { ...controller, signal }
        return attempt(() => unit.item.resource.control!(unit.item.params, verdict.answers, limited))
      })
  return { ...tried, milliseconds: performance.now() - started }
}

/** Gives up on work that takes longer than the task's `timeout`. */
async function inTime(unit: Unit, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Tried>): Promise<Tried> {
  const seconds = unit.task.timeout
  if (seconds === undefined) return work(signal)
  const end = new AbortController()
  const both = AbortSignal.any([signal, end.signal])
  setMaxListeners(0, both)
  const working = work(both)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Tried>((resolve) => {
    const message = `${unit.item.resource.name} — timed out after ${seconds} s`
    timer = setTimeout(() => resolve({ failure: { message } }), seconds * 1000)
  })
  try {
    return await Promise.race([working, late])
  } finally {
    clearTimeout(timer)
    end.abort()
    // Behind its time nobody waits for it.
    working.catch(() => undefined)
  }
}

async function settle(unit: Unit, work: Work, { check, unsettled, signal }: ControlOptions): Promise<Settled> {
  const { acts = [] } = work
  const changes: readonly Change[] = acts.map(({ apply: _, ...shown }) => ({ ...shown, apply: sh`` }))
  if (check || unit.task.check === true) {
    if (changes.length > 0) return { status: 'would change', changes, reports: [work] }
    return judged(work.findings, unsettled, { changes, reports: [work] })
  }
  const reports: Report[] = [work]
  for (const act of acts) {
    const done = await inTime(unit, signal, () => attempt(() => act.apply()))
    if ('failure' in done) return { status: 'failed', changes, reports, failure: done.failure }
    reports.push(done.work)
  }
  const outcome = judged(
    reports.flatMap(({ findings = [] }) => findings),
    false,
    { changes, reports },
  )
  return outcome.status === 'ok' && changes.length > 0 ? { ...outcome, status: 'changed' } : outcome
}

function judged(
  findings: readonly Finding[] = [],
  unsettled: boolean,
  rest: Pick<Outcome, 'changes' | 'reports'>,
): Settled {
  const message = faultText(findings)
  if (message === undefined) return { status: 'ok', ...rest }
  if (unsettled) return { status: 'unknown', ...rest }
  return { status: 'failed', ...rest, failure: { message }, goesOn: true }
}

function failed(failure: Failure, unsettled: boolean): Settled {
  if (!unsettled) return { status: 'failed', changes: [], failure }
  return { status: 'unknown', changes: [], notes: [`unknown until the changes above are applied: ${failure.message}`] }
}

async function attempt(work: () => Promise<Work>): Promise<Tried> {
  try {
    return { work: await work() }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const { message, output, hint } = error
    return { failure: { message, ...(output ? { output } : {}), ...(hint ? { hint } : {}) } }
  }
}
