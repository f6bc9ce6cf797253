import type { TaskGuard } from '../core/guard.ts'
import type { Resource } from '../core/resource.ts'
import type { Expression } from './expression.ts'
import type { Source } from './source.ts'
import type { Layer } from './variables.ts'

/** A `when`, or one line of a list of them. */
export interface Condition {
  readonly source: Source
  readonly expression: Expression | boolean
}

export interface Loop {
  /** A list, a mapping (its values come as `key` and `value`), or a template that gives one. */
  readonly source: Source
  /** The name under which the value goes: `item` unless `loop_control` says otherwise. */
  readonly variable: string
  /** The name under which the number of the value goes, counted from 0. */
  readonly index: string | undefined
  /** What is shown of a value beside the task's name. */
  readonly label: Source | undefined
}

/** What tasks, blocks and includes have in common. What is undefined comes from the outside. */
export interface Keywords {
  readonly source: Source
  /** The name as written. */
  readonly name: string | undefined
  readonly conditions: readonly Condition[]
  readonly variables: Layer
  readonly tags: readonly string[]
  readonly become: boolean | undefined
  /** May be a template. */
  readonly becomeUser: Source | undefined
  readonly noLog: boolean | undefined
  readonly ignoreErrors: boolean | undefined
  readonly check: boolean | undefined
  readonly guard: TaskGuard | false | undefined
  /** Whole seconds. */
  readonly timeout: number | undefined
  readonly loop: Loop | undefined
}

/** A task as its file has it, the same for every host. */
export interface TaskNode extends Keywords {
  readonly kind: 'task'
  readonly resource: Resource
  /** What is under the resource's key. */
  readonly params: Source
  readonly register: string | undefined
  /** The names of handlers, as written. */
  readonly notify: readonly Source[]
}

/** A block, or the tasks of an include. */
export interface GroupNode extends Keywords {
  readonly kind: 'group'
  readonly children: readonly Node[]
}

export type Node = TaskNode | GroupNode

/** Every task of a tree, in order. */
export function tasksIn(nodes: readonly Node[]): readonly TaskNode[] {
  return nodes.flatMap((node) => (node.kind === 'task' ? [node] : tasksIn(node.children)))
}

/** The run-time names that a task brings: what it registers, and what a resource like `set` sets. */
export function broughtBy(task: TaskNode): readonly string[] {
  const set = task.resource.variables === undefined ? [] : task.params.entries().map(([name]) => name)
  return task.register === undefined ? set : [...set, task.register]
}
