import { createHash } from 'node:crypto'
import { inBatch } from './batch.ts'
import { fileStates } from './file-batch.ts'
import type { Change, Plan } from './resource.ts'
import { notReady } from './resource.ts'
import { Secret } from './secret.ts'
import { joinScripts, type Script, sh } from './shell.ts'

/** Content up to this many bytes is read as text and shown as a diff; larger or binary content is compared by sha256. */
const SHOWN = 65_536

/** What is at a path, as `file_state` of the prelude tells it. */
export type FileState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'no directory' }
  | (Attributes & { readonly kind: 'file'; readonly content?: string; readonly sha256?: string })
  | (Attributes & { readonly kind: 'link'; readonly target: string })
  | (Attributes & { readonly kind: 'directory' | 'other' })

interface Attributes {
  /** Octal with a leading zero, such as `0644`. */
  readonly mode: string
  readonly owner: string
  readonly group: string
  readonly size: number
}

/** A file as it should be. What is left out is kept as it is (a new file is root's, mode 0644). */
export interface WantedFile {
  readonly path: string
  readonly content?: string | Buffer | Secret | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
  /** Octal digits, such as `0640`. */
  readonly mode?: string | undefined
  /** A command that must succeed on the temporary file, named `%s`, before it takes the file's place. */
  readonly validate?: string | undefined
  readonly backup?: boolean | undefined
}

/** The read for a file: pass the wanted content, so that binary or large content is compared by hash. */
export function readFile(path: string, content?: string | Buffer | Secret): Script {
  const hash = content !== undefined && !isText(content)
  return inBatch(hash ? sh`file_state ${path} hash` : sh`file_state ${path}`, fileStates, { path, hash })
}

/** Parses an answer to `readFile`. */
export function parseFile(answer: string): FileState {
  if (answer === 'absent\n') return { kind: 'absent' }
  if (answer === 'no directory\n') return { kind: 'no directory' }
  const end = answer.indexOf('\n')
  const [kind, mode = '', owner = '', group = '', size = ''] = answer.slice(0, end).split(' ')
  const body = answer.slice(end + 1)
  const attributes = { mode: mode.padStart(4, '0'), owner, group, size: Number(size) }
  if (kind === 'link') return { kind, ...attributes, target: body.replace(/\n$/, '') }
  if (kind === 'text') return { kind: 'file', ...attributes, content: body }
  if (kind === 'hash') return { kind: 'file', ...attributes, sha256: body.slice(0, 64) }
  return { kind: kind === 'directory' ? 'directory' : 'other', ...attributes }
}

/** One change, named after the path, that writes content, owner and mode together; none when all are as wanted. */
export function planFile(wanted: WantedFile, now: FileState): Plan {
  const { path, content } = wanted
  if (now.kind === 'no directory') return notReady(`the directory of ${path} does not exist`)
  if (now.kind === 'directory') return notReady(`${path} is a directory`)
  if (now.kind === 'link' && content === undefined)
    return notReady(`${path} is a link to ${now.target}: name the file itself`)
  if (now.kind === 'other' && content === undefined) return notReady(`${path} is neither a file nor a directory`)
  if (now.kind === 'absent' && content === undefined) return notReady(`${path} does not exist`)
  const same = content === undefined || sameContent(content, now)
  const attributes = describeAttributes(wanted, now)
  if (same && attributes === undefined && now.kind === 'file') return []
  return [
    {
      what: path,
      from: same && attributes ? attributes.from : describeState(now, content),
      to: same && attributes ? attributes.to : describeContent(content),
      apply: placeFile(wanted, same),
      ...diff(same, content, now),
    },
  ]
}

/** The script that puts a file in its place atomically. */
export function placeFile(wanted: WantedFile, keepContent = false): Script {
  const { path, content, owner, group, mode, validate, backup } = wanted
  return joinScripts(
    [
      sh`place_file ${path}`,
      ...(owner ? [sh`owner=${owner}`] : []),
      ...(group ? [sh`group=${group}`] : []),
      ...(mode ? [sh`mode=${mode}`] : []),
      ...(validate ? [sh`validate=${validate}`] : []),
      ...(backup ? [sh`backup=1`] : []),
      ...(keepContent || content === undefined ? [] : [contentWord(content)]),
    ],
    ' ',
  )
}

/** Brings owner, group and mode of something that exists to the wanted ones; nothing where they are already, or not asked for. */
export function describeAttributes(
  wanted: Pick<WantedFile, 'owner' | 'group' | 'mode'>,
  now: FileState,
): { readonly from: string; readonly to: string } | undefined {
  if (!('mode' in now)) return undefined
  const from: string[] = []
  const to: string[] = []
  if ((wanted.owner && wanted.owner !== now.owner) || (wanted.group && wanted.group !== now.group)) {
    from.push(`${now.owner}:${now.group}`)
    to.push(`${wanted.owner ?? now.owner}:${wanted.group ?? now.group}`)
  }
  if (wanted.mode && Number.parseInt(wanted.mode, 8) !== Number.parseInt(now.mode, 8)) {
    from.push(now.mode)
    to.push(wanted.mode.padStart(4, '0'))
  }
  return to.length === 0 ? undefined : { from: from.join(' '), to: to.join(' ') }
}

function isText(content: string | Buffer | Secret): boolean {
  const bytes = toBytes(content)
  return bytes.length <= SHOWN && !bytes.includes(0) && Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)
}

function toBytes(content: string | Buffer | Secret): Buffer {
  return Buffer.isBuffer(content)
    ? content
    : Buffer.from(content instanceof Secret ? content.reveal() : content, 'utf8')
}

function sameContent(content: string | Buffer | Secret, now: FileState): boolean {
  if (now.kind !== 'file') return false
  const bytes = toBytes(content)
  if (now.sha256 !== undefined) return now.sha256 === createHash('sha256').update(bytes).digest('hex')
  return now.size === bytes.length && now.content === bytes.toString('utf8')
}

function contentWord(content: string | Buffer | Secret): Script {
  if (content instanceof Secret) return sh`text=${content}`
  return isText(content) ? sh`text=${content.toString()}` : sh`base64=${toBytes(content).toString('base64')}`
}

function describeState(now: FileState, content: WantedFile['content']): string {
  if (now.kind === 'link') return `link to ${now.target}`
  if (now.kind !== 'file') return now.kind
  if (content instanceof Secret) return String(content)
  return now.content === undefined ? `sha256 ${now.sha256?.slice(0, 12)}…` : lines(now.content)
}

function describeContent(content: WantedFile['content']): string {
  if (content === undefined) return 'file'
  if (content instanceof Secret) return String(content)
  if (isText(content)) return lines(content.toString())
  return `sha256 ${createHash('sha256').update(content).digest('hex').slice(0, 12)}…`
}

function lines(text: string): string {
  const count = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length
  return count === 1 ? '1 line' : `${count} lines`
}

function diff(same: boolean, content: WantedFile['content'], now: FileState): Pick<Change, 'diff'> {
  if (same || content === undefined || content instanceof Secret || !isText(content)) return {}
  if (now.kind === 'file' && now.content === undefined) return {}
  return { diff: { before: now.kind === 'file' ? (now.content ?? '') : '', after: content.toString() } }
}
