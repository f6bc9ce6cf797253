import type { ControllerFile } from '../core/controller-file.ts'
import { HostError } from '../core/error.ts'
import { isChanges } from '../core/resource.ts'
import type { Unit, Verdict } from './unit.ts'

/** Gives the content of a file in base64, of the one that was meant. @throws {HostError} when it cannot be had. */
export type Fetch = (file: ControllerFile) => Promise<string>

/** What a run uses to fetch files to the controller. */
export interface Fetching {
  /**
   * @param signal ends it.
   * @param busy hears what is being fetched, where that takes a download.
   */
  readonly fetch: (file: ControllerFile, signal: AbortSignal, busy: (activity: string) => void) => Promise<string>
}

/**
 * The verdict with the content of all files that its changes send. Where one cannot be had, that is what stands in the
 * way of the unit at its turn, and nothing of it is sent.
 */
export async function withFiles({ task }: Unit, verdict: Verdict, fetch: Fetch): Promise<Verdict> {
  const { plan } = verdict
  if (task.check === true || 'unread' in plan || !isChanges(plan)) return verdict
  const missing = plan.flatMap(({ apply }) => apply.missing)
  if (missing.length === 0) return verdict
  try {
    const contents = new Map<string, string>()
    for (const file of missing) contents.set(file.sha256, await fetch(file))
    return { ...verdict, plan: plan.map((change) => ({ ...change, apply: change.apply.withFiles(contents) })) }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const { message, hint } = error
    return { ...verdict, plan: { unread: { message, ...(hint === undefined ? {} : { hint }) } } }
  }
}
