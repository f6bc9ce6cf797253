import type { Play } from '../../core/task.ts'
import type { Emit } from '../../engine/events.ts'
import { ownKey } from './key.ts'
import { Ledger } from './ledger.ts'
import { refuseSave, type Saving, savePlan } from './save.ts'
import { Witness } from './witness.ts'

/** A plan that a check is being made into. */
export interface PlanInMaking {
  /** Hears of every file that is read. */
  readonly onFile: (path: string, content: Buffer) => void
  /** Hears what the user was asked for, by the name of the variable. */
  knows(answers: ReadonlyMap<string, string>): void
  watch(plays: readonly Play[]): readonly Play[]
  readonly note: Emit
  /**
   * Writes it, unless the check was interrupted: then it does not tell everything.
   *
   * @returns what to say. @throws {UsageError} when it cannot be written.
   */
  save(interrupted: boolean): Promise<readonly string[]>
}

/** @throws {UsageError} when `--save` cannot be meant. */
export function beginPlan(path: string, saving: Pick<Saving, 'flags' | 'argv' | 'playbook' | 'masker'>): PlanInMaking {
  refuseSave(path, saving.flags, saving.argv)
  const key = ownKey()
  const witness = new Witness()
  const ledger = new Ledger(witness, key, saving.masker)
  const files = new Map<string, Buffer>()
  let plays: readonly Play[] = []
  let answers: ReadonlyMap<string, string> = new Map()
  return {
    onFile: (file, content) => files.set(file, content),
    knows(given) {
      answers = given
    },
    watch(all) {
      plays = all
      return witness.watch(all)
    },
    note: (event, about) => ledger.note(event, about),
    save: async (interrupted) =>
      interrupted
        ? ['No plan was saved: the check was interrupted.']
        : savePlan(path, { ...saving, plays, files, answers, ledger, key }),
  }
}
