import { type Batch, unsplit } from '../core/batch.ts'
import { type Script, sh } from '../core/shell.ts'

/** What cat(1) prints of each of many files below /proc/sys; all that they hold are lines. */
export const running: Batch<string> = {
  ask: (paths) => sh`grep -Hs '' -- ${paths} || [ $? -le 2 ]`,
  split(output, paths) {
    const values = new Map<string, string>(paths.map((path) => [path, '']))
    for (const line of output.split('\n').slice(0, -1)) {
      const path = line.slice(0, line.indexOf(':'))
      const value = values.get(path)
      if (value === undefined) return unsplit(paths)
      values.set(path, `${value}${line.slice(path.length + 1)}\n`)
    }
    // What is missing, or cannot be read: its own read says what that means.
    return paths.map((path) => values.get(path) || undefined)
  },
}

/**
 * The lines that set many parameters, from what grep(1) prints of all lines that set any.
 *
 * @param ask the read of the lines that match an extended regular expression; keys are such expressions.
 */
export function savedBatch(ask: (pattern: string) => Script): Batch<string> {
  return {
    ask: () => ask('^[^#;]*='),
    split(output, keys) {
      if (output === 'no directory\n') return keys.map(() => output)
      const lines = output.split('\n').slice(0, -1)
      const contents = lines.map((line) => /^\/[^:]*\.conf:(.*)$/s.exec(line)?.[1])
      if (contents.includes(undefined)) return unsplit(keys)
      return keys.map((pattern) => {
        const sets = new RegExp(pattern.replaceAll('[[:space:]]', '[ \\t\\v\\f\\r]'))
        return lines.flatMap((line, index) => (sets.test(contents[index] ?? '') ? [`${line}\n`] : [])).join('')
      })
    },
  }
}
