import type { z } from 'zod'
import type { Json } from '../core/json.ts'
import type { Draft } from './draft.ts'
import { toBoolean } from './fields.ts'
import { explainIssues, type Issue, type Label } from './issues.ts'
import { isList, isMapping } from './lookup.ts'
import type { Problems } from './problems.ts'
import { isObject } from './schema-keys.ts'
import type { Source } from './source.ts'
import type { Path } from './yaml.ts'

/** What a schema made of a draft; nothing where it is wrong, or where parts are unknown that the schema had to see. */
export interface Validated {
  readonly data: unknown
}

/**
 * Parses a draft with a schema. What is wrong goes to `problems`, except what follows from unknown parts.
 * Words such as `yes`, and numbers that came out of a template as text, are taken for what the schema wants.
 */
export function validate(draft: Draft, schema: z.ZodType, label: Label, problems: Problems): Validated | undefined {
  const { source, unknown } = draft
  // `reboot:` with nothing behind it means that nothing is asked for beyond the defaults.
  let value = draft.value ?? (isObject(schema) ? {} : null)
  let result = schema.safeParse(value)
  let issues: readonly Issue[] = result.error ? explainIssues(result.error.issues, value, schema, label) : []
  const coerced = issues.reduce<Json>((changed, issue) => coerce(changed, issue, draft), value)
  if (coerced !== value) {
    value = coerced
    result = schema.safeParse(value)
    issues = result.error ? explainIssues(result.error.issues, value, schema, label) : []
  }
  if (result.success) return { data: result.data }
  for (const issue of issues) {
    if (isOpen(issue, unknown)) continue
    const { path, message, what } = issue
    const hint = issue.hint ?? quoteHint(issue, source)
    problems.add(source.at(...path).problem(message, { hint, what }))
  }
  return undefined
}

/** Whether the issue may go away once the run has filled in what is unknown. */
function isOpen({ path, doubt }: Issue, unknown: readonly Path[]): boolean {
  if (doubt === 'anywhere') return unknown.length > 0
  return unknown.some((open) => isPrefix(open, path) || (doubt === 'inside' && isPrefix(path, open)))
}

/**
 * The value with what stands at the issue's path turned into the number or truth value that was wanted, if that is
 * plain.
 * Nothing (`default x null`) where something is wanted counts as left out.
 */
function coerce(value: Json, { path, expected }: Issue, { rendered }: Draft): Json {
  return replaceAt(value, path, (found) => {
    if (found === null) return undefined
    const isRendered = rendered.some((template) => isPrefix(template, path))
    if (expected === 'boolean') return toBoolean(found) ?? (isRendered ? RENDERED.get(found) : undefined) ?? found
    if (expected !== 'number' && expected !== 'int') return found
    return isRendered && typeof found === 'string' && /^-?\d+(\.\d+)?$/.test(found) ? Number(found) : found
  })
}

/** How a truth value looks when it came out of a template, or from the command line. */
const RENDERED: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** A copy with another value at a path; with `undefined` there, the entry of the mapping is left out. */
function replaceAt(value: Json, [key, ...rest]: Path, replace: (found: Json) => Json | undefined): Json {
  if (key === undefined) return replace(value) ?? value
  const inside = (inner: Json): Json | undefined =>
    rest.length === 0 ? replace(inner) : replaceAt(inner, rest, replace)
  if (isList(value)) return value.map((item, index) => (index === key ? (inside(item) ?? item) : item))
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): readonly (readonly [string, Json])[] => {
      const replaced = name === key ? inside(inner) : inner
      return replaced === undefined ? [] : [[name, replaced]]
    }),
  )
}

/** YAML reads 0644 as the number 644 and 1.10 as 1.1: quotes keep what was meant. */
function quoteHint({ path, expected }: Issue, source: Source): string | undefined {
  const key = path.findLast((step) => typeof step === 'string')
  const full = [...source.path, ...path]
  const { value } = source.at(...path)
  const isMode = key === 'mode' && typeof value === 'number'
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  if ((expected !== 'string' && !isMode) || !source.document.isPlain(full)) return undefined
  const raw = source.document.raw(full) ?? String(value)
  const text = isMode && /^[0-7]{3}$/.test(raw) ? `0${raw}` : raw
  return `quote it: ${path.at(-1) === key && key !== undefined ? `${key}: ` : ''}"${text}"`
}

function isPrefix(prefix: Path, path: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index])
}
