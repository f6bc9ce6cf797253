import { hostname, userInfo } from 'node:os'
import { basename } from 'node:path'
import type { Masker } from '../core/secret.ts'
import type { HostAddress, Play } from '../core/task.ts'
import type { Emit, Event } from '../engine/events.ts'
import type { RunOptions } from '../engine/host-run.ts'
import { run } from '../engine/run.ts'
import type { Connect } from '../engine/sessions.ts'
import { downloads } from '../local/downloads.ts'
import { createReporter } from '../report/create-reporter.ts'
import { exitCode } from './exit-code.ts'
import { rememberFailed } from './failed-hosts.ts'
import { rememberTimes, timesOf } from './host-times.ts'
import { interruptible } from './interrupt.ts'
import { masked } from './masked-output.ts'
import { inventoryOf, type RunFlags } from './options.ts'
import { reporterOptions } from './output.ts'
import { shortPath } from './package-root.ts'
import type { PlanInMaking } from './plan/begin.ts'
import type { Profiling } from './profile.ts'
import { watchSecrets } from './secrets.ts'

export interface Execution {
  /** What is run, in a word: the name of a playbook. */
  readonly playbook: string
  readonly hosts: readonly HostAddress[]
  readonly flags: RunFlags
  readonly argv: readonly string[]
  readonly connect: Connect
  readonly masker: Masker
  /** What a check is to be kept in. */
  readonly plan?: PlanInMaking | undefined
  readonly profile?: Profiling | undefined
}

/** Checks or applies plays and shows that. @returns the exit code. */
export async function execute(plays: readonly Play[], execution: Execution): Promise<number> {
  const { playbook, hosts, flags, argv, masker, plan, profile } = execution
  const check = flags.check === true
  const reporter = createReporter(
    ...reporterOptions(
      flags,
      argv.map((word) => masker.mask(word)),
      check,
    ),
  )
  const show = masked(masker, (event) => reporter.event(event))
  const emit: Emit = (event, about) => {
    profile?.note(event)
    plan?.note(shorten(event), about)
    if (event.type === 'recap' && profile && flags.profile) show({ type: 'profile', ...profile.end() })
    show(shorten(event))
  }
  emit({ type: 'start', playbook: basename(playbook), check, hosts: hosts.map(({ name }) => name) })
  const watched = watchSecrets(profile?.watch(plays) ?? plays, masker)
  const running = run(plan?.watch(watched) ?? watched, runOptions(execution, check), emit)
  let words: readonly string[] = []
  try {
    const outcome = await interruptible(running, reporter)
    words = rememberFailed(inventoryOf(flags), outcome.hosts)
    if (outcome.spent.size > flags.forks) rememberTimes(inventoryOf(flags), outcome.spent)
    if (plan) words = [...words, ...(await plan.save(outcome.interrupted))]
    if (profile) words = [...words, ...(await profile.save(basename(playbook), masker))]
    return exitCode(Object.values(outcome.hosts), check, outcome.interrupted)
  } finally {
    await reporter.end()
    for (const line of words) process.stderr.write(`${line}\n`)
  }
}

/** How plays are run: a run of its own each time it is asked for. */
export function runOptions(
  { playbook, flags, connect, masker }: Pick<Execution, 'playbook' | 'flags' | 'connect' | 'masker'>,
  check: boolean,
): RunOptions {
  const who = `${userInfo().username}@${hostname()}`
  return {
    id: newRunId(),
    who,
    playbook: basename(playbook),
    check,
    forks: flags.forks,
    lastTimes: timesOf(inventoryOf(flags)),
    lockTimeoutSeconds: flags.lockTimeout ?? 0,
    ignoreHold: flags.ignoreHold ?? false,
    // Shown to whoever finds the host locked.
    owner: `${who}, provision ${basename(playbook)}, process ${process.pid}`,
    connect,
    onSecret: (value) => masker.add(value),
    fetch: downloads(),
    mask: (text) => masker.mask(shortPath(text)),
  }
}

/** The time in UTC, by which runs are sorted: to the second, then its fraction, four hexadecimal digits of it. */
function newRunId(): string {
  const now = performance.timeOrigin + performance.now()
  const second = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const fraction = Math.floor(((now % 1000) / 1000) * 0x10000)
  return `${second}-${fraction.toString(16).padStart(4, '0')}`
}

/** What is shipped is named as in the documentation, wherever it is installed. */
export function shorten(event: Event): Event {
  return 'place' in event ? { ...event, place: { ...event.place, file: shortPath(event.place.file) } } : event
}
