/** A place in a text file. Lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One mistake in the input: what is wrong, where, and what to type instead. */
export interface Problem {
  readonly message: string
  readonly place?: Place
  /** The offending line and its neighbours, with carets under the words that are wrong. */
  readonly frame?: string
  readonly hint?: string
}

/** The input cannot be used. Carries every mistake found, not only the first. Exit code 4. */
export class InputError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join('\n'))
    this.name = 'InputError'
    this.problems = problems
  }
}

/** How far a connection came before it failed. */
export type Stage =
  | 'dns'
  | 'tcp'
  | 'banner'
  | 'key exchange'
  | 'host key'
  | 'authentication'
  | 'channel'
  | 'sudo'
  | 'lock'
  | 'hold'
  | 'connection'

/** A host could not be reached, or was lost. Exit code 3. */
export class UnreachableError extends Error {
  readonly stage: Stage
  readonly hint: string | undefined

  constructor(stage: Stage, message: string, hint?: string) {
    super(message)
    this.name = 'UnreachableError'
    this.stage = stage
    this.hint = hint
  }
}

/** A host was reached and something on it failed. Exit code 1. */
export class HostError extends Error {
  readonly hint: string | undefined
  readonly output: string | undefined

  constructor(
    message: string,
    details: { readonly hint?: string | undefined; readonly output?: string | undefined } = {},
  ) {
    super(message)
    this.name = 'HostError'
    this.hint = details.hint
    this.output = details.output
  }
}

/** The word among `candidates` that was most likely meant, or nothing when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase())
    if (far < least) {
      least = far
      best = candidate
    }
  }
  return best
}

/** `did you mean "sysctl"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(word, candidates)
  return found === undefined ? undefined : `did you mean "${found}"?`
}

// Optimal string alignment: Levenshtein's distance in which swapping two neighbours costs one.
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)])
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let value = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, rows[i - 2]![j - 2]! + 1)
      rows[i]![j] = value
    }
  }
  return rows[a.length]![b.length]!
}
