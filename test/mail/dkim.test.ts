import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { it } from 'node:test'
import { formatDkimRecord } from '../../src/mail/dkim.ts'

it('a DKIM record holds the public key and fits into one TXT value', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const record = formatDkimRecord(text)
  assert.match(record, /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+=*$/)
  assert.ok(record.endsWith(text))
})
