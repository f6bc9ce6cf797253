import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { InputError } from '../../src/core/error.ts'
import { ExpressionError } from '../../src/input/expression.ts'
import { formatProblems } from '../../src/input/frame.ts'
import { ArgumentError } from '../../src/input/function.ts'
import { TemplateError } from '../../src/input/template.ts'
import { cpuTime } from '../cpu-time.ts'

/** What one piece of input may take before it is read or refused, in milliseconds of CPU time; usually it is a hundredth. */
const PATIENCE = 4000

/** Does something that must come to an end: with a value, or with an error that the user can read. */
export function bounded(what: string, work: () => unknown): 'read' | 'refused' {
  const started = cpuTime()
  try {
    work()
    return 'read'
  } catch (error) {
    const isOurs =
      error instanceof InputError ||
      error instanceof TemplateError ||
      error instanceof ExpressionError ||
      error instanceof ArgumentError
    assert.ok(isOurs, `${what}: ${error}`)
    if (error instanceof InputError) {
      const shown = formatProblems(error.problems, 20)
      assert.ok(shown.length < 20_000, `${what}: the message has ${shown.length} characters`)
    }
    return 'refused'
  } finally {
    const took = cpuTime() - started
    assert.ok(took < PATIENCE, `${what} took ${Math.round(took)} ms`)
  }
}

export function boundedAll(
  t: TestContext,
  kind: string,
  cases: readonly (readonly [string, 'read' | 'refused', () => unknown])[],
): void {
  const before = process.memoryUsage().rss
  for (const [what, expected, work] of cases) assert.equal(bounded(what, work), expected, what)
  t.diagnostic(`${cases.length} ${kind}, ${Math.round((process.memoryUsage().rss - before) / 1e6)} MB more memory`)
}

/** A text inside of many brackets. */
export function nested(open: string, close: string, depth: number, inner: string): string {
  return open.repeat(depth) + inner + close.repeat(depth)
}
