import { isIP } from 'node:net'
import { InputError } from '../core/error.ts'
import { type Masker, Secret } from '../core/secret.ts'
import type { Play, Task } from '../core/task.ts'

/** Runs something that reads input; mistakes that it reports show no secrets, though they quote lines. */
export function maskProblems<T>(masker: Masker, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof InputError) throw new InputError(masker.maskAll(error.problems))
    throw error
  }
}

/** Does the work; whatever ends it shows no secrets, nor does its stack. */
export async function maskErrors<T>(masker: Masker, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    for (const key of ['message', 'stack', 'hint', 'output']) {
      const value: unknown = Reflect.get(error, key)
      if (typeof value === 'string') Object.defineProperty(error, key, { value: masker.mask(value) })
    }
    throw error
  }
}

/** The plays, with every secret parameter told to the masker before anything can print it. */
export function watchSecrets(plays: readonly Play[], masker: Masker): readonly Play[] {
  return plays.map((play) => ({
    ...play,
    hosts: play.hosts.map((host) => ({
      ...host,
      tasks: host.tasks.map((task) => watch(task, masker)),
      handlers: host.handlers.map(({ name, task }) => ({ name, task: watch(task, masker) })),
      batchCheck: host.batchCheck?.map((task) => watch(task, masker)) ?? [],
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
  if (value instanceof Secret) {
    if (!isHarmless(value.reveal())) masker.add(value)
  } else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) tell(inner, masker)
}

// Among the variables of a DNS hook are addresses and file names. They are kept like secrets, but masking them would
// make other output unreadable. The folders are named, because base64 text may begin with a slash, too.
function isHarmless(text: string): boolean {
  return isIP(text) !== 0 || /^\/(etc|home|opt|root|srv|usr|var)\//.test(text)
}
