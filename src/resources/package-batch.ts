import { type Batch, unsplit } from '../core/batch.ts'
import type { Script } from '../core/shell.ts'

/**
 * What the read of some packages prints, taken from what the same read prints for many.
 *
 * @param ask the read.
 */
export function packageBatch(ask: (names: readonly string[]) => Script): Batch<readonly string[]> {
  return {
    ask: (lists) => ask([...new Set(lists.flat())]),
    split(output, lists) {
      if (output === 'no dpkg\n') return lists.map(() => output)
      const lines = output.split('\n').map((text) => ({ text, fields: text.split('\t') }))
      if (lines.pop()?.text !== '') return unsplit(lists)
      const kinds = new Map(lines.map((line) => [line, line.fields[0] ?? '']))
      const start = lines.findIndex((line) => !/^(interrupted|old policy)$/.test(line.text))
      const common = lines.slice(0, start)
      const packages = lines.filter((line) => kinds.get(line) === 'package')
      const provided = lines.filter((line) => kinds.get(line) === 'provides')
      // An empty line stands for no package at all.
      const isWhole = common.length + Math.max(packages.length, 1) + provided.length === lines.length
      if (start < 0 || !isWhole) return unsplit(lists)
      return lists.map((names) => {
        const own = packages.filter(({ fields }) => names.includes(fields[2] ?? ''))
        const isInstalled = (name: string): boolean =>
          own.some(({ fields: [, status, found] }) => found === name && status?.[1] === 'i')
        const providers = names.every(isInstalled) ? [] : provided.filter(({ text }) => hasWord(text, names))
        return [...common, ...(own.length > 0 ? own : [{ text: '' }]), ...providers]
          .map(({ text }) => `${text}\n`)
          .join('')
      })
    },
  }
}

/** As `grep -wF` finds it: with no letter, digit or underscore on either side. */
function hasWord(line: string, words: readonly string[]): boolean {
  const texts = words.map((word) => word.replaceAll(/[.+]/g, '\\$&'))
  return new RegExp(`(?<![A-Za-z0-9_])(?:${texts.join('|')})(?![A-Za-z0-9_])`).test(line)
}
