import type { z } from 'zod'
import { didYouMean } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { isMapping } from './lookup.ts'
import { keysAt } from './schema-keys.ts'
import { kindOf } from './source.ts'
import type { Path } from './yaml.ts'

type ZodIssue = z.core.$ZodIssue

/** A mistake in a value, in the words of the person who wrote it. */
export interface Issue {
  /** Where the carets go. */
  readonly path: Path
  readonly what: 'key' | 'value'
  /** Beginning with the path, where there is one: `dmarc.policy: "quarentine" is none of …`. */
  readonly message: string
  readonly hint?: string | undefined
  /** The type that the schema wants instead, when that is what is wrong. */
  readonly expected?: string
  /**
   * Where an unknown value makes the mistake doubtful: at the place itself or around it, also inside it
   * (one of several shapes is wanted), or anywhere (a rule over several values).
   */
  readonly doubt: 'around' | 'inside' | 'anywhere'
}

/** What a part of the value is called in a message: the resource for the whole of its parameters, else the path. */
export type Label = (path: Path) => string

/** What zod says of a value. */
export function explainIssues(
  issues: readonly ZodIssue[],
  value: Json,
  schema: z.ZodType,
  label: Label,
): readonly Issue[] {
  return issues.flatMap((issue) => explain(issue, value, schema, label))
}

function explain(issue: ZodIssue, value: Json, schema: z.ZodType, label: Label): readonly Issue[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)))
  const found = valueAt(value, path)
  const at = { path, what: 'value', doubt: 'around' } as const
  const say = (text: string): string => `${label(path)}: ${text}`
  switch (issue.code) {
    case 'unrecognized_keys': {
      const keys = keysAt(schema, path)
      return issue.keys.map((key) => ({
        ...at,
        path: [...path, key],
        what: 'key' as const,
        message: `unknown key "${key}"`,
        hint: didYouMean(key, keys) ?? (keys.length > 0 ? `${label(path)} has ${keys.join(', ')}` : undefined),
      }))
    }
    case 'invalid_type': {
      const key = path.at(-1)
      if (found === undefined && key !== undefined) return [missing(path, label)]
      const text = isOwnText(issue.message)
        ? issue.message
        : `expected ${article(issue.expected)}, got ${kindOf(found)}`
      return [{ ...at, message: say(text), expected: issue.expected }]
    }
    case 'invalid_value': {
      if (found === undefined && path.length > 0) return [missing(path, label)]
      const values = issue.values.map((option) => (typeof option === 'string' ? option : JSON.stringify(option)))
      const hint = typeof found === 'string' ? didYouMean(found, values) : undefined
      const isNone = values.length === 1 ? 'is not' : 'is none of'
      const text = isOwnText(issue.message) ? issue.message : `${write(found)} ${isNone} ${values.join(', ')}`
      return [{ ...at, message: say(text), hint }]
    }
    case 'invalid_union':
      return explainUnion(issue, { value, schema, label, path, say })
    case 'too_small':
    case 'too_big':
      return [{ ...at, message: say(limit(issue, found)) }]
    case 'custom':
      return [{ ...at, message: say(issue.message), doubt: 'anywhere' }]
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return [{ ...at, message: say(format(issue.message, found)) }]
  }
}

/** Several shapes are allowed: speak of the one that was most likely meant, or else of all types. */
function explainUnion(
  issue: ZodIssue & { readonly code: 'invalid_union' },
  context: { value: Json; schema: z.ZodType; label: Label; path: Path; say: (text: string) => string },
): readonly Issue[] {
  const { value, schema, label, path, say } = context
  const found = valueAt(value, path)
  const at = { path, what: 'value', doubt: 'inside' } as const
  if (found === undefined && path.length > 0) return [missing(path, label)]
  if (isOwnText(issue.message)) return [{ ...at, message: say(issue.message) }]
  const isTypeOnly = (branch: readonly ZodIssue[]): boolean =>
    branch.length === 1 && branch[0]?.code === 'invalid_type' && branch[0].path.length === 0
  const near = issue.errors.filter((branch) => !isTypeOnly(branch)).toSorted((a, b) => a.length - b.length)[0]
  if (near !== undefined) {
    const inner = near.map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    return explainIssues(inner, value, schema, label)
  }
  const types = issue.errors.flatMap(([first]) => (first?.code === 'invalid_type' ? [first.expected] : []))
  if (types.length === 0) return [{ ...at, message: say(`${write(found)} is not valid`) }]
  const expected = [...new Set(types.map(article))].join(' or ')
  return [{ ...at, message: say(`expected ${expected}, got ${kindOf(found)}`), expected: types[0] ?? '' }]
}

function missing(path: Path, label: Label): Issue {
  const parent = path.slice(0, -1)
  const message = `${label(parent)} needs "${String(path.at(-1))}"`
  return { path: parent, what: 'key', message, doubt: 'around' }
}

function limit(issue: ZodIssue & { readonly code: 'too_small' | 'too_big' }, found: Json | undefined): string {
  if (isOwnText(issue.message)) return issue.message
  const least = issue.code === 'too_small'
  const bound = String(least ? issue.minimum : issue.maximum)
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''
  if (least && bound === '1' && unit !== '') return `${issue.origin === 'string' ? 'the text' : 'the list'} is empty`
  const inclusive = issue.inclusive === false ? (least ? 'more than' : 'less than') : least ? 'at least' : 'at most'
  return unit === '' ? `${write(found)} must be ${inclusive} ${bound}` : `must have ${inclusive} ${bound}${unit}`
}

/** `Invalid IPv4 address` as a sentence about what was written. */
function format(message: string, found: Json | undefined): string {
  if (isOwnText(message)) return message
  const pattern = /^Invalid string: must (.*)$/.exec(message)?.[1]
  if (pattern !== undefined) return `${write(found)} must ${pattern}`
  const kind = /^Invalid (?!input|number|option|key|value|element)(.*)$/.exec(message)?.[1]
  return `${write(found)} is no valid ${kind ?? 'value'}`
}

/** Whether a schema's author wrote the message, rather than zod. */
function isOwnText(message: string): boolean {
  return !/^(?:Invalid|Too (?:small|big)|Unrecognized|Unknown)\b/.test(message)
}

function article(type: string): string {
  const words: { readonly [type: string]: string } = {
    string: 'a string',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
    null: 'nothing',
  }
  return words[type] ?? type
}

function write(value: Json | undefined): string {
  return typeof value === 'object' || value === undefined ? kindOf(value) : JSON.stringify(value)
}

/** A path as it is shown: `domains."example.org".senders[0]`. */
export function writePath(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      const word = /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key) ? key : JSON.stringify(key)
      return index === 0 ? word : `.${word}`
    })
    .join('')
}

function valueAt(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)]
    return isMapping(inner) && Object.hasOwn(inner, key) ? inner[String(key)] : undefined
  }, value)
}
