import * as z from 'zod'
import { HostError } from '../core/error.ts'
import type { Answer, Question, Session } from '../core/session.ts'
import { type Script, sh } from '../core/shell.ts'
import { type KeptFile, parseRunLog, type RunLog } from '../engine/run-log.ts'
import { type Judgement, judgeFile, nowOf, readStates, stateOf } from './undo-file.ts'

/** What a host says of a run in one line. */
export interface RunSummary {
  readonly id: string
  /** Seconds since 1970, by the clock of the host. */
  readonly time: number
  readonly who: string
  readonly playbook: string
  readonly changed: number
  readonly failed: number
  readonly end: RunEnd
}

/** `stopped`: Ctrl-C, after the running item. `cut off`: nobody came to say how it ended. */
export type RunEnd = 'done' | 'failed' | 'stopped' | 'cut off' | 'running'

/** A file of a run, and what can be done about it now. */
export interface FileNow {
  readonly file: KeptFile
  readonly judgement: Judgement
  /** The next run that replaced it, too. */
  readonly later: string | undefined
}

/** A run on one host, with what it replaced. */
export interface RunNow {
  readonly log: RunLog
  readonly end: RunEnd
  readonly files: readonly FileNow[]
  /** Handlers that the host owes now. */
  readonly owed: readonly string[]
}

export interface JournalOfHost {
  readonly runs: readonly RunSummary[]
  readonly owed: readonly string[]
  /** Root's journal is there, and the user of this session may not read it. */
  readonly isRoots: boolean
}

/** What run ids look like. */
export const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/

/** In the directory of the runs, with their logs as arguments; ends where there are none. */
const LOGS = sh`cd "$p_state/runs" 2>/dev/null && set -- [0-9]*T[0-9]*Z-*/log && [ -e "$1" ] || exit 0`

const SUMMARIES = sh`${LOGS}
awk -F '\t' '
function flush() { if (name != "") printf "%s\t%d\t%d\t%s\t%s\n", name, changed, failed, end, head }
FNR == 1 { flush(); name = FILENAME; sub("/log$", "", name); changed = failed = 0; end = head = "" }
$1 == "run" { head = $2 "\t" $3 }
$1 == "changed" { changed++ }
$1 == "failed" { failed++ }
$1 == "unfinished" { failed++; changed-- }
$1 == "end" { end = $3 }
END { flush() }' "$@"`

// Of those that have not ended, whose shell is there.
const BUSY = sh`${LOGS}
for log in $(grep -L '^end' -- "$@"); do
  IFS=${'\t'} read -r _ _ _ shell <"$log"
  if read -r stat 2>/dev/null <"/proc/\${shell%% *}/stat"; then
    case $stat in *" \${shell#* } "*) echo "\${log%/log}" ;; esac
  fi
done`

const ROOTS = sh`if [ "$p_uid" != 0 ] && [ -d /var/lib/provision ]; then echo root; fi`

const OWED = sh`owed_handlers`

const summaryLine = z.tuple([
  z.string().regex(RUN_ID),
  z.coerce.number(),
  z.coerce.number(),
  z.enum(['done', 'failed', 'stopped', '']),
  z.coerce.number(),
  z.string().transform((text) => z.object({ who: z.string(), playbook: z.string() }).parse(JSON.parse(text))),
])

/** @throws {HostError} when the journal cannot be read. */
export async function readJournalOf(session: Session): Promise<JournalOfHost> {
  const ask = { summaries: SUMMARIES, owed: OWED, busy: BUSY, roots: ROOTS }
  const { summaries, owed, busy, roots } = await answersOf(session, ask)
  const lines = linesOf(summaries).map((line) => line.split('\t'))
  // Cut off before its first line was written: it has changed nothing.
  const parsed = lines.filter((words) => words.length > 5).map((words) => summaryLine.safeParse(words))
  const running = linesOf(busy)
  const runs = parsed.map(({ data, error }): RunSummary => {
    if (error) throw new HostError('the journal of runs cannot be understood', { output: z.prettifyError(error) })
    const [id, changed, failed, end, time, { who, playbook }] = data
    const open = running.includes(id) ? 'running' : 'cut off'
    return { id, time, who, playbook, changed, failed, end: end === '' ? open : end }
  })
  return { runs, owed: linesOf(owed), isRoots: roots !== '' }
}

/** @returns nothing where the host has no such run. @throws {HostError} when its journal cannot be read. */
export async function readRunOf(session: Session, id: string, force: boolean): Promise<RunNow | undefined> {
  const { runs, owed } = await readJournalOf(session)
  const summary = runs.find((one) => one.id === id)
  if (!summary) return undefined
  const { log, later } = await answersOf(session, {
    log: sh`cat "$p_state"/runs/${id}/log`,
    later: sh`${LOGS}
run=${id} awk -F '\t' '$1 == "kept" && FILENAME > ENVIRON["run"] "/log" { print $2 "\t" substr(FILENAME, 1, index(FILENAME, "/") - 1) }' "$@"`,
  })
  const run = parseRunLog(log)
  const laterRuns = new Map(
    linesOf(later)
      .toReversed()
      .map((line) => line.split('\t') as [string, string]),
  )
  const states = await session.survey(
    run.files
      .flatMap((file, index) =>
        Object.entries(readStates({ run: id, file })).map(([name, script]) => ({ id: `${name}.${index}`, script })),
      )
      .filter(({ script }) => !script.isEmpty),
  )
  const stateText = (name: string): string => textOf(states.get(name))
  const files = run.files.map((file, index): FileNow => {
    const next = laterRuns.get(escapePath(file.path))
    const now = nowOf(stateText(`now.${index}`), stateText(`same.${index}`))
    const old = stateOf(stateText(`old.${index}`))
    return { file, later: next, judgement: judgeFile({ run: id, file, later: next, force }, now, old) }
  })
  return { log: run, end: summary.end, files, owed }
}

async function answersOf<K extends string>(
  session: Session,
  scripts: { readonly [name in K]: Script },
): Promise<{ readonly [name in K]: string }> {
  const questions: readonly Question[] = Object.entries<Script>(scripts).map(([id, script]) => ({ id, script }))
  const answers = await session.survey(questions)
  return Object.fromEntries(questions.map(({ id }) => [id, textOf(answers.get(id))])) as { [name in K]: string }
}

function textOf(answer: Answer | undefined): string {
  if (answer === undefined) return ''
  if (answer.status !== 0) throw new HostError('the journal of runs cannot be read', { output: answer.stderr })
  return answer.text
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

// As core/keep-file.ts writes it.
function escapePath(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n')
}
