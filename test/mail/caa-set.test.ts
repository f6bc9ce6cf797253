import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { caaValues } from '../../src/mail/caa.ts'
import { allowsIssue, type CaaTag, caaMistakes } from '../../src/mail/caa-set.ts'

const account = 'https://ca.test/acct/1'
const request = { authority: 'ca.test', account }

describe('CAA records', () => {
  const sets: readonly [set: readonly string[], issue: boolean, issuewild: boolean][] = [
    [[], true, true],
    [['0 iodef "mailto:x@example.org"'], true, true],
    [['0 issue "ca.test"'], true, true],
    [['0 issue "CA.Test "'], true, true],
    [['0 issue "other.test"'], false, false],
    [['0 issue "other.test"', '0 issue "ca.test"'], true, true],
    [['0 issue ";"'], false, false],
    [['0 issue "ca.test"', '0 issuewild ";"'], true, false],
    [['0 issuewild "ca.test"'], true, true],
    [['0 issue "other.test"', '0 issuewild "ca.test"'], false, true],
    [caaValues('ca.test', account), true, true],
    [caaValues('ca.test', 'https://ca.test/acct/2'), false, false],
    [['0 issue "ca.test; validationmethods=http-01"'], false, false],
    [['0 issue "ca.test; validationmethods=http-01,dns-01; x=y"'], true, true],
    [['0 issue "ca.test"', '128 tbs "unknown"'], false, false],
    [['0 issue "ca.test"', '0 tbs "unknown"'], true, true],
  ]
  for (const [set, issue, issuewild] of sets) {
    it(`${set.join(', ') || 'none'}: names ${issue}, wildcards ${issuewild}`, () => {
      const allowed = (tag: CaaTag) => allowsIssue(set, tag, request)
      assert.deepEqual([allowed('issue'), allowed('issuewild')], [issue, issuewild])
    })
  }

  it('that name an account are for everybody whose account is not known', () => {
    assert.ok(allowsIssue(caaValues('ca.test', account), 'issue', { authority: 'ca.test' }))
  })

  const mistakes: readonly [value: string, mistake: RegExp | undefined][] = [
    ['0 issue "ca.test"', undefined],
    ['128 issue "ca.test; accounturi=https://ca.test/acct/1"', undefined],
    ['0 issue ";"', undefined],
    ['0 issue ""', undefined],
    ['0 iodef "mailto:x@example.org"', undefined],
    ['0 issue "https://ca.test"', /write issue "CA"/],
    ['0 issuewild "ca.test accounturi=x"', /write issuewild "CA"/],
    ['0 issued "ca.test"', /no property of CAA is called issued/],
    ['1 issue "ca.test"', /flags/],
  ]
  for (const [value, mistake] of mistakes) {
    it(`${value}: ${mistake ? 'a mistake' : 'right'}`, () => {
      const [found, ...more] = caaMistakes([value])
      assert.equal(more.length, 0)
      if (mistake) assert.match(found ?? '', mistake)
      else assert.equal(found, undefined)
    })
  }
})
