import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Folder } from './run.ts'

const sample = (name: string): string => readFileSync(new URL(`../mail/messages/${name}`, import.meta.url), 'utf8')
const folder = new Folder({
  'good.eml': sample('gmail-ipv6.eml'),
  'bad.eml': sample('gmail-nothing-right.eml'),
  'evil.eml': sample('gmail-ipv6.eml').replace('Subject: Hello', 'Subject: \u001b[2JHello\u202e'),
  'letter.txt': 'From: i@example.org\nSubject: no message\n\nHello.\n',
})

describe('explain-mail', () => {
  test('tells the way of a message and what is right, and exits with 0', () => {
    const { code, stdout, stderr } = folder.provision('explain-mail', 'good.eml')
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^From i@example\.org\nSubject Hello\n/)
    assert.match(stdout, /^→ +1 s +mx\.google\.com +from smtp\.example\.org \[2001:db8:64::11\], ESMTPS, TLS 1\.3$/m)
    assert.match(stdout, /^ {2}✔ DMARC example\.org +pass/m)
  })

  test('tells what is wrong and what mends it, and exits with 1', () => {
    const { code, stdout } = folder.provision('explain-mail', 'bad.eml')
    assert.equal(code, 1)
    assert.match(stdout, /^ {2}✖ PTR +198\.51\.100\.11 has no PTR name/m)
    assert.match(stdout, /^ {4}→ If 198\.51\.100\.11 is yours, add ip4:198\.51\.100\.11 to the SPF record/m)
  })

  test('prints JSON', () => {
    const { code, stdout } = folder.provision('explain-mail', 'bad.eml', '--output', 'json')
    assert.equal(code, 1)
    const { message, findings } = JSON.parse(stdout) as { message: { from: string }; findings: { id: string }[] }
    assert.equal(message.from, 'i@example.org')
    assert.ok(findings.some(({ id }) => id === 'message-ptr-wrong'))
  })

  test('lets no message command the terminal', () => {
    const { stdout } = folder.provision('explain-mail', 'evil.eml')
    assert.match(stdout, /^Subject ␛\[2JHello<U\+202E>$/m)
  })

  test('says what it needs', () => {
    const cases: readonly [args: readonly string[], message: RegExp][] = [
      [['letter.txt'], /^letter\.txt holds no message: .*\n {2}In Gmail: /],
      [['-'], /^standard input holds no message/],
      [['nowhere.eml'], /^nowhere\.eml cannot be read: ENOENT/],
      [['good.eml', '--output', 'xml'], /^--output xml: the kinds are text and json/],
      [['good.eml', '--resolver', 'dns.example'], /"dns\.example" is no address of a name server/],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = folder.provision('explain-mail', ...args)
      assert.equal(code, 4)
      assert.match(stderr, message)
    }
  })
})
