import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Masker, Secret } from '../../src/core/secret.ts'
import { quote } from '../../src/core/shell.ts'
import { fc } from '../properties.ts'

const password = 'p@ss "w\'rd"/9+ü'

function knows(...values: readonly string[]): Masker {
  const masker = new Masker()
  for (const value of values) masker.add(value)
  return masker
}

describe('a masker hides a value', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const forms: readonly (readonly [string, string, string])[] = [
    ['as it is', `login ${password} done`, 'login ‹secret› done'],
    ['in JSON', `{"p":${JSON.stringify(password)}}`, '{"p":"‹secret›"}'],
    ['as a word of a shell', `printf %s ${quote(password)}`, "printf %s '‹secret›'"],
    ['as bash and dash show it in a trace', `+ x '${password.replaceAll("'", `'"'"'`)}'`, "+ x '‹secret›'"],
    ['percent-encoded', `?p=${encodeURIComponent(password)}&b`, '?p=‹secret›&b'],
    ['percent-encoded in lower case', `p=${encodeURIComponent('ä/ö?x=y').toLowerCase()}.`, 'p=‹secret›.'],
    ['as a form is sent', `p=${new URLSearchParams({ p: password }).toString().slice(2)}&b`, 'p=‹secret›&b'],
    ['in base64', `x ${base64(password)} y`, 'x ‹secret› y'],
    ['in base64 without padding', `x ${base64(password).replace(/=+$/, '')} y`, 'x ‹secret› y'],
    ['in base64 for URLs', `x ${Buffer.from(password).toString('base64url')} y`, 'x ‹secret› y'],
  ]
  for (const [how, text, masked] of forms) {
    it(how, () => assert.equal(knows(password, 'ä/ö?x=y').mask(text), masked))
  }

  it('at each of the three positions inside longer base64 text', () => {
    const masker = knows('correct horse battery')
    for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
      const masked = masker.mask(base64(`${before}correct horse battery and more`))
      assert.match(masked, /^[A-Za-z0-9+/]*‹secret›[A-Za-z0-9+/=]*$/, before)
      const left = Buffer.from(masked.replace('‹secret›', ''), 'base64').toString()
      assert.doesNotMatch(left, /orrect|horse|batter/, before)
    }
  })

  it('in each line of several, and broken as base64(1) breaks it', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADAN'.repeat(5)}\n${'Bgkqhkig9w0B'.repeat(5)}\nAQ==\n-----END PRIVATE KEY-----\n`
    const masker = knows(key)
    assert.equal(masker.mask(`2 ${'Bgkqhkig9w0B'.repeat(5)}.`), '2 ‹secret›.')
    assert.equal(masker.mask('-----BEGIN PRIVATE KEY-----'), '-----BEGIN PRIVATE KEY-----')
    const broken = base64(key).replace(/.{76}/g, '$&\n')
    assert.equal(masker.mask(broken).replaceAll(/‹secret›|\s/g, ''), '')
  })

  it('in base64 text that is broken across lines, wherever it stands', () => {
    const secret = 'correct-horse/battery+staple'
    const masker = knows(secret)
    for (const columns of [64, 76]) {
      for (let before = 0; before < 120; before++) {
        const whole = base64(`${'x'.repeat(before)}${secret}${'y'.repeat(70)}`)
        const masked = masker.mask(`a:\n${whole.replace(new RegExp(`.{${columns}}`, 'g'), '$&\n')}\n`)
        const left = masked
          .slice(3)
          .split(/‹secret›/)
          .map((part, index) => {
            const text = part.replaceAll('\n', '')
            // From its own position on, what is behind can be read.
            return index === 0 ? text : text.slice(-Math.floor(text.length / 4) * 4)
          })
        const read = left.map((text) => Buffer.from(text, 'base64').toString('latin1')).join(' ')
        assert.doesNotMatch(read, /corr|horse|batt|stap/, `${columns} ${before}\n${masked}`)
        assert.equal(left.length, 2)
      }
    }
  })

  it('that is cut off, before the cut and behind it', () => {
    const masker = knows('correct horse battery')
    assert.equal(masker.mask('echo correct ho …'), 'echo ‹secret› …')
    assert.equal(
      masker.mask('echo correct ho\n… 17 bytes left out …\nse battery!'),
      'echo ‹secret›\n… 17 bytes left out …\n‹secret›!',
    )
    assert.equal(masker.mask('… battery'), '…‹secret›')
    assert.equal(masker.mask('nothing of it …'), 'nothing of it …')
  })

  it('that overlaps another', () => {
    assert.equal(knows('abcdefgh', 'efghijkl').mask('<abcdefghijkl>'), '<‹secret›>')
  })

  it('short values as whole words only, and not at all under four characters', () => {
    const masker = knows('mail', 'abc')
    assert.equal(masker.mask('mail, mailbox, /mail/ and abc'), '‹secret›, mailbox, /‹secret›/ and abc')
    assert.equal(masker.mask(`x ${base64('mail')} y`), 'x ‹secret›== y')
  })

  it('whatever it is and wherever it stands', () => {
    const text = fc.string({ minLength: 7, maxLength: 40, unit: 'grapheme' }).filter((value) => value.trim().length > 6)
    fc.assert(
      fc.property(text, fc.string(), fc.string(), (secret, before, after) => {
        const masker = knows(secret)
        const whole = `${before}${secret}${after}`
        for (const said of [
          whole,
          JSON.stringify(whole),
          encodeURIComponent(whole),
          quote(whole.replaceAll('\0', '')),
        ]) {
          assert.ok(!masker.mask(said).includes(secret))
        }
        const left = Buffer.from(masker.mask(base64(whole)).replaceAll('‹secret›', ' '), 'base64')
        assert.ok(!left.toString().includes(secret))
      }),
      { numRuns: 300 },
    )
  })
})

