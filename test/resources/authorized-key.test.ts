import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { authorizedKey, editKeys } from '../../src/resources/authorized-key.ts'
import { parsePublicKey, publicKey, writePublicKey } from '../../src/resources/public-key.ts'
import { cpuTime } from '../cpu-time.ts'
import { fc } from '../properties.ts'

/** A string as RFC 4251 §5 writes it. */
function wire(bytes: Buffer | string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(bytes))
  return Buffer.concat([length, Buffer.from(bytes)])
}

function makeKey(): string {
  const { publicKey: key } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  return `ssh-ed25519 ${Buffer.concat([wire('ssh-ed25519'), wire(raw)]).toString('base64')}`
}

const keys = Array.from({ length: 4 }, makeKey)
const [first = '', second = ''] = keys

describe('public keys', () => {
  it('are found on a line behind options, with quotes and blanks in them', () => {
    const options = 'restrict,command="echo \\"a b\\" # c",from="192.0.2.0/24"'
    const parsed = parsePublicKey(`  ${options}\t${first}  who it is `)
    assert.deepEqual(parsed, {
      options,
      type: 'ssh-ed25519',
      blob: first.split(' ')[1],
      comment: 'who it is',
    })
    assert.equal(writePublicKey(parsed), `${options} ${first} who it is`)
  })

  for (const line of ['', '# comment', `# ${first}`, `command="open ${first}`, 'ssh-ed25519', 'ssh-ed25519 <html>']) {
    it(`are not seen in ${JSON.stringify(line.slice(0, 30))}`, () => assert.equal(parsePublicKey(line), undefined))
  }

  it('are refused when any part at their end is missing', () => {
    const blob = first.split(' ')[1] ?? ''
    for (let length = 0; length < blob.replace(/=+$/, '').length; length++) {
      assert.equal(publicKey().safeParse(`ssh-ed25519 ${blob.slice(0, length)}`).success, false, `${length} characters`)
    }
    assert.equal(publicKey().safeParse(first).success, true)
  })

  it('are read in no time, whatever stands in the file of a user', () => {
    const started = cpuTime()
    for (const text of ['"\\"', 'a"', '\\"', '" ', 'ssh-ed25519 ']) parsePublicKey(text.repeat(60_000 / text.length))
    assert.ok(cpuTime() - started < 10_000)
  })
})

describe('editing authorized_keys', () => {
  const line = fc.oneof(
    fc.constantFrom('', '# comment', 'no key', ...keys),
    fc
      .tuple(
        fc.constantFrom('restrict ', 'command="a b" ', ''),
        fc.constantFrom(...keys),
        fc.constantFrom('', ' me', ' a b'),
      )
      .map((parts) => parts.join('')),
  )
  const file = fc.array(line).map((lines) => lines.map((each) => `${each}\n`).join(''))
  const wanted = fc
    .record({
      user: fc.constant('deploy'),
      key: fc.constantFrom([first], [first, second]),
      state: fc.constantFrom('present', 'absent'),
      options: fc.constantFrom(undefined, 'restrict'),
    })
    .map((params) => authorizedKey.params.parse(params))
  const bodies = (text: string) =>
    text
      .split('\n')
      .map((each) => parsePublicKey(each)?.blob)
      .filter(Boolean)

  it('twice is the same as once', () => {
    fc.assert(
      fc.property(file, wanted, (text, params) => {
        const once = editKeys(text, params)
        assert.equal(editKeys(once, params), once)
      }),
    )
  })

  it('has each wanted key once, or never, and keeps all other lines in their order', () => {
    fc.assert(
      fc.property(file, wanted, (text, params) => {
        const after = editKeys(text, params)
        const listed = params.key.map((each) => parsePublicKey(each)?.blob)
        for (const blob of listed) {
          assert.equal(bodies(after).filter((each) => each === blob).length, params.state === 'present' ? 1 : 0)
        }
        const others = (lines: string) =>
          lines.split('\n').filter((each) => !listed.includes(parsePublicKey(each)?.blob))
        assert.deepEqual(others(after), others(text))
      }),
    )
  })

  it('leaves nothing but the wanted keys and comments when they are exclusive', () => {
    fc.assert(
      fc.property(file, (text) => {
        const params = authorizedKey.params.parse({ user: 'deploy', key: first, exclusive: true })
        const left = editKeys(text, params)
          .split('\n')
          .filter((each) => each !== '' && each !== '# comment')
        assert.deepEqual(left, [first])
      }),
    )
  })
})
