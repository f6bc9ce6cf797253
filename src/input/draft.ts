import type { Json } from '../core/json.ts'
import { evaluateCondition, evaluateExpression } from './evaluate.ts'
import { COMMAND_LINE } from './extra-variables.ts'
import type { Lookup } from './lookup.ts'
import type { Problems } from './problems.ts'
import { mapStrings, renderString } from './render.ts'
import { NeedsRuntime } from './runtime-names.ts'
import type { Source } from './source.ts'
import { hasTemplate } from './template.ts'
import type { Path } from './yaml.ts'

/** A value with its templates rendered as far as that can be done now. Paths count from the value itself. */
export interface Draft {
  readonly source: Source
  /** Strings that cannot be rendered yet are in it as they are written. */
  readonly value: Json
  readonly unknown: readonly Path[]
  /** Where a template was rendered, or the value is from the command line: it may be a word where a number is meant. */
  readonly rendered: readonly Path[]
}

/**
 * Renders what can be rendered, and evaluates the texts that `expressionAt` picks out; without a lookup, neither.
 * Mistakes in templates and expressions go to `problems`.
 */
export function makeDraft(
  source: Source,
  lookup: Lookup | undefined,
  problems: Problems,
  expressionAt: (path: Path) => 'condition' | 'value' | undefined = () => undefined,
): Draft {
  const unknown: Path[] = []
  const rendered: Path[] = source.file === COMMAND_LINE ? [[]] : []
  const value = mapStrings(source, (text) => {
    const path = text.path.slice(source.path.length)
    const kind = expressionAt(path)
    if (kind === undefined && !hasTemplate(String(text.value))) return text.value
    const evaluate = kind === undefined ? renderString : kind === 'value' ? evaluateExpression : evaluateCondition
    const value = lookup && attempt(() => evaluate(text, lookup), problems)
    if (value === undefined) {
      unknown.push(path)
      return text.value
    }
    rendered.push(path)
    if (source.document.sealed) lookup?.secret?.(value)
    return value
  })
  return { source, value, unknown, rendered }
}

/** Nothing when only the run can tell, or when it is wrong and has been reported. */
function attempt<T>(work: () => T, problems: Problems): T | undefined {
  try {
    return problems.attempt(work)
  } catch (error) {
    if (error instanceof NeedsRuntime) return undefined
    throw error
  }
}
