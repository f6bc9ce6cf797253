import { type KeyFlags, Keyring } from '../keyring.ts'
import { readSealedFile } from './files.ts'

/** `provision secrets view FILE`: decrypted, on standard output only. */
export async function view(file: string, flags: KeyFlags): Promise<number> {
  const { content } = await new Keyring(flags).open(readSealedFile(file), file)
  process.stdout.write(content)
  return 0
}
