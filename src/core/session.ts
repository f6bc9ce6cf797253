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
    }
  /** The item's reads, asked again after its changes. */
  | { readonly type: 'answers'; readonly item: number; readonly answers: ReadonlyMap<string, Answer> }

/** How a stream ended. */
export interface StreamEnd {
  /** `moved`: at this item's turn its answers differed from the survey; nothing from it on was done. `stopped`: asked to stop. */
  readonly reason: 'finished' | 'failed' | 'moved' | 'stopped'
  /** The first item that was not carried out (or the one that failed). */
  readonly item?: number
  /** On `moved`: fresh answers of that item and all that follow, so that the next stream needs no question. */
  readonly answers: ReadonlyMap<string, Answer>
}

/** One long-lived shell of one user on one host. */
export interface Session {
  /** Asks everything in one round trip. The host remembers the answers: a later stream compares with them. */
  survey(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>>
  /** Carries the steps out in order, in one round trip. Every question must have been surveyed in this session. */
  stream(steps: readonly Step[], onFrame: (frame: Frame) => void): Promise<StreamEnd>
  /** Takes the host's lock for the life of the session (flock(1)); answers who holds it instead, if somebody does. */
  lock(owner: string): Promise<{ readonly held: true } | { readonly held: false; readonly by: string }>
  /** Lets the running item finish and ends the stream before the next one. */
  stop(): void
  /** Ends the session now, and every process that it started on the host with it. */
  kill(): void
  /** Ends the session; nothing of it stays on the host. */
  close(): Promise<void>
}
