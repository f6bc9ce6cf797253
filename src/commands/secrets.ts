import { type Masker, Secret } from '../core/secret.ts'
import type { Play, Task } from '../core/task.ts'

/** The plays, with every secret parameter told to the masker before anything can print it. */
export function watchSecrets(plays: readonly Play[], masker: Masker): readonly Play[] {
  return plays.map((play) => ({
    ...play,
    hosts: play.hosts.map((host) => ({
      ...host,
      tasks: host.tasks.map((task) => watch(task, masker)),
      handlers: host.handlers.map(({ name, task }) => ({ name, task: watch(task, masker) })),
    })),
  }))
}

function watch(task: Task, masker: Masker): Task {
  return {
    ...task,
    expand: (runtime) => {
      const items = task.expand(runtime)
      for (const { params } of items) tell(params, masker)
      return items
    },
  }
}

function tell(value: unknown, masker: Masker): void {
  if (value instanceof Secret) masker.add(value)
  else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) tell(inner, masker)
}
