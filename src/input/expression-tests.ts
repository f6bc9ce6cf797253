import type { Json } from '../core/json.ts'
import { ArgumentError, text } from './function.ts'
import { describe, isList, isMapping } from './lookup.ts'
import { searchPattern } from './regular-expression.ts'

/** What may stand behind `is`. */
export interface Test {
  /** The first argument is the value on the left of `is`. */
  readonly usage: string
  /** The value may be a variable that does not exist. */
  readonly acceptsUndefined?: true
  /** @throws {ArgumentError} for values that it cannot judge. */
  holds(value: Json | undefined, argument?: Json): boolean
}

/** The tests behind `is`, by name. */
export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', { usage: 'defined VALUE', acceptsUndefined: true, holds: (value) => value !== undefined }],
  ['undefined', { usage: 'undefined VALUE', acceptsUndefined: true, holds: (value) => value === undefined }],
  ['none', { usage: 'none VALUE', holds: (value) => value === null }],
  ['true', { usage: 'true VALUE', holds: (value) => value === true }],
  ['false', { usage: 'false VALUE', holds: (value) => value === false }],
  ['string', { usage: 'string VALUE', holds: (value) => typeof value === 'string' }],
  ['number', { usage: 'number VALUE', holds: (value) => typeof value === 'number' }],
  ['boolean', { usage: 'boolean VALUE', holds: (value) => typeof value === 'boolean' }],
  ['mapping', { usage: 'mapping VALUE', holds: (value) => isMapping(value) }],
  ['sequence', { usage: 'sequence VALUE', holds: (value) => isList(value) }],
  ['changed', { usage: 'changed RESULT', holds: (value) => flag(value, 'changed') }],
  ['failed', { usage: 'failed RESULT', holds: (value) => flag(value, 'failed') }],
  ['skipped', { usage: 'skipped RESULT', holds: (value) => flag(value, 'skipped') }],
  ['succeeded', { usage: 'succeeded RESULT', holds: (value) => !flag(value, 'failed') }],
  ['match', { usage: 'match TEXT PATTERN', holds: (value, pattern) => matchesStart(text(value), text(pattern)) }],
  [
    'search',
    { usage: 'search TEXT PATTERN', holds: (value, pattern) => searchPattern(text(value), text(pattern)) !== null },
  ],
])

function flag(value: Json | undefined, name: string): boolean {
  if (isMapping(value)) return Object.hasOwn(value, name) && value[name] === true
  throw new ArgumentError(`needs the result of a task, not ${describe(value ?? null)}`, 'name it with register')
}

// Python's re.match, which Ansible's test is named after, looks at the start only.
function matchesStart(value: string, pattern: string): boolean {
  return searchPattern(value, `^(?:${pattern})`) !== null
}
