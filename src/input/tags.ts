import { didYouMean, type Problem } from '../core/error.ts'
import type { Node, TaskNode } from './task-tree.ts'

/** Words on the command line that are no tags of their own. */
const SPECIAL = ['all', 'tagged', 'untagged']

export interface TagSelection {
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
}

/**
 * Whether a task with these tags, its own and inherited, is chosen. Ansible's rules: `always` is chosen unless skipped,
 * `never` is not unless another of its tags is named.
 */
export function isSelected(own: ReadonlySet<string>, { tags, skipTags }: TagSelection): boolean {
  const isTagged = own.size > 0
  const never = own.has('never')
  const wanted = tags.length === 0 ? ['all'] : tags
  const chosen =
    own.has('always') ||
    wanted.some((tag) => own.has(tag) || (tag === 'all' && !never) || (tag === 'untagged' && !isTagged)) ||
    (wanted.includes('tagged') && isTagged && !never)
  const skipped = skipTags.some(
    (tag) =>
      own.has(tag) ||
      (tag === 'all' && !own.has('always')) ||
      (tag === 'tagged' && isTagged) ||
      (tag === 'untagged' && !isTagged),
  )
  return chosen && !skipped
}

/** The tree without the tasks that are not chosen; those go to `leftOut`. */
export function selectTags(
  nodes: readonly Node[],
  inherited: readonly string[],
  selection: TagSelection,
  leftOut: TaskNode[],
): readonly Node[] {
  return nodes.flatMap((node): readonly Node[] => {
    const tags = [...inherited, ...node.tags]
    if (node.kind === 'group') {
      const children = selectTags(node.children, tags, selection, leftOut)
      return children.length === 0 ? [] : [{ ...node, children }]
    }
    if (isSelected(new Set(tags), selection)) return [node]
    leftOut.push(node)
    return []
  })
}

/** The tags of the tasks that were chosen, each once: what the variable `selected_tags` lists. */
export function selectedTags(chosen: readonly Node[], inherited: readonly string[]): readonly string[] {
  return chosen.length === 0 ? [] : [...new Set([...inherited, ...tagsIn(chosen)])].toSorted()
}

/** Every tag in a tree. */
export function tagsIn(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node) => (node.kind === 'group' ? [...node.tags, ...tagsIn(node.children)] : node.tags))
}

/** A problem for each tag of the command line that nothing in the playbook has. */
export function unknownTags(selection: TagSelection, known: ReadonlySet<string>): readonly Problem[] {
  const check = (option: string, tags: readonly string[]): readonly Problem[] =>
    tags
      .filter((tag) => !known.has(tag) && ![...SPECIAL, 'always', 'never'].includes(tag))
      .map((tag) => {
        const all = [...known].toSorted().join(', ')
        const hint = didYouMean(tag, known) ?? (all === '' ? 'the playbook has no tags' : `the playbook has ${all}`)
        return { message: `${option} ${tag}: no task has this tag`, hint }
      })
  return [...check('--tags', selection.tags), ...check('--skip-tags', selection.skipTags)]
}
