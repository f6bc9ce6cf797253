import type { HostRecap, Status } from './events.ts'

/** Counts what happened on one host over all plays of a run. */
export class Counts {
  readonly #byStatus: Record<Status, number> = {
    ok: 0,
    changed: 0,
    'would change': 0,
    skipped: 0,
    failed: 0,
    ignored: 0,
    unknown: 0,
  }
  readonly #started = performance.now()
  notReached = 0
  unreachable = false

  add(status: Status): void {
    this.#byStatus[status]++
  }

  /** Items whose outcome is known. */
  get total(): number {
    return Object.values(this.#byStatus).reduce((sum, count) => sum + count, 0)
  }

  recap(): HostRecap {
    const counts = this.#byStatus
    return {
      ok: counts.ok,
      changed: counts.changed + counts['would change'],
      failed: counts.failed,
      skipped: counts.skipped,
      unreachable: this.unreachable,
      unknown: counts.unknown,
      ignored: counts.ignored,
      notReached: this.notReached,
      milliseconds: Math.round(performance.now() - this.#started),
    }
  }
}
