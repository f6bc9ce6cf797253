import { type Draft, makeDraft } from './draft.ts'
import { writePath } from './issues.ts'
import type { Problems } from './problems.ts'
import type { TaskNode } from './task-tree.ts'
import { type Validated, validate } from './validate.ts'

/** Validates what is under a task's resource key. Mistakes go to `problems`. */
export function validateParams(draft: Draft, { resource }: TaskNode, problems: Problems): Validated | undefined {
  return validate(draft, resource.params, (path) => (path.length === 0 ? resource.name : writePath(path)), problems)
}

/** Finds the mistakes that need no host: those in parameters without templates, also of tasks that no host reaches. */
export function checkParams(node: TaskNode, problems: Problems): void {
  validateParams(makeDraft(node.params, undefined, problems), node, problems)
}
