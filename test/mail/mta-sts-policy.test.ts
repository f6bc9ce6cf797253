import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatMtaStsPolicy, formatMtaStsRecord } from '../../src/mail/mta-sts.ts'
import { parseMtaStsPolicy, readMtaStsId } from '../../src/mail/mta-sts-policy.ts'

describe('a policy of MTA-STS', () => {
  // RFC 8461 appendix B, the second policy of section 3.2 in essence.
  const policy = { mode: 'enforce', mx: ['mail.example.com', '*.example.net', 'backupmx.example.com'], maxAge: 604800 }

  it('is read as the RFC writes it', () => {
    const lines = [
      'version: STSv1',
      'mode: enforce',
      'mx: mail.example.com',
      'mx: *.example.net',
      'mx: backupmx.example.com',
      'max_age: 604800',
    ]
    for (const end of ['\n', '\r\n']) {
      assert.deepEqual(parseMtaStsPolicy(lines.map((line) => line + end).join('')), policy)
      assert.deepEqual(parseMtaStsPolicy(lines.join(end)), policy)
    }
  })

  it('is read as it is written', () => {
    const wanted = { mode: 'testing', mx: ['smtp.example.org'], maxAge: 86400 } as const
    assert.deepEqual(parseMtaStsPolicy(formatMtaStsPolicy(wanted)), wanted)
  })

  it('may hold unknown fields; of two the first counts', () => {
    const text = 'version:STSv1\nmode: testing\t\nmode: enforce\nmx: a.test\nmax_age: 1\nfuture: yes\n\n'
    assert.deepEqual(parseMtaStsPolicy(text), { mode: 'testing', mx: ['a.test'], maxAge: 1 })
  })

  it('needs no mx to be none', () => {
    assert.deepEqual(parseMtaStsPolicy('version: STSv1\nmode: none\nmax_age: 0\n'), { mode: 'none', mx: [], maxAge: 0 })
  })

  it('says all that is wrong with it', () => {
    const cases: readonly [text: string, mistakes: readonly string[]][] = [
      [
        '',
        [
          'version is missing instead of STSv1',
          'mode is missing instead of enforce, testing, none',
          'there is no mx',
          'max_age is missing instead of 0 to 31557600 seconds',
        ],
      ],
      ['<html>', ['"<html>" is no "key: value"']],
      ['version: STSv2\n', ['version is "STSv2" instead of STSv1']],
      ['mode: Enforce\n', ['mode is "Enforce" instead of enforce, testing, none']],
      ['mx: mail_1.test\n', ['mx "mail_1.test" is no host name']],
      ['mx: mx.*.test\n', ['mx "mx.*.test" is no host name']],
      ['mx: mx.test.\n', ['mx "mx.test." is no host name']],
      ['max_age: 31557601\n', ['max_age is "31557601" instead of 0 to 31557600 seconds']],
      ['max_age: -1\n', ['max_age is "-1" instead of 0 to 31557600 seconds']],
    ]
    for (const [text, wanted] of cases) {
      const read = parseMtaStsPolicy(text)
      assert.ok('mistakes' in read, text)
      for (const mistake of wanted) assert.ok(read.mistakes.includes(mistake), `${text}: ${read.mistakes.join('; ')}`)
    }
  })
})

describe('a record of MTA-STS', () => {
  const cases: readonly [values: readonly string[], read: ReturnType<typeof readMtaStsId>][] = [
    [['v=STSv1; id=20160831085700Z;'], { id: '20160831085700Z' }],
    [['v=spf1 -all', 'v=STSv1;id=1'], { id: '1' }],
    [['v=STSv1; future=yes; id=1; more=no'], { id: '1' }],
    [[], { mistake: 'there is no record v=STSv1' }],
    [['v=STSv1x; id=1'], { mistake: 'there is no record v=STSv1' }],
    [['v=STSv1; id=1', 'v=STSv1; id=2'], { mistake: 'there are 2 records v=STSv1, so that none counts' }],
    [['v=STSv1;'], { mistake: 'its id is missing' }],
    [['v=STSv1; id=2016-08-31;'], { mistake: 'its id "2016-08-31" is not of 1 to 32 letters and digits' }],
    [['v=STSv1; id=;'], { mistake: 'its id "" is not of 1 to 32 letters and digits' }],
  ]
  for (const [values, read] of cases) {
    it(`${JSON.stringify(values)} says ${JSON.stringify(read)}`, () => assert.deepEqual(readMtaStsId(values), read))
  }

  it('is read as it is written', () => {
    const record = formatMtaStsRecord({ mode: 'enforce', mx: ['smtp.example.org'] })
    assert.deepEqual(readMtaStsId([record]), { id: record.slice('v=STSv1; id='.length) })
  })
})
