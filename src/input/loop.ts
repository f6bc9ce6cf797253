import { InputError } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { isList, isMapping, type Lookup } from './lookup.ts'
import { renderAll } from './render.ts'
import { kindOf } from './source.ts'
import type { Loop } from './task-tree.ts'
import type { Layer, Variable } from './variables.ts'

/**
 * The variables of each turn of a loop. A mapping gives its entries as `key` and `value`, in the order in which they
 * are written.
 *
 * @throws {InputError} when it is neither list nor mapping. @throws {NeedsRuntime}
 */
export function loopLayers(loop: Loop, lookup: Lookup): readonly Layer[] {
  const value = renderAll(loop.source, lookup)
  return valuesOf(value, loop).map((item, index) => {
    const layer = new Map<string, Variable>([[loop.variable, { data: item }]])
    if (loop.index !== undefined) layer.set(loop.index, { data: index })
    return layer
  })
}

/** The variables that a loop defines. */
export function loopNames({ variable, index }: Loop): ReadonlySet<string> {
  return new Set(index === undefined ? [variable] : [variable, index])
}

/** Stands for the turns of a loop which only the run can resolve. */
export function pendingLayer(loop: Loop): Layer {
  return new Map([...loopNames(loop)].map((name) => [name, { pending: true }]))
}

function valuesOf(value: Json, { source }: Loop): readonly Json[] {
  if (isList(value)) return value
  if (isMapping(value)) return Object.entries(value).map(([key, inner]) => ({ key, value: inner }))
  const hint = typeof value === 'string' ? `write a list: ["${value}"]` : undefined
  throw new InputError([source.problem(`loop: expected a list, got ${kindOf(value)}`, { hint })])
}
