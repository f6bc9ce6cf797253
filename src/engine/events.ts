import type { Place, Stage } from '../core/error.ts'
import type { Finding } from '../core/finding.ts'
import type { Profile } from '../core/profile.ts'
import type { Entry } from './segment.ts'

/** How an item ended. `unknown`: a check cannot tell before earlier changes are applied. */
export type Status = 'ok' | 'changed' | 'would change' | 'skipped' | 'failed' | 'ignored' | 'unknown'

/** A change as it is shown: secrets are already masked. */
export interface ShownChange {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly diff?: { readonly before: string; readonly after: string }
  /** The shell text, for `-v`. */
  readonly script: string
  /** Runs at every run, because nothing on the host tells whether it is needed. */
  readonly always?: true
}

/** Why an item failed. */
export interface Failure {
  /** One line: `apt-get install chasquid — exit 100`. */
  readonly message: string
  /** What the command printed. */
  readonly output?: string
  readonly hint?: string
}

/** What is counted for a host. `notReached`: items behind a failure that were never tried. */
export interface HostRecap {
  readonly ok: number
  readonly changed: number
  readonly failed: number
  readonly skipped: number
  readonly unreachable: boolean
  readonly unknown: number
  readonly ignored: number
  readonly notReached: number
  /** What probes found, where there were any. `wrong`: required and wrong; `advised`: wrong, but not required. */
  readonly findings?: {
    readonly right: number
    readonly wrong: number
    readonly advised: number
    readonly unknown: number
  }
  readonly milliseconds: number
}

/** Identifies the item that an event is about. */
export interface ItemRef {
  readonly host: string
  readonly play: string
  readonly task: string
  readonly place: Place
  readonly resource: string
  readonly handler: boolean
}

/** Everything that happens in a run, in order. Reporters see these and nothing else; `--output json` prints them one per line. */
export type Event =
  | { readonly type: 'start'; readonly playbook: string; readonly check: boolean; readonly hosts: readonly string[] }
  | { readonly type: 'play'; readonly play: string; readonly hosts: readonly string[] }
  /** What a host is busy with outside items: connecting, waiting for the lock, asking. `total` is the number of items expected so far. */
  | { readonly type: 'host'; readonly host: string; readonly activity: string; readonly total?: number }
  /** What is worth a line about a host, outside of tasks: whom it waits for, that somebody holds it. */
  | { readonly type: 'notice'; readonly host: string; readonly text: string }
  | ({ readonly type: 'item' } & ItemRef)
  | ({
      readonly type: 'result'
      readonly status: Status
      readonly changes: readonly ShownChange[]
      /** Why it is skipped or unknown, or which handlers it owes. */
      readonly notes: readonly string[]
      /** Handlers that will run because of this item. */
      readonly notifies: readonly string[]
      readonly milliseconds: number
      readonly failure?: Failure
      /** What a probe found: right, wrong and unknown. */
      readonly findings?: readonly Finding[]
      readonly noLog?: true
    } & ItemRef)
  | ({ readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string } & ItemRef)
  | ({ readonly type: 'message'; readonly text: string } & ItemRef)
  /** A text for `--output FORMAT`: a zone file, records for web panels. */
  | ({ readonly type: 'document'; readonly format: string; readonly text: string } & ItemRef)
  | {
      readonly type: 'unreachable'
      readonly host: string
      readonly stage: Stage
      readonly message: string
      readonly hint?: string
    }
  /** Where the time went, for whoever asked; right before the recap. */
  | ({ readonly type: 'profile' } & Profile)
  | {
      readonly type: 'recap'
      readonly check: boolean
      readonly interrupted: boolean
      /** Where the run ended ahead of its time with hosts left: in which play, why, and on which hosts it was not begun. */
      readonly stopped?: { readonly play: string; readonly why: string; readonly untouched: readonly string[] }
      readonly hosts: { readonly [host: string]: HostRecap }
    }

/**
 * Hears of every event, in order.
 *
 * @param about the task or item that a `result` tells of: what a saved plan is made of. Reporters never see it.
 */
export type Emit = (event: Event, about?: Entry) => void
