import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isSealed } from '../../core/sealed.ts'
import { writeAtomically } from '../../local/files.ts'
import { UsageError } from '../options.ts'

/** Reads a file that a command is about. @throws {UsageError} */
export function readNamed(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(code === 'ENOENT' ? `there is no file ${file}` : `cannot read ${file}: ${code}`)
  }
}

/** Reads an encrypted file. @throws {UsageError} when it is not encrypted. */
export function readSealedFile(file: string): Buffer {
  const content = readNamed(file)
  if (isSealed(content)) return content
  throw new UsageError(`${file} is not encrypted`, `To encrypt it: provision secrets encrypt ${file}`)
}

/** Puts the new content in the place of the file, behind links, with the mode that it has. @throws {UsageError} */
export async function replace(file: string, content: string | Uint8Array): Promise<void> {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    await writeAtomically(stats ? realpathSync(file) : file, content, stats ? stats.mode & 0o777 : 0o600)
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`, 'It is as it was.')
  }
}
