import { scryptSync, timingSafeEqual } from 'node:crypto'
import { formatValue, parseString } from './text-proto.ts'

/**
 * Entries of chasquid's user database, `domains/DOMAIN/users`.
 * Source: chasquid's internal/userdb/{userdb.proto,userdb.go}. An entry written here was accepted by 1.11, 1.15 and 1.19.
 */
export type UserEntry =
  | Scrypt
  /** May not log in, only receive (1.13 and newer). */
  | { readonly kind: 'denied' }
  /** A hash of another kind, such as bcrypt. */
  | { readonly kind: 'other' }

export interface Scrypt {
  readonly kind: 'scrypt'
  /** Binary logarithm of the cost. */
  readonly logN: number
  readonly r: number
  readonly p: number
  readonly salt: Buffer
  readonly encrypted: Buffer
}

/** chasquid's own parameters for new users. */
const COST = { logN: 14, r: 8, p: 1, keyLength: 32, saltLength: 16 }

/** A host could name any cost, and make the controller compute for hours: anything above is taken as another password. */
const HIGHEST_COST = { logN: 18, r: 16, p: 4, keyLength: 128 }

/**
 * The entry of a user with this password. The same user and password give the same entry, so that a plan can be made twice.
 * The salt comes from scrypt itself: a cheaper function of the password would let a thief of the file try passwords cheaply.
 */
export function hashPassword(password: string, account: string): Scrypt {
  const { logN, r, p, keyLength, saltLength } = COST
  const salt = derive(password, Buffer.from(`chasquid user ${account}`), saltLength, { logN, r, p })
  return { kind: 'scrypt', logN, r, p, salt, encrypted: derive(password, salt, keyLength, { logN, r, p }) }
}

/** Whether this is the entry's password; never for an entry of another kind, or of a cost that nobody meant. */
export function verifyPassword(entry: UserEntry, password: string): boolean {
  if (entry.kind !== 'scrypt') return false
  const { logN, r, p, salt, encrypted } = entry
  const isTooCostly =
    logN > HIGHEST_COST.logN || r > HIGHEST_COST.r || p > HIGHEST_COST.p || encrypted.length > HIGHEST_COST.keyLength
  if (isTooCostly || encrypted.length === 0) return false
  return timingSafeEqual(derive(password, salt, encrypted.length, { logN, r, p }), encrypted)
}

/** The text of an entry, as chasquid-util writes it. */
export function formatUserEntry(name: string, entry: Exclude<UserEntry, { kind: 'other' }>): string {
  const value =
    entry.kind === 'denied'
      ? ['    denied: {}']
      : [
          '    scrypt: {',
          `      logN: ${entry.logN}`,
          `      r: ${entry.r}`,
          `      p: ${entry.p}`,
          `      keyLen: ${entry.encrypted.length}`,
          `      salt: ${formatValue(entry.salt)}`,
          `      encrypted: ${formatValue(entry.encrypted)}`,
          '    }',
        ]
  return ['users: {', `  key: ${formatValue(name)}`, '  value: {', ...value, '  }', '}', ''].join('\n')
}

/** Reads one entry; nothing when there is none. */
export function parseUserEntry(text: string): UserEntry | undefined {
  if (text.trim() === '') return undefined
  if (/^\s*denied:?\s*\{/m.test(text)) return { kind: 'denied' }
  const fields = new Map(
    [...text.matchAll(/^\s*(\w+):\s*("(?:[^"\\]|\\.)*"|\d+)\s*$/gm)].map(([, key, value]) => [key, value]),
  )
  const number = (key: string) => Number(fields.get(key))
  const salt = parseString(fields.get('salt') ?? '')
  const encrypted = parseString(fields.get('encrypted') ?? '')
  if (!/^\s*scrypt:?\s*\{/m.test(text) || !salt || !encrypted || encrypted.length !== number('keyLen')) {
    return { kind: 'other' }
  }
  const [logN, r, p] = [number('logN'), number('r'), number('p')]
  const isComplete = [logN, r, p].every((value) => Number.isInteger(value) && value > 0)
  return isComplete ? { kind: 'scrypt', logN, r, p, salt, encrypted } : { kind: 'other' }
}

function derive(password: string, salt: Buffer, length: number, cost: { logN: number; r: number; p: number }): Buffer {
  const N = 2 ** cost.logN
  return scryptSync(Buffer.from(password, 'utf8'), salt, length, {
    N,
    r: cost.r,
    p: cost.p,
    maxmem: 256 * N * cost.r,
  })
}
