import type { Json } from '../core/json.ts'
import { type Draft, makeDraft } from './draft.ts'
import { readExpression } from './evaluate.ts'
import { writePath } from './issues.ts'
import type { Lookup } from './lookup.ts'
import { Problems } from './problems.ts'
import { mapStrings, namesIn } from './render.ts'
import { expressionAt } from './schema-keys.ts'
import type { TaskNode } from './task-tree.ts'
import { type Validated, validate } from './validate.ts'

/** What is under a task's resource key, rendered as far as possible. Mistakes go to `problems`. */
export function draftParams({ params, resource }: TaskNode, lookup: Lookup | undefined, problems: Problems): Draft {
  return makeDraft(params, lookup, problems, (path) => expressionAt(resource.params, path))
}

/** Validates what is under a task's resource key. Mistakes go to `problems`. */
export function validateParams(draft: Draft, { resource }: TaskNode, problems: Problems): Validated | undefined {
  return validate(draft, resource.params, (path) => (path.length === 0 ? resource.name : writePath(path)), problems)
}

/** Finds the mistakes that need no host: those in parameters without templates, also of tasks that no host reaches. */
export function checkParams(node: TaskNode, problems: Problems): void {
  validateParams(draftParams(node, undefined, problems), node, problems)
}

/** The names that the templates and expressions in a task's parameters use. */
export function namesInParams({ params, resource }: TaskNode): ReadonlySet<string> {
  const names = new Set<string>()
  mapStrings(params, (text): Json => {
    const path = text.path.slice(params.path.length)
    // An expression with a mistake uses no names: the mistake itself is reported where it is evaluated.
    const read = expressionAt(resource.params, path) !== undefined && new Problems().attempt(() => readExpression(text))
    for (const name of read ? read.names : namesIn(text.value)) names.add(name)
    return text.value
  })
  return names
}