describe('a masker', () => {
  it('masks plain data deeply, keys included, and knows a Secret', () => {
    const masker = new Masker()
    masker.add(new Secret('hunter22'))
    assert.deepEqual(masker.maskAll({ hunter22: ['x hunter22', 7, null, { a: 'hunter22' }] }), {
      '‹secret›': ['x ‹secret›', 7, null, { a: '‹secret›' }],
    })
  })

  it('says where a text can be cut without cutting a secret', () => {
    const masker = knows('correct horse battery')
    const text = `${'x'.repeat(100)}correct horse battery${'y'.repeat(20)}`
    assert.equal(masker.cut(text), 100)
  })

  it('takes under 3 s for 10 MB and 100 secrets, a tenth of which are keys', (context) => {
    const random = (index: number): string =>
      Buffer.from(`${index}`.repeat(13))
        .toString('base64')
        .slice(0, 12 + (index % 24))
    const secrets = Array.from({ length: 100 }, (_, i) =>
      i % 10 === 0 ? Array.from({ length: 28 }, (_, j) => random(i * 28 + j).padEnd(64, 'Qq')).join('\n') : random(i),
    )
    const masker = knows(...secrets)
    const line = `Nov 22 21:00:00 mx1 chasquid[1]: ${'message from <i@example.org> '.repeat(4)}`
    const text = Array.from({ length: 70_000 }, (_, i) => (i % 100 === 0 ? `${line}${secrets[i % 97]}` : line)).join(
      '\n',
    )
    // What this process worked, not what it waited for on a busy machine.
    const started = process.cpuUsage()
    const masked = masker.mask(text)
    const milliseconds = Math.round(process.cpuUsage(started).user / 1000)
    context.diagnostic(`${(text.length / 1e6).toFixed(1)} MB in ${milliseconds} ms`)
    assert.ok(masked.split('‹secret›').length > 700)
    assert.ok(milliseconds < 3000)
  })
})
