import type { Act } from '../../core/control.ts'
import { type Change, isChanges, type Plan, type Resource } from '../../core/resource.ts'
import type { Item, Play, Task } from '../../core/task.ts'

/** What a host answered about an item, and what was made of it. */
export interface Seen {
  readonly answers: { readonly [read: string]: string }
  readonly plan: Plan
  readonly acts?: readonly Act[]
}

/** Remembers what each item of some plays came to: what `result` events show of it is masked, and may be hidden. */
export class Witness {
  readonly #seen = new WeakMap<Item, Seen>()

  watch(plays: readonly Play[]): readonly Play[] {
    return overTasks(plays, (task) => ({
      ...task,
      expand: (runtime) => task.expand(runtime).map((item) => this.#watch(item)),
    }))
  }

  /** Nothing where a read failed, or the item had no turn. */
  of(item: Item): Seen | undefined {
    return this.#seen.get(item)
  }

  #watch(item: Item): Item {
    const watched = overResource(
      item,
      (plan, answers) => {
        this.#seen.set(watched, { answers, plan })
        return plan
      },
      (acts) => {
        const { answers = {}, plan = [] } = this.#seen.get(watched) ?? {}
        this.#seen.set(watched, { answers, plan, acts })
      },
    )
    return watched
  }
}

/** What an item does: on its host, or from the controller. */
export function doneBy(seen: Seen | undefined): readonly (Change | Act)[] {
  return [...(seen && isChanges(seen.plan) ? seen.plan : []), ...(seen?.acts ?? [])]
}

/** The plays with every task and handler replaced. */
export function overTasks(plays: readonly Play[], replace: (task: Task) => Task): readonly Play[] {
  return plays.map((play) => ({
    ...play,
    hosts: play.hosts.map((host) => ({
      ...host,
      tasks: host.tasks.map(replace),
      handlers: host.handlers.map(({ name, task }) => ({ name, task: replace(task) })),
      batchCheck: host.batchCheck?.map(replace) ?? [],
    })),
  }))
}

/** An item whose plan goes through `plan`, and whose acts are told to `acts` before any of them is done. */
export function overResource(
  item: Item,
  plan: (plan: Plan, answers: Seen['answers']) => Plan,
  acts: (acts: readonly Act[]) => void,
): Item {
  const { resource } = item
  const replaced: Resource = {
    ...resource,
    plan: (params, now, files) => plan(resource.plan(params, now, files), now),
  }
  if (!resource.control) return { ...item, resource: replaced }
  const control: Resource['control'] = async (params, now, controller) => {
    const work = await resource.control!(params, now, controller)
    acts(work.acts ?? [])
    return work
  }
  return { ...item, resource: { ...replaced, control } }
}

/** The plays for some of their hosts; plays that are left without any are left out. */
export function withHosts(plays: readonly Play[], stays: (name: string) => boolean): readonly Play[] {
  return plays
    .map((play) => ({ ...play, hosts: play.hosts.filter(({ host }) => stays(host.name)) }))
    .filter(({ hosts }) => hosts.length > 0)
}
