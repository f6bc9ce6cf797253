import { InputError } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import type { Lookup } from './lookup.ts'
import { isList, isMapping } from './lookup.ts'
import { Problems } from './problems.ts'
import { orNeedsRuntime, TooEarly } from './runtime-names.ts'
import { Source } from './source.ts'
import { hasTemplate, parseTemplate, TemplateError } from './template.ts'
import { refuseUnknown } from './unknown-names.ts'

const namesOf = new WeakMap<object, ReadonlySet<string>>()

/**
 * Renders one string; anything else is its own value.
 *
 * @throws {InputError} placed at the part of the string that is wrong. @throws {NeedsRuntime} when only the run can
 * tell.
 */
export function renderString(source: Source, lookup: Lookup): Json {
  const { value } = source
  if (typeof value !== 'string' || !hasTemplate(value)) return value
  try {
    const template = parseTemplate(value)
    return orNeedsRuntime(
      () => template.render(lookup),
      () => refuseUnknown(template.paths, lookup, (message, options) => source.problem(message, options)),
    )
  } catch (error) {
    throw atSource(error, source, value)
  }
}

/**
 * Renders every string in a value, keys included.
 *
 * @throws {InputError} with everything wrong in it. @throws {NeedsRuntime} when only the run can tell some of it.
 */
export function renderAll(source: Source, lookup: Lookup): Json {
  if (!holdsTemplate(source.value)) return source.value
  const problems = new Problems()
  const value = mapStrings(source, (text) => problems.attempt(() => renderString(text, lookup)) ?? null)
  problems.throwIfAny()
  return value
}

/**
 * A copy of plain data in which `map` replaces every string, given with its place; in keys, those with templates only.
 */
export function mapStrings(source: Source, map: (text: Source) => Json): Json {
  const { value } = source
  if (typeof value === 'string') return map(source)
  if (isList(value)) return source.items().map((item) => mapStrings(item, map))
  if (!isMapping(value)) return value
  // fromEntries defines own properties, whatever their names; an assignment to `__proto__` would not.
  return Object.fromEntries(source.entries().map(([key, entry]) => [mapKey(key, entry, map), mapStrings(entry, map)]))
}

function mapKey(key: string, entry: Source, map: (text: Source) => Json): string {
  return hasTemplate(key) ? String(map(new Source(entry.document, entry.path, key))) : key
}

/** The names that the templates in a value use; strings that are no templates use none. */
export function namesIn(value: Json): ReadonlySet<string> {
  if (typeof value === 'string') return hasTemplate(value) ? templateNames(value) : new Set()
  if (typeof value !== 'object' || value === null) return new Set()
  const known = namesOf.get(value)
  if (known !== undefined) return known
  const inside: readonly Json[] = isList(value) ? value : Object.entries(value).flat()
  const names = new Set(inside.flatMap((inner) => [...namesIn(inner)]))
  namesOf.set(value, names)
  return names
}

/** Turns what a template threw into a problem at its place in the YAML file; anything else comes back as it is. */
function atSource(error: unknown, source: Source, text: string): unknown {
  if (error instanceof TemplateError) {
    const { message, offset, length, hint } = error
    return new InputError([source.problem(message, { offset, length, hint })])
  }
  if (error instanceof TooEarly) {
    const offset = Math.max(0, text.indexOf(error.variable))
    return new InputError([source.problem(error.message, { offset, length: error.variable.length })])
  }
  return error
}

function holdsTemplate(value: Json): boolean {
  if (typeof value === 'string') return hasTemplate(value)
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value)
      .flat()
      .some((inner: Json) => holdsTemplate(inner))
  )
}

/** A template with a mistake uses no names: the mistake itself is reported where it is rendered. */
function templateNames(text: string): ReadonlySet<string> {
  try {
    return parseTemplate(text).names
  } catch (error) {
    if (error instanceof TemplateError) return new Set()
    throw error
  }
}
