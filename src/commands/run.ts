import { hostname, userInfo } from 'node:os'
import { basename } from 'node:path'
import { Masker } from '../core/secret.ts'
import type { Event } from '../engine/events.ts'
import { run } from '../engine/run.ts'
import { type LoadOptions, load } from '../input/load.ts'
import { mailVariables } from '../mail/variables.ts'
import { createReporter } from '../report/create-reporter.ts'
import { registry } from '../resources/index.ts'
import { confirmPlays } from './confirm.ts'
import { connector } from './connect.ts'
import { ExitCode, exitCode } from './exit-code.ts'
import { failedLimit, rememberFailed } from './failed-hosts.ts'
import { interruptible } from './interrupt.ts'
import { listHosts, listTasks } from './list.ts'
import { inventoryOf, type RunFlags } from './options.ts'
import { reporterOptions } from './output.ts'
import { findPlaybook, shipped, shortPath } from './package-root.ts'
import { maskProblems, watchSecrets } from './secrets.ts'

/** What may have been meant by a word that names no playbook. */
const COMMANDS = ['doc', 'schema', 'ping', 'facts', 'run', 'logs', 'explain-mail']

/** `provision [-i INVENTORY] PLAYBOOK`: loads everything, then checks or applies it. */
export async function runPlaybook(playbook: string, flags: RunFlags, argv: readonly string[]): Promise<number> {
  const masker = new Masker()
  const file = findPlaybook(playbook, COMMANDS)
  const inventory = inventoryOf(flags)
  const options: LoadOptions = {
    playbook: file,
    inventory,
    limit: failedLimit(flags.limit, inventory),
    user: flags.user,
    extraVariables: flags.extraVars ?? [],
    tags: flags.tags ?? [],
    skipTags: flags.skipTags ?? [],
    resources: registry,
    searchDirectories: { tasks: [shipped('tasks')], templates: [shipped('templates')] },
    variableSets: { mail: mailVariables },
    become: flags.become ? { user: flags.becomeUser ?? 'root' } : undefined,
    onSecret: (value) => masker.add(value),
  }
  const loaded = maskProblems(masker, () => load(options))
  if (flags.listHosts) return listHosts(loaded)
  if (flags.listTasks) return listTasks(loaded)
  if (flags.syntaxCheck) {
    process.stdout.write(`${playbook}: no mistakes; hosts: ${loaded.hosts.map(({ name }) => name).join(', ')}\n`)
    return ExitCode.done
  }

  const check = flags.check === true
  if (!check && !flags.yes) await confirmPlays(loaded.plays)
  const connect = await connector(flags, masker)
  const reporter = createReporter(...reporterOptions(flags, argv, check))
  const emit = (event: Event): void => reporter.event(masker.maskAll(shorten(event)))
  emit({ type: 'start', playbook: basename(playbook), check, hosts: loaded.hosts.map(({ name }) => name) })
  const running = run(
    watchSecrets(loaded.plays, masker),
    { check, forks: flags.forks, owner: owner(playbook), connect, onSecret: (value) => masker.add(value) },
    emit,
  )
  try {
    const { hosts, interrupted } = await interruptible(running, reporter)
    rememberFailed(inventory, hosts)
    return exitCode(Object.values(hosts), check, interrupted)
  } finally {
    await reporter.end()
  }
}

// What is shipped is named as in the documentation, wherever it is installed.
function shorten(event: Event): Event {
  return 'place' in event ? { ...event, place: { ...event.place, file: shortPath(event.place.file) } } : event
}

// Shown to whoever finds the host locked.
function owner(playbook: string): string {
  return `${userInfo().username}@${hostname()}, provision ${basename(playbook)}, process ${process.pid}`
}
