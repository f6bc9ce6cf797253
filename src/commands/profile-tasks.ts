import type { Place } from '../core/error.ts'
import type { Span, TaskTime } from '../core/profile.ts'
import type { Task } from '../core/task.ts'
import type { Event, ItemRef } from '../engine/events.ts'
import { shortPath } from './package-root.ts'
import { tenths } from './profile-sum.ts'

interface Times {
  task: string
  readonly resource: string
  readonly place: Place
  items: number
  there: number
  here: number
}

/** What the tasks of a run cost: their turn on the host, and the work for them here. */
export class TaskTimes {
  readonly #spans: Span[]
  readonly #times = new Map<string, Map<string, Times>>()
  /** When the running item of each host began. */
  readonly #running = new Map<string, number>()

  constructor(spans: Span[]) {
    this.#spans = spans
  }

  worked(host: string, task: Task, handler: boolean, milliseconds: number): void {
    this.#of(host, task.name, task.resource.name, task.place, handler).here += milliseconds
  }

  note(event: Extract<Event, { readonly type: 'item' | 'result' }>): void {
    const { host, task, resource, place, handler } = event
    if (event.type === 'item') {
      this.#running.set(host, performance.now())
      return
    }
    const start = this.#running.get(host)
    this.#running.delete(host)
    if (start !== undefined) {
      this.#spans.push({ host, phase: undefined, name: task, start, end: performance.now(), place })
    }
    const times = this.#of(host, task, resource, place, handler)
    // A name may hold templates that only its items fill in.
    if (times.items === 0) times.task = task
    times.items++
    times.there += event.milliseconds
  }

  slowest(most: number): readonly TaskTime[] {
    const all = [...this.#times].flatMap(([host, tasks]) =>
      [...tasks].map(([key, { task, resource, place, items, there, here }]) => ({
        host,
        task,
        place: { ...place, file: shortPath(place.file) },
        resource,
        handler: key.startsWith('handler'),
        items,
        milliseconds: tenths(there + here),
        hereMilliseconds: tenths(here),
      })),
    )
    return all
      .filter(({ milliseconds }) => milliseconds > 0)
      .toSorted((a, b) => b.milliseconds - a.milliseconds)
      .slice(0, most)
  }

  #of(host: string, task: string, resource: string, place: Place, handler: ItemRef['handler']): Times {
    const tasks = this.#times.get(host) ?? new Map<string, Times>()
    this.#times.set(host, tasks)
    const key = `${handler ? 'handler' : 'task'} ${place.file}:${place.line}:${place.column}`
    const known = tasks.get(key) ?? { task, resource, place, items: 0, there: 0, here: 0 }
    tasks.set(key, known)
    return known
  }
}
