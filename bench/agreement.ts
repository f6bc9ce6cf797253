/**
 * Whether the tools bring about the same.
 */
import type { Tool } from './types.ts'

/**
 * A check to be made behind each run on a new host. The first tool's host is what the others are compared with.
 *
 * @param look what the host is like, a fact a line.
 * @param say hears of each difference.
 * @returns a function that throws where the host of a tool is another one.
 */
export function agreement(
  look: () => Promise<readonly string[]>,
  say: (line: string) => void,
): (tool: Tool) => Promise<void> {
  let first: readonly string[] | undefined
  return async ({ name }) => {
    // It does nothing.
    if (name === 'floor') return
    const found = await look()
    first ??= found
    const differences = [...lacking(first, found, '-'), ...lacking(found, first, '+')]
    for (const difference of differences) say(`${name} differs: ${difference}`)
    if (differences.length > 0) throw new Error(`the host is another one behind it: \`${differences[0]}\``)
  }
}

/** Lines of one that the other has not. */
function lacking(one: readonly string[], other: readonly string[], sign: '+' | '-'): readonly string[] {
  return one.filter((line) => !other.includes(line)).map((line) => `${sign} ${line}`)
}
