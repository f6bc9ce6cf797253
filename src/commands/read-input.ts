import { readFileSync } from 'node:fs'
import { InputError } from '../core/error.ts'
import type { Masker } from '../core/secret.ts'
import { SealedFilesError } from '../input/files.ts'
import { type Prompt, PromptsError } from '../input/prompts.ts'
import { askLine } from './confirm.ts'
import { type KeyFlags, Keyring } from './keyring.ts'
import { UsageError } from './options.ts'
import { askHidden } from './password.ts'
import { maskProblems } from './secrets.ts'

/** What reading input needs besides the files as they are. */
export interface Known {
  /** The texts of encrypted files, by path. */
  readonly decrypted: ReadonlyMap<string, string>
  /** What the user said when asked, by the name of the variable. */
  readonly answers: ReadonlyMap<string, string>
}

/**
 * Reads input; where it meets encrypted files, or variables that a play has the user asked for, these are decrypted and
 * asked for, and it is read again. Mistakes show no secrets.
 *
 * @throws {InputError | UsageError}
 */
export async function readInput<T>(
  flags: KeyFlags,
  masker: Masker,
  read: (known: Known) => T,
): Promise<{ readonly value: T; readonly known: Known }> {
  const keyring = new Keyring(flags, (secret) => masker.add(secret))
  let known: Known = { decrypted: new Map(), answers: new Map() }
  for (;;) {
    const settled = known
    try {
      return { value: maskProblems(masker, () => read(settled)), known }
    } catch (error) {
      if (error instanceof SealedFilesError)
        known = { ...known, decrypted: await decryptAll(error.paths, known, keyring) }
      else if (error instanceof PromptsError) known = { ...known, answers: await askAll(error.prompts, known, masker) }
      else throw error
    }
  }
}

async function decryptAll(
  paths: readonly string[],
  { decrypted }: Known,
  keyring: Keyring,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map(decrypted)
  // One after another: each may ask for a passphrase.
  for (const path of paths) {
    const { content } = await keyring.open(readFileSync(path), path)
    texts.set(path, content.toString('utf8'))
  }
  return texts
}

async function askAll(
  prompts: readonly Prompt[],
  { answers }: Known,
  masker: Masker,
): Promise<ReadonlyMap<string, string>> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new InputError(
      prompts.map((prompt) =>
        prompt.problem(
          `"${prompt.name}" is to be asked for, and there is no terminal`,
          prompt.private ? `put it into an encrypted file: -e @FILE` : `-e ${prompt.name}=…, or -e @FILE`,
        ),
      ),
    )
  }
  const all = new Map(answers)
  for (const prompt of prompts) {
    const answer = await ask(prompt)
    if (prompt.private) masker.add(answer)
    all.set(prompt.name, answer)
  }
  return all
}

async function ask(prompt: Prompt): Promise<string> {
  const question = async (text: string): Promise<string> => {
    const answer = prompt.private ? (await askHidden(text))?.reveal() : await askLine(text)
    if (answer === undefined) throw new UsageError('No answer was given. Nothing was contacted.')
    return answer
  }
  const shown = prompt.default !== undefined && !prompt.private ? ` [${prompt.default}]` : ''
  for (;;) {
    const answer = await question(`${prompt.prompt.replace(/[:\s]+$/, '')}${shown}: `)
    if (!prompt.confirm || answer === (await question('once more: ')))
      return answer === '' ? (prompt.default ?? '') : answer
    process.stderr.write('These were two different answers.\n')
  }
}
