import { basename } from 'node:path'
import { Masker } from '../../core/secret.ts'
import type { Emit, Event, HostRecap } from '../../engine/events.ts'
import { type Outcome, run } from '../../engine/run.ts'
import { createReporter } from '../../report/create-reporter.ts'
import { confirmPlays } from '../confirm.ts'
import { connector } from '../connect.ts'
import { runOptions, shorten } from '../execute.ts'
import { exitCode } from '../exit-code.ts'
import { rememberFailed } from '../failed-hosts.ts'
import { interruptible } from '../interrupt.ts'
import { masked } from '../masked-output.ts'
import type { RunFlags } from '../options.ts'
import { reporterOptions } from '../output.ts'
import { profileOf } from '../profile-flags.ts'
import { loadRun } from '../run.ts'
import { maskErrors, watchSecrets } from '../secrets.ts'
import { keepOpen } from './keep-open.ts'
import { keepTo } from './keep-to.ts'
import { Ledger } from './ledger.ts'
import { keyFor, readPlan } from './open.ts'
import { enterDirectory, flagsOf, refuseNewInputs, refuseOtherAnswers, refuseOtherInputs } from './recorded.ts'
import { refusals } from './refuse.ts'
import { Witness, withHosts } from './witness.ts'
import { origin } from './words.ts'

/**
 * `provision apply PLAN`: checks once more, and carries out what the plan says on every host that is as it was then.
 *
 * @throws {UsageError} when the plan cannot be applied at all; nothing was contacted then.
 */
export function applyPlan(path: string, flags: RunFlags): Promise<number> {
  const masker = new Masker()
  return maskErrors(masker, () => applyWith(masker, path, flags))
}

async function applyWith(masker: Masker, path: string, flags: RunFlags): Promise<number> {
  const profile = await profileOf(flags)
  profile?.begin('read')
  const plan = readPlan(path)
  const key = keyFor(path, plan)
  process.stderr.write(`${origin(path, plan).join('\n')}\n`)
  const wanted = flagsOf(path, plan, flags, key)
  enterDirectory(plan)
  refuseOtherInputs(plan, key)
  const read = new Set<string>()
  const { playbook, inventory } = plan.arguments
  const limit = Object.keys(plan.hosts).join(',')
  const { loaded, known } = await loadRun(
    { ...wanted, playbook, inventory, limit, onFile: (file) => read.add(file) },
    masker,
  )
  refuseNewInputs(read, plan)
  refuseOtherAnswers(known.answers, plan, key)
  profile?.begin('ask')
  if (!flags.yes) await confirmPlays(loaded.plays)

  const open = keepOpen(await connector(wanted, masker, known, profile))
  const [kind, options] = reporterOptions(wanted, [], false)
  const reporter = createReporter(kind, { ...options, command: plan.command })
  const mask = masked(masker, (event) => reporter.event(event))
  const show = (event: Event): void => {
    profile?.note(event)
    if (event.type === 'recap' && profile && flags.profile) mask({ type: 'profile', ...profile.end() })
    mask(shorten(event))
  }
  const execution = { playbook, flags: wanted, masker }
  let words: readonly string[] = []
  try {
    const hosts = loaded.hosts.map(({ name }) => name)
    show({ type: 'start', playbook: basename(playbook), check: false, hosts })
    const witness = new Witness()
    const plays = witness.watch(watchSecrets(profile?.watch(loaded.plays) ?? loaded.plays, masker))
    const ledger = new Ledger(witness, key, masker)
    const again: Emit = (event, about) => {
      ledger.note(shorten(event), about)
      // What fails outside of any task is no matter of comparing.
      const isAlone = event.type === 'result' && about === undefined
      if (event.type === 'host' || event.type === 'unreachable' || isAlone) show(event)
    }
    const refused = refusals(path, plan)
    const checking = withHosts(plays, (name) => !refused.before.has(name))
    const checked = await interruptible(
      run(checking, runOptions({ ...execution, connect: open.first }, true), again),
      reporter,
    )
    const unready = refused.after(checked, plays, ledger.lines, key)
    for (const { event } of unready.values()) if (event && !checked.interrupted) show(event)

    const going = withHosts(plays, (name) => !unready.has(name))
    const done = checked.interrupted
      ? checked
      : await interruptible(
          run(
            keepTo(going, ledger.lines, witness, key),
            runOptions({ ...execution, connect: open.second }, false),
            (event) => {
              if (event.type !== 'recap') show(event)
            },
          ),
          reporter,
        )
    const recaps = recapOf(hosts, done, (name) => unready.get(name)?.recap)
    show({ type: 'recap', check: false, interrupted: done.interrupted, hosts: recaps })
    words = rememberFailed(inventory, recaps)
    if (profile) words = [...words, ...(await profile.save(`apply ${path}`, masker))]
    return exitCode(Object.values(recaps), false, done.interrupted)
  } finally {
    await open.close()
    await reporter.end()
    for (const line of words) process.stderr.write(`${line}\n`)
  }
}

function recapOf(
  names: readonly string[],
  { hosts }: Outcome,
  refused: (name: string) => HostRecap | undefined,
): { readonly [host: string]: HostRecap } {
  return Object.fromEntries(
    names.flatMap((name) => {
      const recap = refused(name) ?? hosts[name]
      return recap ? [[name, recap]] : []
    }),
  )
}
