import { quote } from '../../core/shell.ts'
import type { Event } from '../../engine/events.ts'
import { duration } from '../../report/duration.ts'
import { visible } from '../../report/text.ts'
import type { SavedPlan } from './format.ts'

type Result = Extract<Event, { readonly type: 'result' }>

/** When a plan was made, by whom and from what. */
export function origin(path: string, { made, by, command }: SavedPlan): readonly string[] {
  const age = duration(Math.max(0, Date.now() - Date.parse(made)))
  const when = made.replace('T', ' ').replace(/:\d\d\.\d+Z$/, ' UTC')
  return [`${path}: made ${when}, ${age} ago, by ${visible(by)}`, `  ${visible(command)}`]
}

/** What to know of a plan behind its screen: what it leaves open, whom it leaves out, how to apply it. */
export function farewell(path: string, plan: SavedPlan): readonly string[] {
  const results = plan.events.filter((event) => event.type === 'result')
  const unknown = results.filter(({ status }) => status === 'unknown').length
  const leftOut = results.filter(
    ({ status, notes }) => status === 'skipped' && notes.includes('left out of checks'),
  ).length
  const out = Object.keys(plan.hosts).flatMap((host) => {
    const reason = whyNotPlanned(host, plan)
    return reason === undefined ? [] : [`${visible(host)} is left out: ${reason}.`]
  })
  const open = [
    ...(unknown > 0 ? [`${unknown} unknown above`] : []),
    ...(leftOut > 0 ? [`${leftOut} left out of checks`] : []),
  ]
  return [
    ...(open.length > 0 ? [`Decided at its turn, and done then:  ${open.join(', ')}`] : []),
    ...out,
    `To do exactly this:  provision apply ${quote(path)}`,
  ]
}

/** Why nothing of a plan can be applied to a host: its check has not come to its end. */
export function whyNotPlanned(host: string, { events }: SavedPlan): string | undefined {
  if (events.some((event) => event.type === 'unreachable' && event.host === host)) return 'its check could not reach it'
  // What a probe found wrong was reported, and the check went on behind it.
  const failed = events.find(
    (event): event is Result =>
      event.type === 'result' && event.host === host && event.status === 'failed' && !event.findings,
  )
  if (failed) return `its check failed at "${visible(failed.task)}"`
  const recap = events.find((event) => event.type === 'recap')?.hosts[host]
  return recap && recap.notReached === 0 ? undefined : 'its check did not come to its end'
}
