import { localTime } from '../report/local-time.ts'
import { createStyle } from '../report/style.ts'
import { visibleAll } from '../report/text.ts'
import { runText } from './history-text.ts'
import { type RunNow, readRunOf } from './host-journal.ts'
import { askHosts } from './journal-hosts.ts'
import { type HostFlags, UsageError } from './options.ts'
import { wantsColour } from './output.ts'

/**
 * `provision history RUN`: everything that a run did, host by host, and what can be undone of it.
 *
 * @throws {UsageError} when no host that was asked knows the run.
 */
export async function historyOfRun(id: string, flags: HostFlags): Promise<number> {
  const { answers, masker, code } = await askHosts(flags.limit, flags, (session) => readRunOf(session, id, false))
  const known = answers.flatMap(({ host, answer }) => (answer ? [{ host: host.name, run: answer }] : []))
  if (known.length === 0 && code === 0) throw unknownRun(id)
  const ready = visibleAll(masker.maskAll(known))
  if (flags.output === 'json') {
    for (const { host, run } of ready) process.stdout.write(`${JSON.stringify({ id, host, ...jsonOf(run) })}\n`)
    return code
  }
  const style = createStyle(wantsColour(process.stdout))
  const first = ready[0]?.run.log
  if (first) {
    process.stdout.write(`${style.strong(id)}  ${localTime(first.time * 1000)}  ${first.who}  ${first.playbook}\n\n`)
  }
  process.stdout.write(ready.map(({ host, run }) => runText(host, run, style)).join('\n'))
  return code
}

/** What is said where no host knows a run. */
export function unknownRun(id: string): UsageError {
  return new UsageError(
    `no host remembers the run ${id}`,
    'provision history lists those that are remembered; with -b those of root.',
  )
}

function jsonOf({ log, end, files, owed }: RunNow): object {
  const { time, who, playbook, items } = log
  return {
    time,
    who,
    playbook,
    end,
    items,
    files: files.map(({ file, judgement, later }) => ({
      path: file.path,
      before: file.kind,
      undo: judgement.state,
      ...('why' in judgement ? { why: judgement.why } : {}),
      ...(later === undefined ? {} : { later }),
    })),
    owed,
  }
}
