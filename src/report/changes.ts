import type { ShownChange } from '../engine/events.ts'
import { cutLine, type DiffMode, diffLines } from './diff.ts'
import { createStyle, type Style } from './style.ts'
import { count, oneLine, splitLines, visibleAll } from './text.ts'
import { displayWidth } from './width.ts'

/** How many lines of a script are shown, unless `diff` is `'full'`. */
const SCRIPT_LINES = 60
/** A thing named longer than this does not push the others to the right. */
const LONGEST_NAME = 48

export interface ChangeOptions {
  /** Adds the shell text of each change, as `-v` does. */
  readonly scripts: boolean
  readonly diff: DiffMode
}

/** A plan as `--check -v` prints it below a task, each line ended by a newline; empty for no change. */
export function printPlan(changes: readonly ShownChange[], options: ChangeOptions): string {
  return changeLines(visibleAll(changes), options, createStyle(false))
    .map((line) => `${line}\n`)
    .join('')
}

/** One line per change, `what   from → to` aligned, with its diff and its script indented below. */
export function changeLines(changes: readonly ShownChange[], options: ChangeOptions, style: Style): readonly string[] {
  const names = changes.map((change) => oneLine(change.what))
  const aligned = names.filter((_, index) => !replacesValues(changes[index]!, options.diff))
  const column = Math.max(0, ...aligned.map(displayWidth).filter((width) => width <= LONGEST_NAME))
  return changes.flatMap((change, index) => {
    const name = names[index]!
    const gap = ' '.repeat(Math.max(0, column - displayWidth(name)) + 3)
    const shown = replacesValues(change, options.diff) ? '' : values(change, style)
    return [
      shown === '' ? name : name + gap + shown,
      ...(showsDiff(change, options.diff) ? indent(difference(change, options.diff, style)) : []),
      ...(options.scripts ? indent(scriptLines(change.script, options.diff === 'full', style)) : []),
    ]
  })
}

/** Lines moved to the right; empty ones stay empty. */
export function indent(lines: readonly string[], by = 2): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line))
}

function values(change: ShownChange, style: Style): string {
  if (change.always) {
    return change.to === ''
      ? style.changed('runs every time')
      : `${style.changed('runs every time:')} ${value(change.to)}`
  }
  // Hidden by no_log.
  if (change.from === '' && change.to === '') return ''
  // A file that keeps its number of lines says nothing by "3 lines → 3 lines".
  if (change.diff && change.from === change.to) return `${value(change.from)}, other content`
  return `${value(change.from)} ${style.faint('→')} ${value(change.to)}`
}

function value(text: string): string {
  return text === '' ? '""' : cutLine(oneLine(text))
}

function showsDiff(change: ShownChange, mode: DiffMode): boolean {
  if (mode === false || change.diff === undefined) return false
  // All of a new file is new: "absent → 3 lines" is enough, unless every line is asked for.
  return change.diff.before !== '' || mode === 'full'
}

function replacesValues(change: ShownChange, mode: DiffMode): boolean {
  return showsDiff(change, mode) && change.diff?.before !== ''
}

function difference(change: ShownChange, mode: DiffMode, style: Style): readonly string[] {
  return diffLines(change.diff?.before ?? '', change.diff?.after ?? '', style, mode === 'full')
}

function scriptLines(script: string, full: boolean, style: Style): readonly string[] {
  const lines = splitLines(script)
  const kept = full ? lines : lines.slice(0, SCRIPT_LINES).map(cutLine)
  const rest = lines.length - kept.length
  const shown = kept.map((line, index) => style.faint((index === 0 ? '$ ' : '  ') + line))
  return rest === 0 ? shown : [...shown, style.faint(`… ${count(rest, 'more line')} (-vv shows them)`)]
}
