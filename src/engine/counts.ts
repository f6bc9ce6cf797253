import { type Finding, isFault } from '../core/finding.ts'
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
  readonly #findings = { right: 0, wrong: 0, advised: 0, unknown: 0 }
  notReached = 0
  unreachable = false

  add(status: Status): void {
    this.#byStatus[status]++
  }

  addFindings(findings: readonly Finding[]): void {
    for (const finding of findings) {
      if (finding.verdict === 'wrong') this.#findings[isFault(finding) ? 'wrong' : 'advised']++
      else this.#findings[finding.verdict]++
    }
  }

  /** Items whose outcome is known. */
  get total(): number {
    return Object.values(this.#byStatus).reduce((sum, count) => sum + count, 0)
  }

  get hasChanged(): boolean {
    return this.#byStatus.changed > 0
  }

  /** In a check: something would change, or may. */
  get isUnsettled(): boolean {
    return this.#byStatus['would change'] + this.#byStatus.unknown > 0
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
      ...(Object.values(this.#findings).some((count) => count > 0) ? { findings: { ...this.#findings } } : {}),
      milliseconds: Math.round(performance.now() - this.#started),
    }
  }
}
