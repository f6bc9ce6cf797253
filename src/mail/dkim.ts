/**
 * The TXT value of a DKIM key record (RFC 6376 section 3.6.1).
 *
 * @param publicKey SubjectPublicKeyInfo in base64, without line breaks.
 */
export function formatDkimRecord(publicKey: string): string {
  return `v=DKIM1; k=rsa; p=${publicKey}`
}
