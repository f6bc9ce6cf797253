import type { Json } from '../core/json.ts'
import type { Lookup } from './lookup.ts'
import { hasTemplate, parseTemplate, TemplateError } from './template.ts'

/**
 * Renders every string inside a value. Keys are taken as written.
 *
 * @param onError is told about each string that cannot be rendered and where it is; the string stays as it was
 */
export function renderValue(
  value: Json,
  variables: Lookup,
  onError: (path: readonly (string | number)[], error: TemplateError) => void,
): Json {
  return render(value, [])

  function render(part: Json, path: readonly (string | number)[]): Json {
    if (typeof part === 'string') return hasTemplate(part) ? renderString(part, path) : part
    if (Array.isArray(part)) return part.map((item: Json, i) => render(item, [...path, i]))
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, render(item, [...path, key])]))
  }

  function renderString(text: string, path: readonly (string | number)[]): Json {
    try {
      return parseTemplate(text).render(variables)
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      onError(path, error)
      return text
    }
  }
}
