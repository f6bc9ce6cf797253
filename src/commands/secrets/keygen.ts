import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { shorten } from '../../host/ssh-keys.ts'
import { newIdentity } from '../../local/age.ts'
import { ownIdentityFile } from '../keyring.ts'
import { UsageError } from '../options.ts'
import { RECIPIENTS_FILE } from './recipients.ts'

/** `provision secrets keygen`: a key of one's own, never in place of another. */
export async function keygen({ output }: { readonly output?: string }): Promise<number> {
  const file = output ?? ownIdentityFile()
  const { identity, recipient } = await newIdentity()
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const text = `# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${identity}\n`
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new UsageError(`cannot write ${file}: ${code}`)
    throw new UsageError(
      `${shorten(file)} exists: what is encrypted for the key in it could never be opened again without it`,
      'Use --output FILE for another one.',
    )
  }
  process.stderr.write(
    `Your key is in ${shorten(file)}. Nobody else may have it; keep a copy where you keep passwords.\n`,
  )
  process.stderr.write(`Your recipient, for ${RECIPIENTS_FILE}:\n`)
  process.stdout.write(`${recipient}\n`)
  return 0
}
