import type { RunRecord, Step } from '../core/session.ts'
import { working } from './protocol.ts'
import { beginJournal } from './protocol-journal.ts'

/** The functions that a shell is told only when it needs them: most runs find nothing to do, and do without. */
export class Lessons {
  #canWork = false
  #keepsJournal = false

  /** Shell text that has to come before a stream of these steps. */
  before(steps: readonly Step[], run: RunRecord | undefined): string {
    const work = this.#canWork ? '' : `${working.reveal()}\n`
    this.#canWork = true
    if (!run || this.#keepsJournal || steps.every(({ record }) => !record)) return work
    this.#keepsJournal = true
    return `${work}${beginJournal(run).reveal()}\n`
  }
}
