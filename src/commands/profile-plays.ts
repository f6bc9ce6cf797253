import type { Resource } from '../core/resource.ts'
import type { Play, Task } from '../core/task.ts'

/** Work for a task that is done here: rendering and validating it, making its questions, planning, looking from here. */
export type Work = 'render' | 'questions' | 'plan' | 'look'

/** Hears that work for a task took from `start` until now. @param item its name, where that is known. */
export type Worked = (host: string, task: Task, handler: boolean, work: Work, start: number, item?: string) => void

/** The plays, in which every task tells what it costs here. */
export function timedPlays(plays: readonly Play[], worked: Worked): readonly Play[] {
  return plays.map((play) => ({
    ...play,
    hosts: play.hosts.map((hostPlay) => {
      const { host, tasks, handlers, batchCheck } = hostPlay
      const timed = (task: Task, handler = false): Task =>
        timedTask(task, (...what) => worked(host.name, task, handler, ...what))
      return {
        ...hostPlay,
        tasks: tasks.map((task) => timed(task)),
        handlers: handlers.map(({ name, task }) => ({ name, task: timed(task, true) })),
        ...(batchCheck ? { batchCheck: batchCheck.map((task) => timed(task)) } : {}),
      }
    }),
  }))
}

function timedTask(task: Task, worked: (work: Work, start: number, item?: string) => void): Task {
  const timed: Timed = (work, act) => {
    const start = performance.now()
    try {
      return act()
    } finally {
      worked(work, start)
    }
  }
  return {
    ...task,
    expand: (runtime) =>
      timed('render', () => task.expand(runtime)).map((item) => ({
        ...item,
        resource: timedResource(item.resource, timed, (start) => worked('look', start, item.name)),
      })),
  }
}

type Timed = <T>(work: Exclude<Work, 'look'>, act: () => T) => T

function timedResource(resource: Resource, timed: Timed, looked: (start: number) => void): Resource {
  const replaced: Resource = {
    ...resource,
    read: (params, files) => timed('questions', () => resource.read(params, files)),
    plan: (params, now, files) => timed('plan', () => resource.plan(params, now, files)),
  }
  if (!resource.control) return replaced
  return {
    ...replaced,
    control: async (params, now, controller) => {
      const start = performance.now()
      try {
        return await resource.control!(params, now, controller)
      } finally {
        looked(start)
      }
    },
  }
}
