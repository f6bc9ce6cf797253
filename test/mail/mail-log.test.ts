import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMailLog } from '../../src/mail/mail-log.ts'

// Lines as chasquid 1.19 writes them.
const log = `sent 12
deferred 3
failed 1
refused 4
passwords 2
TH-6DypyPp8 from=i@example.org to=a@example.com failed (temporary): 451 4.7.1 greylisted, try again
Ax-6DypyPp8 from=i@example.org to=b@example.com failed (temporary): 451 4.7.1 Greylisted, come back
Bx-6DypyPp8 from=<> to=c@gmail.com failed (permanent): 550 5.7.26 This mail has been blocked because the sender is unauthenticated
`

test('counts are taken as they are, troubles are gathered by what to do about them', () => {
  const { reasons, ...counts } = parseMailLog(log)
  assert.deepEqual(counts, { sent: 12, deferred: 3, failed: 1, refused: 4, wrongPasswords: 2 })
  assert.deepEqual(
    reasons.map(({ count, kind, to, said }) => [count, kind, to, said.slice(0, 9)]),
    [
      [2, 'deferred', 'b@example.com', '451 4.7.1'],
      [1, 'failed', 'c@gmail.com', '550 5.7.2'],
    ],
  )
  assert.match(reasons[0]!.advice, /greylisting/)
  assert.match(reasons[1]!.advice, /SPF nor DKIM/)
})

test('a host that never had mail has nothing to tell', () => {
  const nothing = { sent: 0, deferred: 0, failed: 0, refused: 0, wrongPasswords: 0, reasons: [] }
  assert.deepEqual(parseMailLog('sent 0\ndeferred 0\nfailed 0\nrefused 0\npasswords 0\n'), nothing)
  assert.deepEqual(parseMailLog(''), nothing)
})
