import type { Problem } from '../core/error.ts'
import { InputError } from '../core/error.ts'
import type { Item, Runtime, Task } from '../core/task.ts'
import { type Expansion, expand } from './expand.ts'
import type { HostTask } from './host-tasks.ts'
import type { LocalFiles } from './local-file.ts'
import { pendingLayer } from './loop.ts'
import { namesInParams } from './params.ts'
import { Uses } from './uses.ts'

/** A task for the engine, and what is wrong with it as far as that can be told before connecting. */
export interface MadeTask {
  readonly task: Task
  readonly items: readonly Item[]
  readonly problems: readonly Problem[]
}

/** Makes a task of one host. Everything in it that does not wait for the run is done here, once. */
export function makeTask(hostTask: HostTask, files: LocalFiles, become: string | undefined): MadeTask {
  const { node, noLog, ignoreErrors, check, guard, timeout } = hostTask
  let expansion: Expansion | undefined
  let problems: readonly Problem[] = []
  try {
    expansion = expand(hostTask, files, undefined)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    problems = error.problems
  }
  const items = expansion?.complete ? expansion.items : undefined
  const task: Task = {
    name: node.name ?? node.resource.name,
    place: node.source.place(),
    resource: node.resource,
    uses: items === undefined ? usesOf(hostTask, expansion) : new Set(),
    register: node.register,
    looped: node.loop !== undefined,
    notify: node.notify.map(({ value }) => String(value)),
    become,
    ignoreErrors,
    noLog,
    guard,
    timeout,
    check,
    expand: (runtime: Runtime) => items ?? expand(hostTask, files, runtime).items,
  }
  return { task, items: expansion?.items ?? [], problems }
}

function usesOf(
  { node, scope, conditions, position }: HostTask,
  expansion: Expansion | undefined,
): ReadonlySet<string> {
  const uses = new Uses(position)
  const inner = node.loop === undefined ? scope : scope.with(pendingLayer(node.loop))
  for (const { condition, scope: own } of conditions) {
    // Conditions of the task itself may speak of the loop's value, which hides an outer variable of that name.
    const where = own === scope ? inner : own
    if (typeof condition.expression !== 'boolean') uses.addNames(condition.expression.names, where)
  }
  if (node.loop !== undefined) uses.addValue(node.loop.source.value, scope)
  if (node.loop?.label !== undefined) uses.addValue(node.loop.label.value, inner)
  if (node.name !== undefined) uses.addValue(node.name, inner)
  uses.addNames(namesInParams(node), inner)
  for (const template of expansion?.templates ?? []) uses.addNames(template.names, inner)
  if (expansion?.openFile) uses.addEverything(scope)
  return uses.found
}
