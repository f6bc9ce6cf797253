import { joinScripts, Script, sh } from './shell.ts'

/**
 * How one command answers reads of one kind for all items of a survey. It is a shortcut only: at an item's turn, and where
 * a batch cannot tell, the host runs the read's own text, so `split` has to give the very bytes that this would print.
 */
export interface Batch<K> {
  /**
   * Shell text that asks for all keys at once. It exits with anything but 0 where it is not sure.
   *
   * @param keys at least two, all different.
   * @param mark a word that nothing on the host knows, to tell answers apart with.
   */
  ask(keys: readonly K[], mark: string): Script
  /**
   * What the read of each key would have printed; nothing for keys that have to be asked by themselves.
   *
   * @param output what `ask` printed, a character for each byte (Latin-1); so are the results.
   */
  split(output: string, keys: readonly K[], mark: string): readonly (string | undefined)[]
}

/** A read's place in a batch. */
export interface Batched {
  readonly batch: Batch<unknown>
  readonly key: unknown
}

/** A read that a batch can answer, too. @param key what tells it from others of its kind: text, or made of such as JSON is. */
export function inBatch<K>(read: Script, batch: Batch<K>, key: K): Script {
  return new Script(read.parts, { batch: batch as Batch<unknown>, key })
}

/** Nothing can be told from what a batch printed. */
export function unsplit(keys: readonly unknown[]): undefined[] {
  return keys.map(() => undefined)
}

/**
 * A read of shell builtins and short programs that leaves its shell as it was (no `exit`, `exec`, `cd`, `set`, trap or
 * variable that matters), so that many can share one subshell: a fork less for each.
 */
export function builtin(read: Script): Script {
  return inBatch(read, together, read.reveal())
}

const together: Batch<string> = {
  ask: (reads, mark) =>
    joinScripts([
      sh`p_next() { printf '%s' "/$?/${mark}"; }`,
      // The text of a read is shell text already; `eval` keeps a mistake in one of them from the others.
      ...reads.map((read) => sh`eval ${read}; p_next`),
    ]),
  split(output, reads, mark) {
    const answers = output.split(`/${mark}`)
    if (answers.length !== reads.length + 1 || answers.at(-1) !== '') return unsplit(reads)
    return reads.map((_, index) => {
      const answer = answers[index] ?? ''
      return answer.endsWith('/0') ? answer.slice(0, -2) : undefined
    })
  },
}
