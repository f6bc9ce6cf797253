import type { HostPlay, Play } from '../core/task.ts'

/** Where a run ended ahead of its time. */
export interface Stop {
  readonly play: string
  readonly why: string
  /** Hosts of the play on which it was not begun. */
  readonly untouched: readonly string[]
}

/** The hosts of a play in batches of `serial`: the last size counts for what is left, a share is one of all its hosts. */
export function batches({ hosts, serial }: Play): readonly (readonly HostPlay[])[] {
  if (serial === undefined) return [hosts]
  const result: (readonly HostPlay[])[] = []
  for (let from = 0; from < hosts.length; ) {
    const wanted = serial[Math.min(result.length, serial.length - 1)]!
    const size = typeof wanted === 'number' ? wanted : Math.floor((hosts.length * Number.parseInt(wanted, 10)) / 100)
    const batch = hosts.slice(from, from + Math.max(1, size))
    result.push(batch)
    from += batch.length
  }
  return result
}

/**
 * Why a batch ends the run, if it does: all of it was lost, or so much that the play does not bear it.
 *
 * @param lost its hosts that failed or could not be reached.
 * @param size how many hosts it began with.
 */
export function tooMuchLost(
  { anyErrorsFatal, maxFailPercentage }: Play,
  lost: readonly string[],
  size: number,
): string | undefined {
  if (lost.length === 0) return undefined
  if (anyErrorsFatal) return `${lost.join(', ')} failed, and any failure ends the run`
  if (lost.length === size) return size === 1 ? `${lost[0]} failed` : `all ${size} hosts of the batch failed`
  if (maxFailPercentage === undefined || (lost.length / size) * 100 <= maxFailPercentage) return undefined
  return `${lost.join(', ')} failed: ${lost.length} of ${size} hosts, more than ${maxFailPercentage} %`
}
