import * as z from 'zod'
import { describeAttributes, type FileState, parseFile } from '../core/file.ts'
import { type Change, impossible, type Resource, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import type { KeptFile } from '../engine/run-log.ts'

/** A file of a run that is to be as before. */
export interface UndoParams {
  readonly run: string
  readonly file: KeptFile
  /** Another run that replaced it after this one. */
  readonly later: string | undefined
  /** Takes what somebody else wrote there since. */
  readonly force: boolean
}

/** What can be done about a file. `refused`: with `--force` only; `lost`: nothing. */
export type Judgement =
  | { readonly state: 'as before' }
  | { readonly state: 'restorable' }
  | { readonly state: 'refused'; readonly why: string }
  | { readonly state: 'lost'; readonly why: string }

const LOST: { readonly [kind in KeptFile['kind']]?: string } = {
  large: 'its old version was not kept: it is too large',
  unreadable: 'its old version was not kept: the user of the run may not read it',
  other: 'it was no file, and is not kept',
}

/** Internal: `provision undo` makes its tasks of it, playbooks do not know it. */
export const undoFile = resource({
  name: 'undo',
  summary: 'Put back what a run replaced.',
  examples: '',
  params: () => z.custom<UndoParams>(),
  read: (params) => ({
    ...readStates(params),
    shownNow: params.file.kind === 'file' ? shown(sh`${params.file.path}`, params.file.path) : sh``,
    shownOld: params.file.kind === 'file' ? shown(copyOf(params), params.file.path) : sh``,
  }),
  plan(params, answers) {
    const now = nowOf(answers.now, answers.same)
    const old = stateOf(answers.old)
    const judgement = judgeFile(params, now, old)
    if (judgement.state === 'as before') return []
    if (judgement.state === 'restorable') return [changeOf(params, now, old, answers)]
    const hint = judgement.state === 'refused' ? hintOf(params) : undefined
    return impossible(`${params.file.path} is not put back: ${judgement.why}`, hint)
  },
}) as Resource

/** Questions about what is there now, and what was kept. */
export function readStates(params: Pick<UndoParams, 'run' | 'file'>): { readonly [name in State]: Script } {
  const { path, copy, kind } = params.file
  const isSame = sh`if [ -d ${path} ] && diff -rq --no-dereference -- ${copyOf(params)} ${path} >/dev/null 2>&1; then echo same; fi`
  return {
    now: sh`file_state ${path} hash`,
    old: copy === undefined ? sh`` : sh`file_state ${copyOf(params)} hash`,
    same: kind === 'directory' && copy !== undefined ? isSame : sh``,
  }
}

type State = 'now' | 'old' | 'same'

/** What is there now; `same`: a folder with all that is in it. */
type Now = FileState & { readonly same?: boolean }

/** Parses the answers about what is there now. */
export function nowOf(now: string, same: string): Now {
  return { ...parseFile(now), same: same !== '' }
}

/** Parses an answer about what was kept. */
export function stateOf(old: string): FileState {
  return old === '' ? { kind: 'absent' } : parseFile(old)
}

/** Whether a file can be put back. Pure. */
export function judgeFile({ file, later, force }: UndoParams, now: Now, old: FileState): Judgement {
  const { kind, wrote } = file
  const lost = LOST[kind] ?? (kind !== 'absent' && old.kind !== kind ? 'its old version is gone' : undefined)
  if (lost) return { state: 'lost', why: lost }
  if (isAs(now, old)) return { state: 'as before' }
  if (now.kind === 'directory') {
    return { state: 'lost', why: `there is a directory${kind === 'directory' ? ' again' : ''}, which is left as it is` }
  }
  if (now.kind === 'no directory') return { state: 'lost', why: 'its directory is gone' }
  if (force || (wrote ? isWritten(now, wrote) : now.kind === 'absent')) return { state: 'restorable' }
  if (later) return { state: 'refused', why: `run ${later} replaced it again` }
  if (!wrote) return { state: 'refused', why: 'the run was cut off while it wrote it' }
  return { state: 'refused', why: 'somebody changed it since' }
}

function hintOf({ later }: UndoParams): string {
  const force = '--force puts it back all the same'
  return later ? `provision undo ${later} comes first; ${force}` : force
}

function isAs(now: Now, old: FileState): boolean {
  if (old.kind === 'directory') return now.same === true
  if (old.kind === 'absent') return now.kind === 'absent' || now.kind === 'no directory'
  if (old.kind === 'link') return now.kind === 'link' && now.target === old.target
  return now.kind === 'file' && old.kind === 'file' && now.sha256 === old.sha256 && !attributes(now, old)
}

function isWritten(now: FileState, wrote: NonNullable<KeptFile['wrote']>): boolean {
  if (now.kind === 'file' && wrote.kind === 'file') return now.sha256 === wrote.sha256
  if (now.kind === 'link' && wrote.kind === 'link') return now.target === wrote.target
  return now.kind === wrote.kind && now.kind === 'absent'
}

function attributes(now: FileState, old: FileState): ReturnType<typeof describeAttributes> {
  return 'mode' in old ? describeAttributes(old, now) : undefined
}

function changeOf(
  params: UndoParams,
  now: FileState,
  old: FileState,
  { shownNow, shownOld }: { readonly shownNow: string; readonly shownOld: string },
): Change {
  const isSame = now.kind === 'file' && old.kind === 'file' && now.sha256 === old.sha256
  const values = (isSame && attributes(now, old)) || { from: describe(now), to: describe(old) }
  const [before, after] = [textOf(shownNow), textOf(shownOld)]
  const diff = !isSame && before !== undefined && after !== undefined ? { diff: { before, after } } : {}
  return { what: params.file.path, ...values, apply: restore(params, old), ...diff }
}

function describe(state: FileState): string {
  if (state.kind === 'link') return `link to ${state.target}`
  if (state.kind === 'file') return `${state.size} bytes, sha256 ${state.sha256?.slice(0, 12)}…`
  return state.kind
}

function textOf(answer: string): string | undefined {
  const state = answer === '' ? undefined : parseFile(answer)
  if (state?.kind !== 'file' || state.content === undefined) return undefined
  // What is no UTF-8 has other bytes by now.
  return Buffer.byteLength(state.content) === state.size ? state.content : undefined
}

function copyOf({ run, file }: Pick<UndoParams, 'run' | 'file'>): Script {
  return sh`"$p_state"/runs/${run}/files/${file.copy ?? 0}`
}

// The text of a file that everybody may read: nobody sees more in a diff than on the host.
function shown(file: Script, path: string): Script {
  const parents = path.split('/').slice(1, -1)
  const above = parents.map((_, index) => `/${parents.slice(0, index + 1).join('/')}`)
  return sh`public() {
  [ -f "$1" ] && [ ! -L "$1" ] || return
  case $(stat -c %a -- "$1") in *[4567]) ;; *) return 1 ;; esac
  for above in ${above}; do
    case $(stat -L -c %a -- "$above") in *[1357]) ;; *) return 1 ;; esac
  done
}
if public ${file}; then file_state ${file}; fi`
}

// In its directory, whose path may lead through links that somebody else can move: the place is the one that it was.
function restore({ run, file }: UndoParams, old: FileState): Script {
  const { path, directory } = file
  if (directory === undefined) return sh`remove_file ${path}`
  const name = `./${path.slice(path.lastIndexOf('/') + 1)}`
  const enter = sh`cd -P -- ${directory} && [ "$(pwd -P)" = ${directory} ] || { echo ${`${directory} leads elsewhere by now`} >&2; exit 1; }`
  if (old.kind === 'absent')
    return sh`(${enter}
keep_file ${path} && rm -f -- ${name})`
  const sync = { file: sh`sync -- "$new"`, directory: sh`sync -f -- "$new"` }[old.kind as string] ?? sh`:`
  return sh`(${enter}
remove_leftovers .
temporary=$(umask 077 && mktemp -d ./.provision.XXXXXXXX) || exit
trap 'rm -rf -- "$temporary"' EXIT
trap 'exit 143' TERM
new=$temporary/old
cp -a -- ${copyOf({ run, file })} "$new" && ${sync} && keep_file ${path} "$new" && mv -fT -- "$new" ${name})`
}
