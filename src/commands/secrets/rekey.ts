import { Keyring } from '../keyring.ts'
import { UsageError } from '../options.ts'
import { readSealedFile, replace } from './files.ts'
import { describeSeal, type RecipientFlags, type Seal, sealed, sealFor } from './recipients.ts'

/**
 * `provision secrets rekey FILE…`: for the recipients that there are now. All or none: every file is decrypted and
 * encrypted anew before the first is replaced, and put back where one cannot be replaced.
 */
export async function rekey(files: readonly string[], flags: RecipientFlags): Promise<number> {
  // With -p the file has the new passphrase.
  const { passphraseFile: _, ...keys } = flags
  const keyring = new Keyring(flags.passphrase ? keys : flags)
  const made: { file: string; before: Buffer; text: string; said: string }[] = []
  let passphrase: Seal | undefined
  for (const file of files) {
    const before = readSealedFile(file)
    const { content } = await keyring.open(before, file)
    const seal = passphrase ?? (await sealFor(file, flags))
    if ('passphrase' in seal) passphrase = seal
    made.push({ file, before, text: await sealed(content, seal), said: describeSeal(seal) })
  }
  const done: typeof made = []
  try {
    for (const one of made) {
      await replace(one.file, one.text)
      done.push(one)
    }
  } catch (error) {
    for (const { file, before } of done) await replace(file, before)
    throw error instanceof UsageError ? new UsageError(error.message, 'All files are as they were.') : error
  }
  for (const { file, said } of made) process.stderr.write(`${file}: encrypted ${said}\n`)
  process.stderr.write('Whoever could open them before may have kept what was in them: change those secrets, too.\n')
  return 0
}
