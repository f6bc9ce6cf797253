import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Secret } from '../../core/secret.ts'
import { armored, encrypt, encryptWithPassphrase } from '../../local/age.ts'
import { type KeyFlags, passphraseOf } from '../keyring.ts'
import { UsageError } from '../options.ts'
import { askHidden } from '../password.ts'

/** The file that lists who can open the encrypted files beside and below it. */
export const RECIPIENTS_FILE = 'secrets.recipients'

/** For whom to encrypt, as the command line says it; the words are those of age(1). */
export interface RecipientFlags extends KeyFlags {
  readonly recipient?: readonly string[]
  readonly recipientsFile?: readonly string[]
  readonly passphrase?: boolean
}

/** How to encrypt a file. */
export type Seal =
  | { readonly passphrase: Secret }
  | { readonly recipients: readonly string[] /** As messages name them. */; readonly names: readonly string[] }

/**
 * For whom a file is to be encrypted: what the command line says, or the nearest `secrets.recipients` upwards from it.
 *
 * @param twice a new passphrase is typed twice.
 * @throws {UsageError} when nobody is.
 */
export async function sealFor(file: string, flags: RecipientFlags, twice = true): Promise<Seal> {
  if (flags.passphrase) return { passphrase: await newPassphrase(flags, twice) }
  const { recipient = [], recipientsFile = [] } = flags
  const near = recipient.length + recipientsFile.length === 0 ? nearestFile(file) : undefined
  const files = near === undefined ? recipientsFile : [near]
  const entries = [...recipient.map((one) => ({ recipient: one, name: one })), ...files.flatMap(readRecipients)]
  if (entries.length === 0) {
    throw new UsageError(
      `for whom is ${file} to be encrypted?`,
      `List their recipients in a file "${RECIPIENTS_FILE}" beside it or above, one a line ("provision secrets keygen" prints yours), or use -r, -R or -p.`,
    )
  }
  return { recipients: entries.map((one) => one.recipient), names: entries.map(({ name }) => name) }
}

/** The text of the encrypted file. */
export async function sealed(content: Uint8Array, seal: Seal): Promise<string> {
  return armored(
    'passphrase' in seal
      ? await encryptWithPassphrase(content, seal.passphrase)
      : await encrypt(content, seal.recipients),
  )
}

/** `for anna, ben` or `with a passphrase`. */
export function describeSeal(seal: Seal): string {
  return 'passphrase' in seal ? 'with a passphrase' : `for ${seal.names.join(', ')}`
}

async function newPassphrase(flags: RecipientFlags, twice: boolean): Promise<Secret> {
  const passphrase = await passphraseOf(flags, 'new passphrase: ')
  if (passphrase === undefined) {
    throw new UsageError('-p asks for a passphrase, and there is no terminal to ask on', 'Use --passphrase-file FILE.')
  }
  if (passphrase.reveal() === '') throw new UsageError('an empty passphrase protects nothing')
  if (!twice || flags.passphraseFile !== undefined) return passphrase
  const again = await askHidden('once more: ')
  if (again?.reveal() !== passphrase.reveal()) throw new UsageError('these were two different passphrases')
  return passphrase
}

function nearestFile(file: string): string | undefined {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const candidate = join(folder, RECIPIENTS_FILE)
    if (existsSync(candidate)) return relative('', candidate)
    // Beyond a repository nothing of its team is to be expected.
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined
  }
}

/** One a line, as age(1) has it; a comment above a line, or at the end of an SSH key, is the name of whose it is. */
function readRecipients(file: string): readonly { readonly recipient: string; readonly name: string }[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
  let comment = ''
  const found = text.split('\n').flatMap((raw) => {
    const line = raw.trim()
    if (line.startsWith('AGE-SECRET-KEY-')) {
      throw new UsageError(
        `${file} holds a private key: recipients begin with age1 or ssh-`,
        'Remove it, and make another key.',
      )
    }
    const above = comment
    comment = line.startsWith('#') ? line.slice(1).trim() : ''
    if (line === '' || line.startsWith('#')) return []
    const own = line.startsWith('ssh-') ? line.split(/\s+/).slice(2).join(' ') : ''
    return [{ recipient: line, name: own || above || `${line.slice(0, 12)}…` }]
  })
  if (found.length === 0) throw new UsageError(`${file} lists no recipient`)
  return found
}
