import { Masker } from '../core/secret.ts'
import { type Loaded, type LoadOptions, load } from '../input/load.ts'
import { mailVariables } from '../mail/variables.ts'
import { visible } from '../report/text.ts'
import { registry } from '../resources/index.ts'
import { confirmPlays } from './confirm.ts'
import { connector } from './connect.ts'
import { execute } from './execute.ts'
import { ExitCode } from './exit-code.ts'
import { failedLimit } from './failed-hosts.ts'
import { listHosts, listTasks } from './list.ts'
import { inventoryOf, type RunFlags } from './options.ts'
import { findPlaybook, shipped } from './package-root.ts'
import { beginPlan } from './plan/begin.ts'
import { profileOf } from './profile-flags.ts'
import { type Known, readInput } from './read-input.ts'
import { maskErrors } from './secrets.ts'

/** What may have been meant by a word that names no playbook. */
const COMMANDS = [
  'doc',
  'schema',
  'ping',
  'facts',
  'run',
  'logs',
  'hold',
  'release',
  'explain-mail',
  'history',
  'undo',
  'show',
  'apply',
  'secrets',
]

/** `provision [-i INVENTORY] PLAYBOOK`: loads everything, then checks or applies it. */
export async function runPlaybook(playbook: string, flags: RunFlags, argv: readonly string[]): Promise<number> {
  const masker = new Masker()
  return maskErrors(masker, () => runWith(masker, playbook, flags, argv))
}

async function runWith(masker: Masker, playbook: string, flags: RunFlags, argv: readonly string[]): Promise<number> {
  const profile = await profileOf(flags)
  profile?.begin('read')
  const file = findPlaybook(playbook, COMMANDS)
  const inventory = inventoryOf(flags)
  const plan = flags.save === undefined ? undefined : beginPlan(flags.save, { flags, argv, playbook: file, masker })
  const limit = failedLimit(flags.limit, inventory)
  const { loaded, known } = await loadRun({ ...flags, playbook: file, inventory, limit, onFile: plan?.onFile }, masker)
  plan?.knows(known.answers)
  if (flags.listHosts) return listHosts(loaded, masker)
  if (flags.listTasks) return listTasks(loaded, masker)
  if (flags.syntaxCheck) {
    process.stdout.write(
      visible(`${playbook}: no mistakes; hosts: ${loaded.hosts.map(({ name }) => name).join(', ')}\n`),
    )
    return ExitCode.done
  }

  profile?.begin('ask')
  const check = flags.check === true
  if (!check && !flags.yes) await confirmPlays(loaded.plays)
  const connect = await connector(flags, masker, known, profile)
  return execute(loaded.plays, { playbook, hosts: loaded.hosts, flags, argv, connect, masker, plan, profile })
}

/** Loads what is to be run; what is encrypted is decrypted, and what the user is to say is asked for. @throws {InputError} with every mistake found; they show no secrets. */
export async function loadRun(
  wanted: Omit<RunFlags, 'inventory' | 'limit'> & Pick<LoadOptions, 'playbook' | 'inventory' | 'limit' | 'onFile'>,
  masker: Masker,
): Promise<{ readonly loaded: Loaded; readonly known: Known }> {
  const options: LoadOptions = {
    playbook: wanted.playbook,
    inventory: wanted.inventory,
    limit: wanted.limit,
    user: wanted.user,
    extraVariables: wanted.extraVars ?? [],
    tags: wanted.tags ?? [],
    skipTags: wanted.skipTags ?? [],
    resources: registry,
    searchDirectories: { tasks: [shipped('tasks')], templates: [shipped('templates')] },
    variableSets: { mail: mailVariables },
    become: wanted.become ? { user: wanted.becomeUser ?? 'root' } : undefined,
    onSecret: (value) => masker.add(value),
    onFile: wanted.onFile,
  }
  const isListed = wanted.listHosts || wanted.listTasks || wanted.syntaxCheck
  const { value, known } = await readInput(wanted, masker, ({ decrypted, answers }) =>
    load({ ...options, decrypted, answers: isListed ? 'later' : answers }),
  )
  return { loaded: value, known }
}
