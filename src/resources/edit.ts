import * as z from 'zod'
import { type FileState, planFile, type WantedFile } from '../core/file.ts'
import { impossible, notReady, type Plan } from '../core/resource.ts'

/** What resources that edit a part of a text file have in common: the text is read, edited here, and written as a whole. */

/** A regular expression, checked when the playbook is read. */
export function pattern() {
  return z.string().refine(isPattern, 'is not a regular expression of JavaScript')
}

/** Where new lines go. */
export const position = {
  insert_after: z
    .union([z.literal('EOF'), pattern()])
    .describe('Regular expression: new lines go below the last line that matches; at the end (`EOF`) where none does.')
    .optional(),
  insert_before: z
    .union([z.literal('BOF'), pattern()])
    .describe('Regular expression: new lines go above the last line that matches; `BOF` is the beginning of the file.')
    .optional(),
}

type Position = { readonly insert_after?: string | undefined; readonly insert_before?: string | undefined }

/** The index at which new lines are inserted. */
export function positionIn(lines: readonly string[], { insert_after, insert_before }: Position): number {
  if (insert_before === 'BOF') return 0
  const found = lines.findLastIndex((line) => matches(insert_before ?? insert_after, line))
  if (found === -1) return lines.length
  return insert_before === undefined ? found + 1 : found
}

/** Whether the line matches; an expression that is left out matches nothing. */
export function matches(expression: string | undefined, line: string): boolean {
  return expression !== undefined && new RegExp(expression).test(line)
}

/**
 * The text with its lines edited. Line ends stay as they are (CRLF where every line has it), and a text of which
 * no line changes is the same to the last byte.
 */
export function editLines(text: string, edit: (lines: readonly string[]) => readonly string[]): string {
  const end = /\r\n/.test(text) && !/(^|[^\r])\n/.test(text) ? '\r\n' : '\n'
  const body = text.endsWith(end) ? text.slice(0, -end.length) : text
  const before = text === '' ? [] : body.split(end)
  const after = edit(before)
  if (after.length === before.length && after.every((line, index) => line === before[index])) return text
  return after.map((line) => line + end).join('')
}

/** One change that writes the edited text; none when the edit leaves it as it is. `create`: a missing file counts as empty. */
export function planEdit(wanted: WantedFile, now: FileState, create: boolean, edit: (text: string) => string): Plan {
  const { path } = wanted
  if (now.kind === 'no directory') return notReady(`the directory of ${path} does not exist`)
  if (now.kind === 'absent') {
    return create ? planFile({ ...wanted, content: edit('') }, now) : notReady(`${path} does not exist`)
  }
  if (now.kind === 'link') return impossible(`${path} is a link`, `edit the file that it points to: ${now.target}`)
  if (now.kind !== 'file') return notReady(`${path} is a ${now.kind === 'directory' ? 'directory' : 'special file'}`)
  const { content } = now
  // What is not UTF-8 was damaged when it was decoded: writing it back would destroy it.
  if (content === undefined || Buffer.byteLength(content) !== now.size) {
    return impossible(`${path} is no UTF-8 text of up to 64 KiB`, 'use copy or template for the whole file')
  }
  const after = edit(content)
  return planFile({ ...wanted, content: after === content ? undefined : after }, now)
}

function isPattern(expression: string): boolean {
  try {
    new RegExp(expression)
    return true
  } catch {
    return false
  }
}
