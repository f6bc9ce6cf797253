import { structuredPatch } from 'diff'
import type { Style } from './style.ts'
import { count, splitLines, visible } from './text.ts'

/** How many lines of a diff are shown, and how many characters of a line, unless all are asked for. */
const LINES = 60
const CHARACTERS = 400
const CONTEXT = 2
/** Comparing takes time with the square of this: beyond it, two texts are called different as a whole. */
const EDITS = 2000

/** `false`: no diffs. `'full'`: uncut ones, and those of new files. */
export type DiffMode = boolean | 'full'

/**
 * The lines that differ, prefixed `-` and `+`, two equal lines around them, `⋯ line N` between distant ones.
 * Text is made visible and long diffs are cut, unless `full`.
 */
export function diffLines(before: string, after: string, style: Style, full = false): readonly string[] {
  const lines = compare(visible(before), visible(after), full)
  const kept = full ? lines : lines.slice(0, LINES)
  const shown = kept.map((line) => paint(full ? line : cutLine(line), style))
  return lines.length > kept.length
    ? [...shown, style.faint(`… ${count(lines.length - kept.length, 'more line')} (-vv shows them)`)]
    : shown
}

/** A line cut to what a screen can bear, saying how much is missing. */
export function cutLine(line: string): string {
  return line.length > CHARACTERS ? `${line.slice(0, CHARACTERS)}… ${line.length - CHARACTERS} more characters` : line
}

function compare(before: string, after: string, full: boolean): readonly string[] {
  const patch = structuredPatch('', '', before, after, '', '', { context: CONTEXT, maxEditLength: EDITS })
  if (patch) {
    return patch.hunks.flatMap((hunk, index) => [
      ...(index === 0 ? [] : [`⋯ line ${hunk.newStart}`]),
      ...hunk.lines.map((line) => (line.startsWith('\\') ? '\\ no newline at end of file' : showTrailing(line))),
    ])
  }
  const [old, wanted] = [splitLines(before), splitLines(after)]
  if (!full) return [`… ${count(old.length, 'line')} replaced by ${wanted.length} (-vv shows them)`]
  return [...old.map((line) => `-${line}`), ...wanted.map((line) => `+${line}`)]
}

// Two lines that differ in blanks at their end only would look the same.
function showTrailing(line: string): string {
  if (!/^[-+].*[ \t]$/.test(line)) return line
  return line.replace(/[ \t]+$/, (blanks) => blanks.replaceAll(' ', '·').replaceAll('\t', '␉'))
}

function paint(line: string, style: Style): string {
  if (line.startsWith('-')) return style.bad(line)
  if (line.startsWith('+')) return style.good(line)
  return /^[\\⋯…]/.test(line) ? style.faint(line) : line
}
