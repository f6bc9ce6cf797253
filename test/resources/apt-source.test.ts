import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { armour } from '../../src/resources/apt-source.ts'

const binary = readFileSync(new URL('../e2e/resources/files/apt-life.gpg', import.meta.url))

/** The bytes inside, found as apt finds them: what stands between the empty line and the checksum or the end. */
function unarmour(text: string): Buffer {
  const { stdout } = spawnSync('sh', ['-c', `awk '/^$/{ x = 1; } /^[^=-]/{ if (x) { print $0; }; }' | base64 -d`], {
    input: text,
  })
  return stdout
}

describe('the key of a repository', () => {
  it('gets its armour when it is binary', () => {
    assert.deepEqual(unarmour(armour(binary) ?? ''), binary)
  })

  it('stays as it is when it has one, but for what stands around it', () => {
    const text = armour(binary) ?? ''
    assert.equal(armour(Buffer.from(`\n${text.replaceAll('\n', '\r\n')}\n\n`)), text)
    const withChecksum = text.replace('-----END', '=VOwN\n-----END')
    assert.equal(armour(Buffer.from(withChecksum)), withChecksum)
  })

  const text = armour(binary) ?? ''
  const refused: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'an error page': Buffer.from('<html>404</html>\n'),
    'a key without its end': Buffer.from(text.slice(0, -20)),
    'a key without the empty line, in which apt finds nothing': Buffer.from(text.replace('\n\n', '\n')),
    'a private key behind the public one': Buffer.from(`${text}${text.replaceAll('PUBLIC', 'PRIVATE')}${text}`),
    'a binary private key': Buffer.from([0x94, ...binary.subarray(1)]),
    'a binary signature': Buffer.from([0x88, ...binary.subarray(1)]),
  }
  for (const [what, key] of Object.entries(refused)) {
    it(`is not ${what}`, () => assert.equal(armour(key), undefined))
  }
})
