import type { Tree } from './expression-tree.ts'
import { acceptsUndefined } from './expression-tree.ts'
import { spreadGuards, type UsedPath } from './used-paths.ts'

/** Every use of a variable in an expression. */
export function usedPaths(root: Tree): UsedPath[] {
  const found: UsedPath[] = []
  collect(root, found)
  return spreadGuards(found)
}

function collect(tree: Tree, found: UsedPath[]): void {
  switch (tree.kind) {
    case 'literal':
      return
    case 'variable':
      found.push({ path: [tree.name], offset: tree.offset, guarded: false })
      return
    case 'list':
      for (const item of tree.items) collect(item, found)
      return
    case 'not':
      collect(tree.term, found)
      return
    case 'logic':
      for (const term of tree.terms) collect(term, found)
      return
    case 'compare':
      collect(tree.left, found)
      collect(tree.right, found)
      return
    case 'chain':
      collectChain(tree, found)
  }
}

function collectChain({ base, steps }: Tree & { readonly kind: 'chain' }, found: UsedPath[]): void {
  const path: string[] = []
  const length = steps.findIndex((step) => step.kind !== 'attribute' && step.kind !== 'index')
  const access = length === -1 ? steps : steps.slice(0, length)
  if (base.kind === 'variable') {
    path.push(base.name)
    for (const step of access) {
      if (step.kind === 'attribute') path.push(step.name)
      else if (step.kind === 'index' && step.index.kind === 'literal') path.push(String(step.index.value))
      else break
    }
    found.push({ path, offset: base.offset, guarded: acceptsUndefined(steps[access.length]) })
  } else collect(base, found)
  for (const step of steps) {
    if (step.kind === 'index') collect(step.index, found)
    if (step.kind === 'filter' || step.kind === 'test') for (const value of step.values) collect(value, found)
  }
}
