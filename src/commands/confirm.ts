import { createInterface } from 'node:readline'
import type { Play } from '../core/task.ts'
import { splitLines, visible } from '../report/text.ts'
import { wrap } from '../report/width.ts'
import { UsageError } from './options.ts'

/** Host names that a question lists; the others are counted. */
const MOST_NAMES = 8

type Asking = Pick<Play, 'name' | 'confirm' | 'hosts'>

/**
 * Has the user agree to every play that wants it, one after another, before anything of the run begins.
 *
 * @throws {UsageError} when one was not agreed to, or when there is no terminal to ask on.
 */
export async function confirmPlays(plays: readonly Asking[]): Promise<void> {
  for (const play of plays) {
    // Tags may have left nothing to do.
    if (play.confirm === undefined || play.hosts.every(({ tasks }) => tasks.length === 0)) continue
    const question = questionOf(play)
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      throw new UsageError(
        `${question}\nNobody can be asked: there is no terminal.`,
        'If this is what you want, say so: --yes',
      )
    }
    const answer = await askLine(`${question}\nType yes: `)
    if (answer?.trim().toLowerCase() !== 'yes') throw new UsageError('Not confirmed. Nothing was contacted.')
  }
}

function questionOf({ name, confirm = '', hosts }: Asking): string {
  const names = hosts.map(({ host }) => host.name)
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  const lines = splitLines(confirm).flatMap((line) => wrap(`  ${line}`, process.stderr.columns || Infinity))
  return visible(`${name} · ${shown}${more}\n${lines.join('\n')}`)
}

/** Asks for a line on the terminal. @returns nothing where the user ended the question, by Ctrl-C or Ctrl-D. */
export async function askLine(prompt: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  try {
    const answer = await new Promise<string | undefined>((resolve) => {
      lines.once('SIGINT', () => resolve(undefined))
      lines.once('close', () => resolve(undefined))
      lines.question(prompt, resolve)
    })
    if (answer === undefined) process.stderr.write('\n')
    return answer
  } finally {
    lines.close()
  }
}
