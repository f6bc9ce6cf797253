import { quote } from '../core/shell.ts'
import type { HostPlay, Play, Task } from '../core/task.ts'
import { oneLine, visible, visibleAll } from '../report/text.ts'
import { execute } from './execute.ts'
import { ExitCode } from './exit-code.ts'
import { unknownRun } from './history-run.ts'
import { leftLines } from './history-text.ts'
import { type FileNow, RUN_ID, type RunNow, readRunOf } from './host-journal.ts'
import { askHosts } from './journal-hosts.ts'
import { inventoryOf, type RunFlags, UsageError } from './options.ts'
import { type UndoParams, undoFile } from './undo-file.ts'

export interface UndoFlags extends RunFlags {
  /** Puts back what somebody else changed since, too. */
  readonly force?: boolean
}

/**
 * `provision undo RUN`: puts back the files that a run replaced, by an ordinary run of its own, on every host that knows
 * it; then says what it did not undo.
 *
 * @throws {UsageError} when no host that was asked knows the run.
 */
export async function undo(id: string, flags: UndoFlags, argv: readonly string[]): Promise<number> {
  if (!RUN_ID.test(id)) throw new UsageError(`"${id}" is no run`, 'provision history lists the runs.')
  const force = flags.force === true
  const asked = await askHosts(flags.limit, flags, (session) => readRunOf(session, id, force))
  const runs = new Map(asked.answers.flatMap(({ host, answer }) => (answer ? [[host, answer] as const] : [])))
  if (runs.size === 0) {
    if (asked.code !== ExitCode.done) return asked.code
    throw unknownRun(id)
  }
  const become = flags.become ? (flags.becomeUser ?? 'root') : undefined
  const hosts = [...runs].map(([host, run]): HostPlay => {
    return { host, tasks: tasksOf(id, run, { force, become }), handlers: [] }
  })
  const play: Play = { name: `Undo ${id}`, place: placeOf(id), hosts, serial: undefined, anyErrorsFatal: false }
  const { connect, masker } = asked
  const code = await execute([play], { playbook: `undo ${id}`, hosts: [...runs.keys()], flags, argv, connect, masker })
  if (flags.output !== 'json') {
    const left = [...runs].flatMap(([{ name }, run]) => afterLines(name, visibleAll(masker.maskAll(run))))
    const playbooks = new Set([...runs.values()].map(({ log }) => visible(log.playbook)))
    const again = [...playbooks].map((playbook) => `  provision ${inventoryWords(flags)} ${playbook}`)
    const advice = ['What is left comes in line when the playbook is corrected and run:', ...again]
    if (left.length > 0) process.stdout.write(`\n${[...left, ...advice].join('\n')}\n`)
  }
  return code === ExitCode.done || code === ExitCode.changes ? Math.max(code, asked.code) : code
}

/** Resources that write files and no more. */
const PLAIN = new Set('block command copy directory file line link restored_file script template undo'.split(' '))

interface Manner {
  readonly force: boolean
  readonly become: string | undefined
}

// What was replaced last comes first: a folder that was removed comes back before what had been in it. What is refused
// comes last, for a failure ends the play of its host; but each is to be named.
function tasksOf(id: string, { log, files }: RunNow, manner: Manner): readonly Task[] {
  const of = (state: FileNow['judgement']['state']): FileNow[] =>
    files.toReversed().filter(({ judgement }) => judgement.state === state)
  const refused = of('refused')
  return [...of('restorable'), ...of('lost'), ...refused].map((one) => {
    const item = log.items.find(({ paths }) => paths.includes(one.file.path))
    const isRestorable = one.judgement.state === 'restorable'
    const ignoreErrors = !isRestorable && one !== refused.at(-1)
    const notify = isRestorable && item ? item.notify : []
    return taskOf(id, one, { ...manner, place: placeOf(item?.place ?? id), notify, ignoreErrors })
  })
}

function taskOf(
  id: string,
  { file, later }: FileNow,
  { force, become, place, notify, ignoreErrors }: Manner & Pick<Task, 'place' | 'notify' | 'ignoreErrors'>,
): Task {
  const params: UndoParams = { run: id, file, later, force }
  const name = oneLine(file.path)
  return {
    name,
    place,
    resource: undoFile,
    uses: new Set(),
    register: undefined,
    looped: false,
    notify,
    become,
    ignoreErrors,
    guard: undefined,
    timeout: undefined,
    noLog: false,
    check: undefined,
    expand: () => [{ name, place, resource: undoFile, params, files: {} }],
  }
}

/** `FILE:LINE` of the task whose work is undone. */
function placeOf(text: string): Task['place'] {
  const [, file = text, line = '1'] = /^(.*):(\d+)$/.exec(text) ?? []
  return { file, line: Number(line), column: 1 }
}

function afterLines(host: string, run: RunNow): readonly string[] {
  const left = leftLines(run)
  const touched = run.log.items.filter(({ paths }) => paths.length > 0)
  const reloaded = touched
    .filter(({ resource }) => !PLAIN.has(resource))
    .map(({ resource, place }) => `${resource} (${place})`)
  const handlers = [...new Set(touched.flatMap(({ notify }) => notify))]
  return [
    ...(left.length === 0
      ? []
      : [`${host} · undo does not reach, for it is no file:`, ...left.map((line) => `  ${line}`)]),
    ...(reloaded.length === 0 ? [] : [`${host} · put back but not reloaded: ${reloaded.join(', ')}`]),
    ...(handlers.length === 0 ? [] : [`${host} · owed for files that are put back: ${handlers.join(', ')}`]),
  ]
}

function inventoryWords(flags: UndoFlags): string {
  return inventoryOf(flags)
    .map((inventory) => `-i ${quote(inventory)}`)
    .join(' ')
}
