import type { StepGuard } from './guard.ts'
import type { Script } from './shell.ts'

/** A read to carry out on a host. `id` is unique within a session's survey, such as `17.running`. */
export interface Question {
  readonly id: string
  readonly script: Script
}

/** What a read said. A read that exits with anything but 0 is an error, never "absent". */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly stderr: string
}

/** One item's turn in a stream: its reads, what they said in the survey, and the scripts of its changes in order. */
export interface Step {
  /** The number of the item within its segment; questions carry it before their dot. */
  readonly item: number
  readonly questions: readonly Question[]
  readonly changes: readonly Script[]
  /** Lines to journal on the host in the same step as the change: handlers that are owed from now on. */
  readonly owes: readonly string[]
  /** Journal lines to strike out once the item's changes succeeded, or at its turn when it has none: handlers that ran. */
  readonly settles: readonly string[]
  /** The stream goes on when a change of this item fails (`ignore_errors`). */
  readonly ignoreErrors: boolean
  /** What the journal of the run says about it. */
  readonly record?: StepRecord | undefined
  /** Whole seconds that its changes may take together; then everything that they started is ended. */
  readonly timeout?: number | undefined
  /** Its changes are made under a dead-man switch. */
  readonly guard?: StepGuard | undefined
}

/** An item, as the journal of a run remembers it. */
export interface StepRecord {
  readonly task: string
  /** `FILE:LINE` */
  readonly place: string
  readonly resource: string
  /** What differs, for each of its changes. */
  readonly changes: readonly string[]
  /** Handlers that it notifies. */
  readonly notify: readonly string[]
  readonly handler?: true
  /** It changes nothing, and is remembered only where it fails in a run that has changed something before. */
  readonly idle?: true
  /** Why it fails, where the controller knows that better than an exit status tells. */
  readonly failure?: string
}

/** What a stream reports while it runs, in order. */
export type Frame =
  | { readonly type: 'turn'; readonly item: number }
  | { readonly type: 'output'; readonly item: number; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  /** Change number `change` of the item ended. Output is capped: the first and the last part are kept. */
  | {
      readonly type: 'done'
      readonly item: number
      readonly change: number
      readonly status: number
      readonly stdout: string
      readonly stderr: string
      readonly milliseconds: number
      /** It was ended at the time limit of its step. */
      readonly late?: true
    }
  /** The item's reads, asked again after its changes. */
  | { readonly type: 'answers'; readonly item: number; readonly answers: ReadonlyMap<string, Answer> }

/** How a stream ended. */
export interface StreamEnd {
  /**
   * `moved`: at this item's turn its answers differed from the survey; nothing from it on was done. `guarded`: up to this
   * item everything is done, and waits for `confirm` over a new connection. `stopped`: asked to stop.
   */
  readonly reason: 'finished' | 'failed' | 'moved' | 'guarded' | 'stopped'
  /** The first item that was not carried out (or the one that failed, or that waits for a proof). */
  readonly item?: number
  /** On `moved`: fresh answers of that item and all that follow, so that the next stream needs no question. */
  readonly answers: ReadonlyMap<string, Answer>
}

/** A run, as the hosts that it changes remember it. */
export interface RunRecord {
  /** The same on all hosts: `20260131T100000Z-3fa9`, the time in UTC, to 15 microseconds, so that runs sort by it. */
  readonly id: string
  /** `anna@laptop` */
  readonly who: string
  readonly playbook: string
  /** Makes text fit to be kept: takes secrets out, and shortens paths. */
  readonly mask: (text: string) => string
}

/** A try to take a lock; `user` is the numeric ID of whose it is. */
export type LockResult =
  | { readonly held: true; readonly user: number }
  | ({ readonly held: false; readonly user: number } & LockHolder)

export interface LockHolder {
  /** `anna@laptop, provision site.yaml, process 12` */
  readonly by: string
  /** Since when, by the clock of the host in seconds since 1970, and for how many seconds by now; if that is known. */
  readonly since: number | undefined
  readonly seconds: number | undefined
  readonly id: string
  /** The runs for whose locks it waits itself. */
  readonly waitsFor: readonly string[]
}

/** One long-lived shell of one user on one host. */
export interface Session {
  /** Asks everything in one round trip. The host remembers the answers: a later stream compares with them. */
  survey(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>>
  /** The answer to a question that was surveyed as `asked` counts for the question `id`, too. */
  adopt(id: string, asked: string): void
  /** Carries the steps out in order, in one round trip. Every question must have been surveyed in this session. */
  stream(steps: readonly Step[], onFrame: (frame: Frame) => void): Promise<StreamEnd>
  /**
   * Takes the lock of the session's user for the life of the session (flock(1)), or learns who holds it.
   *
   * @param owner for whoever finds it taken.
   * @param id `RUN:HOST`: tells the locks of one run on one host from those of all others.
   * @param waitsFor the runs for whose locks this one waits elsewhere.
   */
  lock(owner: string, id: string, waitsFor: readonly string[]): Promise<LockResult>
  /** Says for whom the run that holds this lock waits now. */
  waits(waitsFor: readonly string[]): void
  /**
   * Says that this connection came about after the guarded changes that wait for it. `applying`: they are not all made
   * yet. `pending`: too late, the host is putting things back. Anything else tells how that went.
   */
  confirm(): Promise<'confirmed' | 'applying' | 'pending' | { readonly restored: string }>
  /** What streams do from now on belongs to this run; the host begins to write it down with the first change. */
  record(run: RunRecord): void
  /** Adds what only the controller knows to what the host has written down of the run, if it has; nobody waits for it. */
  note(verb: 'changed' | 'unfinished' | 'end', what: StepRecord | string): void
  /** Lets the running item finish and ends the stream before the next one. */
  stop(): void
  /** Ends the session now, and every process that it started on the host with it. */
  kill(): void
  /** Ends the session; nothing of it stays on the host. */
  close(): Promise<void>
}
