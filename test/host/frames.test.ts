import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameMerger, FrameScanner, type Side } from '../../src/host/frames.ts'
import { fc } from '../properties.ts'

const nonce = '0123456789abcdef0123456789abcdef'

/** Raw bytes joined, lines as words: what a scanner says however its input is cut. */
function scan(bytes: Buffer, cuts: readonly number[]): string[] {
  const scanner = new FrameScanner(nonce, ([kind, length]) => (kind === 'data' ? Number(length) : 0))
  const found: string[] = []
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  for (let i = 1; i < edges.length; i++) {
    for (const token of scanner.push(bytes.subarray(edges[i - 1], edges[i]))) {
      const last = found.at(-1)
      if (!('raw' in token)) found.push(`line ${token.words.join(' ')}|${token.payload.toString('latin1')}`)
      else if (last?.startsWith('raw ')) found[found.length - 1] = last + token.raw.toString('latin1')
      else found.push(`raw ${token.raw.toString('latin1')}`)
    }
  }
  return found
}

test('tokens do not depend on how the bytes are cut into chunks', () => {
  const text =
    `noise ${nonce.slice(0, 20)} more${nonce} turn 1\nout${nonce} data 50\n${nonce} turn 9\nof a payload`.padEnd(
      220,
      'x',
    )
  const bytes = Buffer.from(`${text}${nonce} end\n`)
  const whole = scan(bytes, [])
  assert.equal(whole[1], 'line turn 1|')
  assert.match(whole[3] ?? '', /^line data 50\|0123456789abcdef0123456789abcdef turn 9\nof a pay/)
  fc.assert(fc.property(fc.array(fc.nat()), (cuts) => assert.deepEqual(scan(bytes, cuts), whole)))
})

test('bytes that cannot begin a line are handed on at once', () => {
  const scanner = new FrameScanner(nonce, () => 0)
  const [token] = [...scanner.push(Buffer.from('progress 10%\r'))]
  assert.ok(token && 'raw' in token)
  assert.equal(token.raw.toString(), 'progress 10%\r')
})

test('a line counts once it was seen on both outputs, and bytes stay between the lines around them', () => {
  const seen: string[] = []
  const merger = new FrameMerger(nonce, {
    raw: (side: Side, bytes) => seen.push(`${side} ${bytes}`),
    line: (words, payload) => seen.push(`${words.join(' ')} ${payload}`.trim()),
  })
  merger.push('stderr', Buffer.from(`${nonce} change 1\nwarning${nonce} done 1\n`))
  assert.deepEqual(seen, [])
  merger.push('stdout', Buffer.from(`${nonce} change 1\nhello`))
  assert.deepEqual(seen, ['change 1', 'stderr warning', 'stdout hello'])
  merger.push('stdout', Buffer.from(`${nonce} done 1\n${nonce} answer 0 3\nabc`))
  merger.push('stderr', Buffer.from(`${nonce} answer 0 3\n`))
  assert.deepEqual(seen.slice(3), ['done 1', 'answer 0 3 abc'])
})
