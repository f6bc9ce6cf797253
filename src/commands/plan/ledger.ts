import type { Masker } from '../../core/secret.ts'
import { Script } from '../../core/shell.ts'
import type { Item, Play, Task } from '../../core/task.ts'
import type { Event } from '../../engine/events.ts'
import { type Entry, isUnit } from '../../engine/segment.ts'
import type { Fingerprint, PlanEvent, SavedPlan } from './format.ts'
import type { PlanKey } from './key.ts'
import { doneBy, type Witness } from './witness.ts'

export type Result = Extract<Event, { readonly type: 'result' }> & { readonly fingerprint?: Fingerprint | undefined }

/** A result of a check, and the item that it is about. */
export interface Line {
  readonly result: Result
  readonly about: Entry
}

/** Writes down a check as a plan has it. */
export class Ledger {
  readonly events: PlanEvent[] = []
  /** Results of items, in order: those of a host are in the order of its tasks. */
  readonly lines: Line[] = []
  readonly #witness: Witness
  readonly #key: PlanKey
  readonly #masker: Masker

  constructor(witness: Witness, key: PlanKey, masker: Masker) {
    this.#witness = witness
    this.#key = key
    this.#masker = masker
  }

  note(raw: Event, about: Entry | undefined): void {
    const event = this.#masker.maskAll(raw)
    if (event.type !== 'result' || about === undefined) {
      this.events.push(event)
      return
    }
    const result = { ...event, ...(isUnit(about) ? { fingerprint: this.#fingerprint(about.task, about.item) } : {}) }
    this.events.push(result)
    this.lines.push({ result, about })
  }

  #fingerprint(task: Task, item: Item): Fingerprint {
    const wanted = wantedHash(task, item, this.#key)
    // What a probe sees is its outcome, not a ground for one.
    if (item.resource.findings !== undefined) return { wanted }
    const seen = this.#witness.of(item)
    const changes = doneBy(seen)
    const shown = changes.map(({ apply, ...change }) => ({
      ...change,
      ...(apply instanceof Script ? { script: String(apply) } : {}),
    }))
    const isSettledByHost = !item.resource.control && changes.some((change) => !change.always)
    return {
      wanted,
      does: this.#key.hash(shown),
      ...(isSettledByHost ? { seen: this.#key.hash(seen?.answers) } : {}),
    }
  }
}

/** Of everything that makes an item what it is, but for its place in a file. */
export function wantedHash(task: Task, { resource, params, files }: Item, key: PlanKey): string {
  const { name: _, place, uses, resource: kind, ...keywords } = task
  return key.hash({ resource: resource.name, params, files, keywords })
}

/** What a plan says of a host as a whole. */
export function hostHashes(plays: readonly Play[], host: string, key: PlanKey): SavedPlan['hosts'][string] {
  const own = plays.filter(({ hosts }) => hosts.some((one) => one.host.name === host))
  const addresses = own.map(({ hosts }) => hosts.find((one) => one.host.name === host)?.host)
  return {
    reached: key.hash(addresses),
    plays: key.hash(own.map(({ hosts: _, place, ...keywords }) => keywords)),
  }
}
