import { InputError } from '../core/error.ts'
import { readDuration } from './duration.ts'
import { readExpression } from './evaluate.ts'
import { type Fields, toBoolean } from './fields.ts'
import { readGuard } from './guard.ts'
import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'
import type { Condition, Keywords, Loop } from './task-tree.ts'
import { hasTemplate } from './template.ts'
import { define, type Layer, type Variable, whyReserved } from './variables.ts'

/** Keys that tasks, blocks and includes share. */
export const SHARED_KEYS = [
  'name',
  'when',
  'vars',
  'tags',
  'become',
  'become_user',
  'no_log',
  'ignore_errors',
  'check',
  'guard',
  'timeout',
] as const

/** Reads the keys that tasks, blocks and includes share, and `loop`. Mistakes go to `problems`. */
export function readKeywords(fields: Fields, problems: Problems): Keywords {
  const becomeUser = fields.string('become_user') === undefined ? undefined : fields.get('become_user')
  return {
    source: fields.source,
    name: fields.string('name'),
    conditions: readConditions(fields.get('when'), problems),
    variables: readLayer(fields.mapping('vars'), problems),
    tags: readTags(fields),
    become: fields.boolean('become'),
    becomeUser,
    noLog: fields.boolean('no_log'),
    ignoreErrors: fields.boolean('ignore_errors'),
    check: fields.boolean('check'),
    guard: readGuard(fields, problems),
    timeout: readTimeout(fields, problems),
    loop: readLoop(fields, problems),
  }
}

/** Tags as a list, or as one string with commas. */
export function readTags(fields: Fields): readonly string[] {
  return fields
    .strings('tags')
    .flatMap(({ value }) => String(value).split(','))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
}

/** A layer of variables from a `vars` mapping. */
export function readLayer(mapping: Source | undefined, problems: Problems): Layer {
  const layer = new Map<string, Variable>()
  define(mapping, layer, problems, { inventory: false })
  return layer
}

/** Reads the name of a variable that a task defines (`register`, `loop_var`). */
export function readName(fields: Fields, key: string, problems: Problems): string | undefined {
  const name = fields.string(key)
  if (name === undefined) return undefined
  const reserved = whyReserved(name)
  if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && name !== '__proto__' && reserved === undefined) return name
  const reason = reserved ?? 'a name has letters, digits and _ only, and begins with a letter'
  problems.add(fields.source.at(key).problem(`${key}: "${name}" cannot be the name of a variable: ${reason}`))
  return undefined
}

function readConditions(when: Source | undefined, problems: Problems): readonly Condition[] {
  if (when === undefined) return []
  const lines = Array.isArray(when.value) ? when.items() : [when]
  return lines.flatMap((line) => problems.attempt(() => [readCondition(line)]) ?? [])
}

/** `timeout`: shells count whole seconds. */
function readTimeout(fields: Fields, problems: Problems): number | undefined {
  const source = fields.get('timeout')
  const seconds = source && readDuration(source, 'timeout', problems)
  return seconds === undefined ? undefined : Math.ceil(seconds)
}

function readCondition(source: Source): Condition {
  const { value } = source
  const plain = toBoolean(value)
  if (plain !== undefined) return { source, expression: plain }
  if (typeof value !== 'string')
    throw new InputError([source.problem(`when: expected an expression, got ${kindOf(value)}`)])
  return { source, expression: readExpression(source) }
}

function readLoop(fields: Fields, problems: Problems): Loop | undefined {
  const source = fields.get('loop')
  const control = fields.mapping('loop_control')
  if (source === undefined) {
    if (control !== undefined) problems.add(control.problem('loop_control without loop', { what: 'key' }))
    return undefined
  }
  const { value } = source
  if (typeof value !== 'object' && !(typeof value === 'string' && hasTemplate(value))) {
    const hint = typeof value === 'string' ? `write a list: [${value}], or a variable: "{{ ${value} }}"` : undefined
    problems.add(source.problem(`loop: expected a list, got ${kindOf(value)}`, { hint }))
  }
  const inner = control === undefined ? undefined : fields.inside(control)
  inner?.allowOnly(['loop_var', 'index_var', 'label'])
  return {
    source,
    variable: (inner && readName(inner, 'loop_var', problems)) ?? 'item',
    index: inner && readName(inner, 'index_var', problems),
    label: inner?.get('label'),
  }
}
