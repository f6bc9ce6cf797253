import type { Play } from '../core/task.ts'
import type { Fields } from './fields.ts'
import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'
import type { TaskReader } from './task-reader.ts'
import { type Node, tasksIn } from './task-tree.ts'

/** The keys of a play that say how it goes from host to host. */
export const ROLLING_KEYS = ['serial', 'any_errors_fatal', 'max_fail_percentage', 'batch_check'] as const

/** How a play goes from host to host, and what ends that ahead of its time. */
export interface Rolling extends Pick<Play, 'serial' | 'anyErrorsFatal' | 'maxFailPercentage'> {
  /** Tasks for each host of a batch, at its end. */
  readonly batchCheck: readonly Node[]
}

export function readRolling(fields: Fields, tasks: TaskReader, problems: Problems): Rolling {
  return {
    serial: readSerial(fields.get('serial'), problems),
    anyErrorsFatal: fields.boolean('any_errors_fatal') ?? false,
    maxFailPercentage: readShare(fields.get('max_fail_percentage'), problems),
    batchCheck: readBatchCheck(fields, tasks, problems),
  }
}

function readSerial(source: Source | undefined, problems: Problems): Rolling['serial'] {
  if (source === undefined) return undefined
  const steps = Array.isArray(source.value) ? source.items() : [source]
  const good = steps.flatMap((step): readonly (number | `${number}%`)[] => {
    const text = typeof step.value === 'string' || typeof step.value === 'number' ? String(step.value) : ''
    if (/^[1-9]\d*$/.test(text)) return [Number(text)]
    if (/^\d+%$/.test(text)) return [`${Number.parseInt(text, 10)}%`]
    const hint = text === '0' ? 'leave "serial" out for all hosts at once' : undefined
    problems.add(step.problem('serial: expected a number of hosts, or a share such as "50%"', { hint }))
    return []
  })
  return good.length === 0 ? undefined : good
}

function readShare(source: Source | undefined, problems: Problems): number | undefined {
  if (source === undefined) return undefined
  const { value } = source
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  const share = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (share <= 100) return share
  const got = text === '' ? kindOf(value) : `"${text}"`
  problems.add(source.problem(`max_fail_percentage: expected a number from 0 to 100, got ${got}`))
  return undefined
}

function readBatchCheck(fields: Fields, tasks: TaskReader, problems: Problems): readonly Node[] {
  const nodes = tasks.read(fields.source.at('batch_check'))
  for (const { notify } of tasksIn(nodes)) {
    for (const handler of notify) {
      const hint = 'the handlers have run by then'
      problems.add(handler.problem('batch_check: its tasks cannot notify', { hint }))
    }
  }
  return nodes
}
