import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Secret } from '../../core/secret.ts'
import { stateFile } from '../../local/state.ts'
import { UsageError } from '../options.ts'

const BYTES = 32

/** What plans are sealed with, and everything in them that must not be readable is hashed with. It never leaves this machine. */
export interface PlanKey {
  /** Tells keys apart; says nothing about the key. */
  readonly id: string
  /** HMAC-SHA256 (RFC 2104) of a value, cut to 128 bits, in base64url: without the key nobody can try out what a short secret was. */
  hash(value: unknown): string
}

export function keyFile(): string {
  return stateFile('plan-key')
}

/** The key of this user on this machine; nothing where no plan was ever made. @throws {UsageError} when it cannot be read. */
export function findKey(): PlanKey | undefined {
  try {
    return keyOf(readFileSync(keyFile()))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(error)
  }
}

/** The key of this user, made where there is none. @throws {UsageError} when it can be neither read nor made. */
export function ownKey(): PlanKey {
  const found = findKey()
  if (found) return found
  try {
    mkdirSync(dirname(keyFile()), { recursive: true, mode: 0o700 })
    writeFileSync(keyFile(), randomBytes(BYTES), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    // Another run has just made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      rmSync(keyFile(), { force: true })
      throw unusable(error)
    }
  }
  return keyOf(readFileSync(keyFile()))
}

function unusable(error: unknown): Error {
  if (!(error instanceof Error) || !('code' in error)) return error as Error
  return new UsageError(`the key of plans ${keyFile()} cannot be used: ${error.code}`)
}

function keyOf(bytes: Buffer): PlanKey {
  if (bytes.length !== BYTES) {
    const message = `${keyFile()} is no key: it holds ${bytes.length} bytes, not ${BYTES}`
    throw new UsageError(message, 'Remove it: the next plan makes a new one. Plans made before cannot be applied then.')
  }
  return {
    id: createHash('sha256').update('provision plan key\n').update(bytes).digest('base64url').slice(0, 12),
    hash: (value) => createHmac('sha256', bytes).update(canonical(value)).digest('base64url').slice(0, 22),
  }
}

/** Text that is the same for equal values, and another for any other: secrets by their value, bytes by their bytes. */
function canonical(value: unknown): string {
  if (value === undefined) return 'u'
  if (value instanceof Secret) return `s${JSON.stringify(value.reveal())}`
  if (value instanceof Uint8Array) return `b"${Buffer.from(value).toString('base64')}"`
  if (value instanceof Set || Array.isArray(value)) return `[${[...value].map(canonical).join()}]`
  if (value instanceof Map) return canonical([...value])
  if (value instanceof RegExp || value instanceof Date) return `x${JSON.stringify(String(value))}`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? `x${JSON.stringify(String(value))}`
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && typeof inner !== 'function')
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join()}}`
}
