/** A use of a variable: `host.os.version` is the path `host`, `os`, `version`. */
export interface UsedPath {
  readonly path: readonly string[]
  /** Where it begins, in characters from 0. */
  readonly offset: number
  /** It may be missing: something asks whether it is defined, or gives a default. */
  readonly guarded: boolean
}

/** Behind `x is defined and`, or inside `{{#if (is-defined x)}}`, x.y is asked for only where x exists: one guard covers all. */
export function spreadGuards(found: readonly UsedPath[]): UsedPath[] {
  const guards = found.filter(({ guarded }) => guarded).map(({ path }) => path)
  const covers = (guard: readonly string[], path: readonly string[]) => guard.every((step, i) => step === path[i])
  return found.map((used) => ({ ...used, guarded: guards.some((guard) => covers(guard, used.path)) }))
}
