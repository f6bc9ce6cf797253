import type { Play } from '../../core/task.ts'
import { tooMuchLost } from '../../engine/batches.ts'
import type { Event, HostRecap } from '../../engine/events.ts'
import type { Outcome } from '../../engine/run.ts'
import { compare, type Moved } from './compare.ts'
import type { SavedPlan } from './format.ts'
import type { PlanKey } from './key.ts'
import { hostHashes, type Line, type Result } from './ledger.ts'
import { whyNotPlanned } from './words.ts'

const UNFINISHED = 'nothing was changed on it: it could not be checked again to its end'

/** A host to which a plan is not applied. */
export interface Refused {
  /** Says why; nothing where that was said already: the host could not be reached. */
  readonly event?: Event
  readonly recap: HostRecap
}

export interface Refusals {
  /** Hosts of which the plan says nothing that could be applied. */
  readonly before: ReadonlyMap<string, Refused>
  /** Those, the hosts on which something has moved, and all hosts of a play that does not bear that. */
  after(checked: Outcome, plays: readonly Play[], lines: readonly Line[], key: PlanKey): ReadonlyMap<string, Refused>
}

/** Tells to which hosts a plan cannot be applied, and why. */
export function refusals(path: string, plan: SavedPlan): Refusals {
  const planned = plan.events.find((event) => event.type === 'recap')?.hosts ?? {}
  const results = plan.events.filter((event): event is Result => event.type === 'result')
  const refuse = (host: string, recap: HostRecap, failure: NonNullable<Result['failure']>): Refused => {
    const { findings: _, ...counts } = recap
    const none = { ok: 0, changed: 0, skipped: 0, unknown: 0, ignored: 0, unreachable: false }
    const notReached = results.filter((result) => result.host === host).length
    return { event: refusal(path, host, failure), recap: { ...counts, ...none, failed: 1, notReached } }
  }
  const before = new Map(
    Object.entries(planned).flatMap(([host, recap]) => {
      const reason = whyNotPlanned(host, plan)
      const failure = { message: `nothing is planned for it: ${reason}`, hint: 'Make a new plan once that is mended.' }
      return reason === undefined ? [] : [[host, refuse(host, recap, failure)] as const]
    }),
  )
  return {
    before,
    after(checked, plays, lines, key) {
      const refused = new Map(before)
      for (const [host, recap] of Object.entries(checked.hosts)) {
        if (before.has(host)) continue
        if (recap.unreachable) {
          refused.set(host, { recap })
          continue
        }
        const now = lines.filter(({ result }) => result.host === host)
        const own = results.filter((result) => result.host === host)
        const moved = [
          ...movedAsWhole(plan.hosts[host], hostHashes(plays, host, key)),
          ...compare(own, now, recap.notReached === 0),
        ]
        if (moved.length > 0) refused.set(host, refuse(host, recap, explain(moved, now)))
        else if (recap.notReached > 0) refused.set(host, refuse(host, recap, { message: UNFINISHED }))
      }
      for (const play of plays) {
        const names = play.hosts.map(({ host }) => host.name)
        const reason = tooMuchLost(
          play,
          names.filter((name) => refused.has(name)),
          names.length,
        )
        for (const host of reason === undefined ? [] : names.filter((name) => !refused.has(name))) {
          refused.set(host, refuse(host, checked.hosts[host]!, { message: `nothing was changed on it: ${reason}` }))
        }
      }
      return refused
    },
  }
}

function movedAsWhole(
  planned: SavedPlan['hosts'][string] | undefined,
  now: SavedPlan['hosts'][string],
): readonly Moved[] {
  const what = [
    ...(planned?.reached === now.reached ? [] : ['it is reached in another way now']),
    ...(planned?.plays === now.plays ? [] : ['its plays are rolled out in another way now']),
  ]
  return what.length === 0 ? [] : [{ place: '', task: 'the host', what }]
}

function explain(moved: readonly Moved[], now: readonly Line[]): NonNullable<Result['failure']> {
  // What runs every time, and what waits for that, is never done.
  const isDone = now.every(({ result }) => result.status !== 'failed' && result.changes.every(({ always }) => always))
  return {
    message: 'it is not as the plan saw it: nothing was changed on it',
    output: moved
      .flatMap(({ place, task, what }) => [`${place}  ${task}`.trim(), ...what.map((one) => `  ${one}`)])
      .join('\n'),
    hint: isDone
      ? 'Everything is as wanted there: was the plan applied before?'
      : 'A new plan shows what is to be done now.',
  }
}

function refusal(path: string, host: string, failure: NonNullable<Result['failure']>): Event {
  const place = { file: path, line: 1, column: 1 }
  const ref = { host, play: 'plan', task: 'the plan', place, resource: 'plan', handler: false }
  const nothing = { changes: [], notes: [], notifies: [], milliseconds: 0 }
  return { type: 'result', ...ref, ...nothing, status: 'failed', failure }
}
