import type { Json } from '../core/json.ts'
import { tests } from './expression-tests.ts'
import type { Span } from './expression-tokens.ts'
import { functions } from './functions.ts'

export const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>', 'in', 'not in'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** An expression as a tree. Chains of `and`, `or`, attributes and filters are lists, so that long ones cost no stack. */
export type Tree =
  | ({ readonly kind: 'literal'; readonly value: Json } & Span)
  | ({ readonly kind: 'list'; readonly items: readonly Tree[] } & Span)
  | ({ readonly kind: 'variable'; readonly name: string } & Span)
  | ({ readonly kind: 'chain'; readonly base: Tree; readonly steps: readonly Step[] } & Span)
  | ({ readonly kind: 'compare'; readonly operator: Comparison; readonly left: Tree; readonly right: Tree } & Span)
  | ({ readonly kind: 'not'; readonly term: Tree } & Span)
  | ({ readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly terms: readonly Tree[] } & Span)

/** What is done to a value on its left. `owner` is the text of everything before the step. */
export type Step =
  | ({ readonly kind: 'attribute'; readonly name: string; readonly owner: string } & Span)
  | ({ readonly kind: 'index'; readonly index: Tree; readonly owner: string } & Span)
  | ({ readonly kind: 'filter'; readonly name: string; readonly values: readonly Tree[] } & Span)
  | ({
      readonly kind: 'test'
      readonly name: string
      readonly negated: boolean
      readonly values: readonly Tree[]
    } & Span)

/** Whether a step may be applied to something that is not there. */
export function acceptsUndefined(step: Step | undefined): boolean {
  if (step?.kind === 'filter') return functions.get(step.name)?.acceptsUndefined === true
  return step?.kind === 'test' && tests.get(step.name)?.acceptsUndefined === true
}
