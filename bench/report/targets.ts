/**
 * What was promised, and what was measured.
 */
import type { Results } from '../results.ts'
import { usualRoundTrip, usualTasks } from '../scenarios.ts'
import { bytes, figure, seconds, times } from './words.ts'

/** Those that are no peers: the floor, a practical limit, and ourselves. */
export const own = ['floor', 'script', 'provision'] as const

/** One row of the table; nothing is met where nothing was measured. */
export interface Target {
  readonly subject: string
  readonly target: string
  readonly measured: string
  readonly isMet: boolean | undefined
}

/** All targets with what these results say of them. */
export function targets(results: Results): readonly Target[] {
  return [
    ...[usualRoundTrip, 100].flatMap((at) => distanceTargets(results, at)),
    ...turnTargets(results),
    atMost(
      `bytes sent, ${usualTasks} tasks`,
      figure(results, 'tasks', usualTasks, 'provision', 'bytesUp'),
      25_000,
      bytes,
    ),
    beyondConnecting(results),
    ...hostTargets(results),
    ...siteTargets(results),
    atMost(
      `memory of the controller, 1 host, ${usualTasks} tasks`,
      figure(results, 'tasks', usualTasks, 'provision', 'memoryBytes'),
      90e6,
      bytes,
    ),
    atMost('memory of the controller, 1 host, the most of all scenarios', largestMemory(results), 90e6, bytes),
    atMost(
      'memory of the controller, 50 hosts',
      figure(results, 'hosts', 50, 'provision', 'memoryBytes'),
      150e6,
      bytes,
    ),
  ]
}

function distanceTargets(results: Results, at: number): readonly Target[] {
  const subject = `${usualTasks} tasks, nothing to change, RTT ${at} ms`
  const of = (tool: string) => figure(results, 'distance', at, tool)
  const faster = (tool: string, title: string, least: number): Target =>
    ratio(`${subject}: than ${title}`, of(tool), of('provision'), '≥', least)
  return [
    ratio(`${subject}: of \`ssh host true\``, of('provision'), of('floor'), '≤', 1.5),
    faster('ansible-mitogen', 'Ansible with Mitogen', 15),
    faster('pyinfra', 'pyinfra', 15),
    faster('ansible-pipelining', 'Ansible with pipelining', 30),
  ]
}

function turnTargets(results: Results): readonly Target[] {
  const points = results.scenarios.tasks?.points ?? []
  const turns = points.flatMap(({ at }) => {
    const found = figure(results, 'tasks', at, 'provision', 'turnsAfterLogin')
    return found === undefined ? [] : [found]
  })
  const counts = [...new Set(turns)].join(', ')
  return [
    atMost(
      'network turns after authentication, nothing to change',
      turns.length ? Math.max(...turns) : undefined,
      4,
      String,
    ),
    {
      subject: `the same turns for ${points.map(({ at }) => at).join(', ')} tasks`,
      target: 'one number',
      measured: counts || 'not measured',
      isMet: turns.length < 2 ? undefined : new Set(turns).size === 1,
    },
  ]
}

function beyondConnecting(results: Results): Target {
  const beyond = (at: number): number | undefined => {
    const [total, floor] = [figure(results, 'tasks', at, 'provision'), figure(results, 'tasks', at, 'floor')]
    return total === undefined || floor === undefined ? undefined : total - floor
  }
  return ratio('400 tasks against 40, time beyond `ssh host true`', beyond(400), beyond(40), '≤', 3)
}

function hostTargets(results: Results): readonly Target[] {
  const at = (hosts: number) => figure(results, 'hosts', hosts, 'provision')
  const all = results.scenarios.hosts?.points.find((point) => point.at === 200)?.tools.provision
  return [
    ratio('50 hosts against 1', at(50), at(1), '≤', 6),
    {
      subject: '200 hosts',
      target: 'no failure',
      measured: all?.leftOut ?? (all?.figures?.seconds ? seconds(all.figures.seconds[0]) : 'not measured'),
      isMet: all && all.leftOut === undefined,
    },
    rendering(results),
    atMost(
      'memory of the controller, 200 hosts',
      figure(results, 'hosts', 200, 'provision', 'memoryBytes'),
      300e6,
      bytes,
    ),
  ]
}

function rendering({ scenarios }: Results): Target {
  const [subject, target] = ['200 hosts: rendering templates, of the processor time', '< 5 %']
  const share = scenarios.hosts?.renderingShare
  if (share === undefined) return { subject, target, measured: 'not measured', isMet: undefined }
  return { subject, target, measured: `${(share * 100).toFixed(1)} %`, isMet: share < 0.05 }
}

function siteTargets(results: Results): readonly Target[] {
  const subject = 'first run of `site.yaml`'
  const entries = Object.entries(results.scenarios['site-first']?.points[0]?.tools ?? {})
  const ours = figure(results, 'site-first', 0, 'provision')
  const peers = entries.flatMap(([name, entry]) => {
    const found = entry.figures?.seconds?.[0]
    return found === undefined || own.some((one) => one === name) ? [] : [{ name, seconds: found }]
  })
  const fastest = peers.sort((a, b) => a.seconds - b.seconds)[0]
  return [
    {
      subject,
      target: 'faster than every peer',
      measured:
        ours === undefined || !fastest
          ? 'not measured'
          : `${seconds(ours)}; ${fastest.name} ${seconds(fastest.seconds)}`,
      isMet: ours === undefined || !fastest ? undefined : ours < fastest.seconds,
    },
    ratio(`${subject}, of the hand-written script`, ours, figure(results, 'site-first', 0, 'script'), '≤', 1.3),
  ]
}

/** The most that any run on one host held. */
function largestMemory(results: Results): number | undefined {
  const onOneHost = Object.entries(results.scenarios).flatMap(([name, { points }]) =>
    points.filter(({ at }) => name !== 'hosts' || at === 1),
  )
  const found = onOneHost.flatMap(({ tools }) => tools.provision?.figures?.memoryBytes?.[0] ?? [])
  return found.length === 0 ? undefined : Math.max(...found)
}

function atMost(subject: string, value: number | undefined, limit: number, write: (value: number) => string): Target {
  const target = `≤ ${write(limit)}`
  if (value === undefined) return { subject, target, measured: 'not measured', isMet: undefined }
  return { subject, target, measured: write(value), isMet: value <= limit }
}

function ratio(
  subject: string,
  above: number | undefined,
  below: number | undefined,
  comparison: '≤' | '≥',
  limit: number,
): Target {
  const target = `${comparison} ${limit} ×`
  if (above === undefined || below === undefined) return { subject, target, measured: 'not measured', isMet: undefined }
  const value = above / below
  const isMet = comparison === '≤' ? value <= limit : value >= limit
  return { subject, target, measured: `${times(value)} (${seconds(above)} to ${seconds(below)})`, isMet }
}
