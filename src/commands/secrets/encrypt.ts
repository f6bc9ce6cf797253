import { existsSync } from 'node:fs'
import { isSealed } from '../../core/sealed.ts'
import { UsageError } from '../options.ts'
import { readNamed, replace } from './files.ts'
import { describeSeal, type RecipientFlags, sealed, sealFor } from './recipients.ts'

export interface EncryptFlags extends RecipientFlags {
  readonly output?: string
}

/** `provision secrets encrypt FILE…`: in place, each file whole or not at all; all are read before any is replaced. */
export async function encryptFiles(files: readonly string[], flags: EncryptFlags): Promise<number> {
  const { output } = flags
  if (output !== undefined && files.length > 1) throw new UsageError('--output is for one file')
  if (output !== undefined && existsSync(output)) throw new UsageError(`${output} exists`)
  const plain = files.map((file) => {
    const content = readNamed(file)
    if (!isSealed(content)) return { file, content }
    throw new UsageError(`${file} is encrypted already`, `For other recipients: provision secrets rekey ${file}`)
  })
  let passphrase: Awaited<ReturnType<typeof sealFor>> | undefined
  const made: { file: string; text: string; said: string }[] = []
  for (const { file, content } of plain) {
    const seal = passphrase ?? (await sealFor(output ?? file, flags))
    if ('passphrase' in seal) passphrase = seal
    made.push({ file: output ?? file, text: await sealed(content, seal), said: describeSeal(seal) })
  }
  for (const { file, text, said } of made) {
    await replace(file, text)
    process.stderr.write(`${file}: encrypted ${said}\n`)
  }
  return 0
}
