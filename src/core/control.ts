import type { z } from 'zod'
import type { Finding, FindingKind } from './finding.ts'
import type { JsonObject } from './json.ts'
import { type Definition, type Resource, resource } from './resource.ts'
import { type Script, sh } from './shell.ts'

/** What a task that works from the controller may use. It is given to no other code. */
export interface Controller {
  /** Aborted when the user wants to end: whatever waits gives up. */
  readonly signal: AbortSignal
  /** Tells of a value that must never be printed: something that was decrypted. */
  secret(value: string): void
}

/** What a task that worked from the controller has to say. */
export interface Report {
  readonly findings?: readonly Finding[]
  /** Lines to show to the user, whatever the verbosity: a table, settings. */
  readonly message?: string
  /** Texts for `--output FORMAT`, by format: `zone`, `text`. Nothing else is printed then. */
  readonly documents?: { readonly [format: string]: string }
  /** What `register` keeps. */
  readonly result?: JsonObject
}

/** Something to do that is not on the host: a file here, a message to send. */
export interface Act {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly diff?: { readonly before: string; readonly after: string }
  /** Nothing says whether it is needed, so it happens at every run. */
  readonly always?: true
  /** @throws {HostError} when it cannot be done. */
  apply(): Promise<Report>
}

/** What was seen from the controller, and what is to be done from there; a check does none of it. */
export interface Work extends Report {
  readonly acts?: readonly Act[]
}

/**
 * A resource that only looks, from the controller as well as on the host: its findings are its outcome, and it never
 * changes anything. Looking is separate from judging so that judging is pure.
 */
export interface Probe<P extends z.ZodType, R extends string, K extends string, S>
  extends Pick<Definition<P, R, never>, 'name' | 'summary' | 'description' | 'examples' | 'params'> {
  /** Everything that it can find wrong. */
  readonly findings: { readonly [id in K]: FindingKind }
  /** Questions to the host, as in `Resource`. */
  read?(params: z.output<P>): { readonly [name in R]: Script }
  /** Looks at the network from here. A server that does not answer is something seen: it never rejects for that. */
  look(params: z.output<P>, now: { readonly [name in R]: string }, controller: Controller): Promise<S>
  judge(params: z.output<P>, now: { readonly [name in R]: string }, seen: S): Report
}

/** A probe as a resource. */
export function probe<P extends z.ZodType, K extends string, S, R extends string = never>(
  definition: Probe<P, R, K, S>,
): Resource<P, R> {
  const { name, summary, description, examples, params, findings, look, judge } = definition
  return resource({
    name,
    summary,
    ...(description === undefined ? {} : { description }),
    examples,
    params,
    findings,
    read: definition.read ?? (() => ({ nothing: sh`` }) as unknown as { readonly [n in R]: Script }),
    plan: () => [],
    control: async (wanted, now, controller) => judge(wanted, now, await look(wanted, now, controller)),
  })
}
