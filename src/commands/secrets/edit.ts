import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '../../core/error.ts'
import { isVariableFile } from '../../input/files.ts'
import { formatProblem } from '../../input/frame.ts'
import { parseYaml } from '../../input/yaml.ts'
import { makePrivateFolder, wipe } from '../../local/private-folder.ts'
import { askLine } from '../confirm.ts'
import { Keyring } from '../keyring.ts'
import { UsageError } from '../options.ts'
import { readSealedFile, replace } from './files.ts'
import { describeSeal, type RecipientFlags, sealed, sealFor } from './recipients.ts'

/** What a new file begins with. */
const BEGINNING = '# name: value\n'

/**
 * `provision secrets edit FILE`: decrypted for an editor, in a private folder that is gone afterwards, whatever happens;
 * encrypted anew only where something changed. A file that is not there yet is made.
 */
export async function edit(file: string, flags: RecipientFlags): Promise<number> {
  const isNew = !existsSync(file)
  const opened = isNew ? undefined : await new Keyring(flags).open(readSealedFile(file), file)
  // Who can read it must be known before anybody types.
  const seal = opened?.passphrase && !flags.passphrase ? { passphrase: opened.passphrase } : await sealFor(file, flags)
  const before = opened?.content ?? Buffer.from(BEGINNING)
  const after = await editedText(file, before)
  if (after === undefined || after.equals(before)) {
    process.stderr.write(isNew ? `Nothing was written: there is still no ${file}.\n` : `${file} is as it was.\n`)
    return 0
  }
  await replace(file, await sealed(after, seal))
  process.stderr.write(`${file}: encrypted ${describeSeal(seal)}\n`)
  return 0
}

/** @returns nothing where the user gave up. @throws {UsageError} when the editor failed. */
async function editedText(file: string, before: Buffer): Promise<Buffer | undefined> {
  const folder = makePrivateFolder()
  const end = untilEnded(folder)
  try {
    const copy = join(folder, basename(file).replace(/\.age$/, ''))
    writeFileSync(copy, before, { mode: 0o600, flag: 'wx' })
    for (;;) {
      await end.whileRunning(startEditor(copy))
      const after = readFileSync(copy)
      const mistakes = after.equals(before) ? '' : mistakesIn(after, file)
      if (mistakes === '') return after
      process.stderr.write(`${mistakes}\n`)
      if (!process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(`${file} is as it was.`)
      const answer = await askLine('Edit again? [Y/n] ')
      if (answer === undefined || /^n/i.test(answer.trim())) return undefined
    }
  } finally {
    end.now()
  }
}

/** What is wrong with the text; other files than YAML are taken as they are. */
function mistakesIn(text: Buffer, file: string): string {
  if (!isVariableFile(basename(file))) return ''
  try {
    parseYaml(text.toString('utf8'), file, true)
    return ''
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ hint: _, ...rest }) => formatProblem(rest)).join('\n')
    throw error
  }
}

/** The editor's command may have options, as a shell reads them. */
function startEditor(copy: string): ChildProcess {
  const command = process.env.VISUAL || process.env.EDITOR || 'vi'
  return spawn('sh', ['-c', `${command} "$1"`, 'sh', copy], { stdio: 'inherit' })
}

/** Removes the folder at the end, and when a signal ends this process before. */
function untilEnded(folder: string) {
  let editor: ChildProcess | undefined
  const clean = (): void => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, onSignal)
    process.off('exit', clean)
    wipe(folder)
  }
  const onSignal = (name: NodeJS.Signals): void => {
    // Ctrl-C goes to the editor, too, where it is a key like others.
    if (name === 'SIGINT' && editor !== undefined) return
    editor?.kill(name)
    clean()
    process.kill(process.pid, name)
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  process.on('exit', clean)
  return {
    now: clean,
    /** @throws {UsageError} when it does not end well. */
    async whileRunning(child: ChildProcess): Promise<void> {
      editor = child
      const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (...ended) => resolve(ended))
      })
      editor = undefined
      if (code === 0) return
      const hint = 'Which editor is started is said by VISUAL or EDITOR. The file is as it was.'
      throw new UsageError(`the editor ended with ${signal ?? `exit ${code}`}`, hint)
    },
  }
}
