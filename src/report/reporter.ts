import type { Event } from '../engine/events.ts'

/** Shows a run. Nothing else may write to the same terminal before `end` is done. */
export interface Reporter {
  event(event: Event): void
  /** A line of the program itself, such as what a first Ctrl-C does. JSON output keeps it on standard error. */
  notice(text: string): void
  /** Brings the screen in order. To be awaited in every case, also after an error. */
  end(): Promise<void> | void
}
