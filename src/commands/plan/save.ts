import { existsSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Masker } from '../../core/secret.ts'
import { quote } from '../../core/shell.ts'
import type { Play } from '../../core/task.ts'
import { writeAtomically } from '../../local/files.ts'
import { inventoryOf, type RunFlags, UsageError } from '../options.ts'
import { version } from '../package-root.ts'
import { FORMAT, type SavedPlan } from './format.ts'
import type { PlanKey } from './key.ts'
import { hostHashes, type Ledger, type Result } from './ledger.ts'
import { readPlan, sealed } from './open.ts'
import { farewell } from './words.ts'

/**
 * Refuses a `--save` that cannot be meant, before anything is contacted.
 *
 * @throws {UsageError} when there is no `--check`, or when it would replace something that is no plan.
 */
export function refuseSave(path: string, flags: RunFlags, argv: readonly string[]): void {
  if (!flags.check) {
    const command = ['provision', ...argv, '--check'].map(quote).join(' ')
    throw new UsageError('--save keeps what a check found, and this is none', `Type: ${command}`)
  }
  if (!existsSync(path)) return
  try {
    readPlan(path)
  } catch {
    throw new UsageError(`--save ${path} would replace a file that is no plan`, 'Give another name, or remove it.')
  }
}

export interface Saving {
  readonly flags: RunFlags
  readonly argv: readonly string[]
  readonly playbook: string
  readonly plays: readonly Play[]
  /** What was read, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** What the user was asked for. */
  readonly answers: ReadonlyMap<string, string>
  readonly ledger: Ledger
  readonly key: PlanKey
  readonly masker: Masker
}

/** Writes a plan. @returns what to say about it. @throws {UsageError} when it cannot be written. */
export async function savePlan(path: string, saving: Saving): Promise<readonly string[]> {
  const plan = compose(saving)
  const text = `${JSON.stringify({ ...plan, seal: saving.key.hash(sealed(plan)) }, null, 2)}\n`
  try {
    await writeAtomically(resolve(path), text, 0o600)
  } catch (error) {
    throw new UsageError(`cannot write the plan ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
  return farewell(path, plan)
}

function compose({ flags, argv, playbook, plays, files, answers, ledger, key, masker }: Saving): SavedPlan {
  const hosts = new Set(plays.flatMap((play) => play.hosts.map(({ host }) => host.name)))
  const extraVars = flags.extraVars ?? []
  return {
    format: FORMAT,
    program: version(),
    made: new Date().toISOString(),
    by: `${userInfo().username}@${hostname()}`,
    command: masker.mask(['provision', ...argv].map(quote).join(' ')),
    arguments: {
      directory: process.cwd(),
      playbook,
      inventory: [...inventoryOf(flags)],
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.become === undefined ? {} : { become: flags.become }),
      ...(flags.becomeUser === undefined ? {} : { becomeUser: flags.becomeUser }),
      tags: [...(flags.tags ?? [])],
      skipTags: [...(flags.skipTags ?? [])],
      extraVars: extraVars.map((given) => (masker.mask(given) === given ? given : null)),
      extraVarsHash: key.hash(extraVars),
      answersHash: key.hash(answers),
    },
    key: key.id,
    inputs: [...files].map(([file, content]) => ({ file, hash: key.hash(content) })),
    hosts: Object.fromEntries([...hosts].map((name) => [name, hostHashes(plays, name, key)])),
    // A secret that was decrypted late may stand in what was shown before.
    events: ledger.events.map((event) => {
      if (event.type !== 'result') return masker.maskAll(event)
      const { fingerprint, ...shown } = flags.diff === false ? withoutDiffs(event) : event
      return { ...masker.maskAll(shown), ...(fingerprint ? { fingerprint } : {}) }
    }),
    seal: '',
  }
}

// That there was one is kept: it is what tells other content from the same.
function withoutDiffs(result: Result): Result {
  const blank = { before: '', after: '' }
  return { ...result, changes: result.changes.map((change) => (change.diff ? { ...change, diff: blank } : change)) }
}
