/** The first line of a file of age as text, and as bytes (age-encryption.org/v1, https://c2sp.org/age). */
export const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'
export const VERSION = 'age-encryption.org/v1\n'

/** Whether these are the bytes of a file that age encrypted, whatever its name is. */
export function isSealed(content: Uint8Array): boolean {
  const start = Buffer.from(content.subarray(0, 200)).toString('latin1').trimStart()
  return start.startsWith(ARMOR) || start.startsWith(VERSION)
}
