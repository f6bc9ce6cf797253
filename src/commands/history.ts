import type { Masker } from '../core/secret.ts'
import { localTime } from '../report/local-time.ts'
import { createStyle, type Style } from '../report/style.ts'
import { visibleAll } from '../report/text.ts'
import { displayWidth, fit } from '../report/width.ts'
import { historyOfRun } from './history-run.ts'
import { endText } from './history-text.ts'
import { type JournalOfHost, RUN_ID, type RunSummary, readJournalOf } from './host-journal.ts'
import { type Asked, askHosts } from './journal-hosts.ts'
import { type HostFlags, UsageError } from './options.ts'
import { wantsColour } from './output.ts'

/** A run as all hosts together remember it. */
interface Run {
  readonly id: string
  readonly time: number
  readonly who: string
  readonly playbook: string
  readonly hosts: { readonly [host: string]: Pick<RunSummary, 'changed' | 'failed' | 'end'> }
}

/** `provision history [PATTERN]`: the runs that changed hosts. `provision history RUN`: one of them, item by item. */
export async function history(word: string | undefined, flags: HostFlags): Promise<number> {
  if (typeof flags.output === 'object') {
    throw new UsageError(`--output ${flags.output.document}: history is shown as text, or with --output json`)
  }
  if (word !== undefined && RUN_ID.test(word)) return historyOfRun(word, flags)
  const asked = await askHosts(word, flags, readJournalOf)
  const runs = merge(asked)
  if (flags.output === 'json') {
    for (const run of runs) print(`${JSON.stringify(ready(run, asked.masker))}\n`)
    return asked.code
  }
  const style = createStyle(wantsColour(process.stdout))
  for (const run of runs) print(runText(ready(run, asked.masker), style))
  if (runs.length === 0) process.stderr.write('No run has changed these hosts.\n')
  for (const { host, answer } of asked.answers) print(afterText(host.name, visibleAll(answer)))
  return asked.code
}

function merge({ answers }: Asked<JournalOfHost>): readonly Run[] {
  const runs = new Map<string, Run>()
  for (const { host, answer } of answers) {
    for (const { id, time, who, playbook, changed, failed, end } of answer.runs) {
      const known = runs.get(id)
      const hosts = { ...known?.hosts, [host.name]: { changed, failed, end } }
      runs.set(id, { ...(known ?? { id, time, who, playbook }), hosts })
    }
  }
  // As the hosts themselves put them in order, whose clocks tell seconds only.
  return [...runs.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function ready<T>(value: T, masker: Masker): T {
  return visibleAll(masker.maskAll(value))
}

function runText({ id, time, who, playbook, hosts }: Run, style: Style): string {
  const names = Object.keys(hosts)
  const columns = Math.max(...names.map(displayWidth))
  const lines = Object.entries(hosts).map(([name, { changed, failed, end }]) => {
    const counts = `changed ${String(changed).padStart(3)}   failed ${String(failed).padStart(2)}`
    return `  ${fit(name, columns)}  ${counts}   ${endText(end, style)}\n`
  })
  return `${style.strong(id)}  ${localTime(time * 1000)}  ${who}  ${playbook}\n${lines.join('')}`
}

function afterText(host: string, { owed, isRoots }: JournalOfHost): string {
  const debts = owed.length === 0 ? '' : `${host} owes: ${owed.join(', ')}; the next run of its playbook brings it\n`
  return debts + (isRoots ? `${host}: root has a journal of its own there, which -b shows\n` : '')
}

function print(text: string): void {
  process.stdout.write(text)
}
