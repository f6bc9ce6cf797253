import type { Place } from '../core/error.ts'
import type { MadeHostPlay } from './host-play.ts'
import type { PlaySource } from './play-source.ts'
import { type TaskNode, tasksIn } from './task-tree.ts'
import { hasTemplate } from './template.ts'

/** A play as `--list-tasks` shows it. */
export interface PlayOutline {
  readonly name: string
  readonly place: Place
  readonly hosts: readonly string[]
  readonly tasks: readonly TaskOutline[]
}

export interface TaskOutline {
  /** The name as written. */
  readonly name: string
  readonly place: Place
  readonly resource: string
  readonly tags: readonly string[]
  /**
   * Names with loops unrolled and templates rendered, over all hosts; empty where only a run can tell, or where `when`
   * skips it.
   */
  readonly items: readonly string[]
}

/** Describes a play from what was made of it for its hosts. */
export function outlinePlay(play: PlaySource, hosts: readonly MadeHostPlay[]): PlayOutline {
  const items = new Map<TaskNode, Set<string>>()
  const tags = new Map<TaskNode, readonly string[]>()
  for (const { hostTask, made } of hosts.flatMap(({ tasks }) => tasks)) {
    const names = items.get(hostTask.node) ?? new Set()
    items.set(hostTask.node, names)
    tags.set(hostTask.node, hostTask.tags)
    // A name that only the run can render is there already, as it is written.
    for (const { name } of made.items) if (!hasTemplate(name)) names.add(name)
  }
  return {
    name: play.name,
    place: play.source.place(),
    hosts: hosts.map(({ hostPlay }) => hostPlay.host.name),
    tasks: tasksIn(play.tasks).map((node) => ({
      name: node.name ?? node.resource.name,
      place: node.source.place(),
      resource: node.resource.name,
      tags: tags.get(node) ?? [],
      items: [...(items.get(node) ?? [])],
    })),
  }
}
