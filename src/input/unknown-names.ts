import { didYouMean, InputError, type Problem } from '../core/error.ts'
import type { Lookup } from './lookup.ts'
import { missingVariable } from './missing.ts'
import { FACTS, NeedsRuntime } from './runtime-names.ts'
import type { UsedPath } from './used-paths.ts'

/** The facts and what is inside those that have parts; `null` where the host decides. */
export const FACT_NAMES: { readonly [fact: string]: readonly string[] | null } = {
  os: ['id', 'version', 'codename'],
  arch: [],
  kernel: [],
  hostname: [],
  fqdn: [],
  addresses: ['ipv4', 'ipv6', 'all'],
  interfaces: null,
  default_interface: [],
  memory: [],
  python: [],
  init: [],
  virt: [],
}

/** Places a problem in a text. */
export type ProblemAt = (
  message: string,
  options: { readonly offset: number; readonly length: number; readonly hint: string | undefined },
) => Problem

/**
 * Looks, in a text that only the run can evaluate, for names that not even the run will know.
 *
 * @throws {InputError} with a problem for each, placed by `at`.
 */
export function refuseUnknown(paths: readonly UsedPath[], lookup: Lookup, at: ProblemAt): void {
  const problems = paths
    .filter(({ guarded }) => !guarded)
    .flatMap(({ path: [name = '', ...parts], offset }) => {
      if (!mayKnow(lookup, name)) {
        const { message, hint } = missingVariable(name, lookup)
        return [at(message, { offset, length: name.length, hint })]
      }
      const wrong = name === FACTS ? unknownFact(parts) : undefined
      if (wrong === undefined) return []
      const { owner, part, known } = wrong
      const hint = didYouMean(part, known) ?? `it has ${known.join(', ')}`
      return [at(`${owner} has no "${part}"`, { offset, length: `${owner}.${part}`.length, hint })]
    })
  if (problems.length > 0) throw new InputError(problems)
}

function mayKnow(lookup: Lookup, name: string): boolean {
  try {
    return lookup.has(name)
  } catch (error) {
    if (error instanceof NeedsRuntime) return true
    throw error
  }
}

function unknownFact([fact, part]: readonly string[]):
  | { readonly owner: string; readonly part: string; readonly known: readonly string[] }
  | undefined {
  if (fact === undefined) return undefined
  if (!Object.hasOwn(FACT_NAMES, fact)) return { owner: FACTS, part: fact, known: Object.keys(FACT_NAMES) }
  const known = FACT_NAMES[fact]
  // Single facts are text or numbers: asking for a part of them is left to the evaluation, which names the value.
  if (!known || known.length === 0 || part === undefined || known.includes(part)) return undefined
  return { owner: `${FACTS}.${fact}`, part, known }
}
