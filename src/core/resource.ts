import type { z } from 'zod'
import type { Controller, Work } from './control.ts'
import type { FindingKind } from './finding.ts'
import type { Guard } from './guard.ts'
import type { JsonObject } from './json.ts'
import { Secret } from './secret.ts'
import type { Script } from './shell.ts'

/** One thing that differs, and the script that mends it. Printed forms only: secrets have none. */
export interface Change {
  /** What differs, in the user's words: a path, `running value`, `package nginx`. Never a secret. */
  readonly what: string
  readonly from: string
  readonly to: string
  readonly apply: Script
  /** Whole texts before and after, for a line-by-line diff in place of `from → to`. */
  readonly diff?: { readonly before: string; readonly after: string }
  /** Nothing on the host says whether this is needed, so it runs at every run and is not read back. */
  readonly always?: true
  /** Only waits for something: nothing on the host is different afterwards, so it never counts as a change. */
  readonly waits?: true
}

/** The question has no answer yet: something that an earlier task may bring is missing. */
export interface NotReady {
  readonly notReady: string
}

/** The wish cannot be fulfilled on this host, whatever ran before. */
export interface Impossible {
  readonly impossible: string
  readonly hint?: string
}

export type Plan = readonly Change[] | NotReady | Impossible

/** A file of the controller that a parameter names, read (and rendered, for templates) before any connection. */
export interface LocalFile {
  readonly path: string
  readonly content: Buffer
}

type Params = z.ZodType

/**
 * A kind of thing with a desired state. It holds no connection, no check flag, no logger and no promise:
 * reading is data, deciding is arithmetic, doing is text.
 */
export interface Resource<P extends Params = Params, R extends string = string, F extends string = string> {
  readonly name: string
  /** One line for the list of resources. */
  readonly summary: string
  /** What a user must know beyond the parameters: a paragraph or two of Markdown. */
  readonly description?: string
  /** Tasks as a playbook has them; a test parses them. */
  readonly examples: string
  /** A strict object, every field described: validation, reference page and JSON schema in one. */
  readonly params: P
  /** Parameters that name a file of the controller, and whether it is taken as it is or rendered. */
  readonly files?: { readonly [K in F]: 'content' | 'template' }
  /** Named questions, as shell text. A read exits 0: absence is something that the text says. An empty script is not asked. */
  read(params: z.output<P>, files: Files<F>): { readonly [K in R]: Script }
  /** What has to change, from the answers (under the names of `read`; trailing newlines are kept). Pure. */
  plan(params: z.output<P>, now: { readonly [K in R]: string }, files: Files<F>): Plan
  /** What `register` keeps besides `changed`, `failed`, `skipped`, `rc`, `stdout` and `stderr`; from the last answers. */
  result?(params: z.output<P>, now: { readonly [K in R]: string }): JsonObject
  /** Variables that the task sets for its host (`set`). */
  variables?(params: z.output<P>): JsonObject
  /** A line to show to the user (`debug`). */
  message?(params: z.output<P>): string
  /** What is found wrong by it: it is a probe, which looks and changes nothing, and several may look at once. */
  readonly findings?: { readonly [id: string]: FindingKind }
  /**
   * What the task does from the controller, at its turn, with the answers of the host: looking at servers, sending a
   * message, keeping a file here. `plan` then has no changes; what is to be done is in the work.
   *
   * @throws {HostError} when it cannot even look.
   */
  control?(params: z.output<P>, now: { readonly [K in R]: string }, controller: Controller): Promise<Work>
  /**
   * What its changes could lock the controller out with: they are made under a dead-man switch. Nothing: these changes
   * cannot.
   */
  guard?(params: z.output<P>, now: { readonly [K in R]: string }): Guard | undefined
  /** The change ends the connection: how many seconds the host may take to come back with other answers (`reboot`). */
  reconnects?(params: z.output<P>): number
}

export type Files<F extends string> = { readonly [K in F]: LocalFile }

/** A resource as its file writes it: `params` builds the schema. */
export type Definition<P extends Params, R extends string, F extends string> = Omit<Resource<P, R, F>, 'params'> & {
  readonly params: () => P
}

/**
 * Infers the types of a resource from its literal. The schema is built when it is first asked for: a run uses some of the
 * resources, and the schemas of all would take it 50 ms and 8 MB.
 */
export function resource<P extends Params, R extends string, F extends string = never>({
  params,
  ...rest
}: Definition<P, R, F>): Resource<P, R, F> {
  let built: P | undefined
  return {
    ...rest,
    get params() {
      built ??= params()
      return built
    },
  }
}

/** What may be compared and shown in a change. */
type Shown = string | Secret

/** A change from one value to another, or none when they are equal. Secrets are compared by value and shown as `‹secret›`. */
export function change(what: string, from: Shown, to: Shown, apply: Script): readonly Change[] {
  return plain(from) === plain(to) ? [] : [{ what, from: String(from), to: String(to), apply }]
}

/** @param reason what is missing, as a sentence about the host: `/etc/x does not exist`. */
export function notReady(reason: string): NotReady {
  return { notReady: reason }
}

/** @param hint what the user may write instead. */
export function impossible(reason: string, hint?: string): Impossible {
  return hint === undefined ? { impossible: reason } : { impossible: reason, hint }
}

export function isChanges(plan: Plan): plan is readonly Change[] {
  return Array.isArray(plan)
}

function plain(value: Shown): string {
  return value instanceof Secret ? value.reveal() : value
}
