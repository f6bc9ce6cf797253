import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseHosts, PatternError } from '../../src/input/patterns.ts'

const hosts = ['mx1', 'mx2', 'mx3', 'dns1', 'web1.example.org']
const choice = {
  hosts,
  groups: new Map([
    ['all', hosts],
    ['mail', ['mx1', 'mx2', 'mx3']],
    ['new', ['mx3', 'web1.example.org']],
    ['debian_12', ['mx2']],
    ['empty', []],
  ]),
}

const CASES: readonly (readonly [pattern: string, ...chosen: string[]])[] = [
  ['all', ...hosts],
  ['*', ...hosts],
  ['mail', 'mx1', 'mx2', 'mx3'],
  ['dns1', 'dns1'],
  ['dns1,mx1', 'mx1', 'dns1'],
  ['dns1:mx1', 'mx1', 'dns1'],
  ['mail:!mx2', 'mx1', 'mx3'],
  ['!mail', 'dns1', 'web1.example.org'],
  ['mail:&new', 'mx3'],
  ['!debian_12:mail', 'mx1', 'mx3'],
  ['mx*', 'mx1', 'mx2', 'mx3'],
  ['mx?', 'mx1', 'mx2', 'mx3'],
  ['mx[13]', 'mx1', 'mx3'],
  ['mx[2:9]', 'mx2', 'mx3'],
  ['*.example.org', 'web1.example.org'],
  ['deb*', 'mx2'],
  ['mail[0]', 'mx1'],
  ['mail[-1]', 'mx3'],
  ['mail[0:1]', 'mx1', 'mx2'],
  ['mail[1:]', 'mx2', 'mx3'],
  ['mail[0],dns1', 'mx1', 'dns1'],
]

for (const [pattern, ...chosen] of CASES) {
  test(`${pattern} chooses ${chosen.join(' ')}`, () => assert.deepEqual(chooseHosts(pattern, choice), chosen))
}

const MISTAKES: readonly (readonly [pattern: string, message: string, hint?: string])[] = [
  ['mial', 'no host and no group is named "mial"', 'did you mean "mail"?'],
  ['mail:!mx22', 'no host and no group is named "mx22"', 'did you mean "mx2"?'],
  ['db*', '"db*" matches no host and no group'],
  ['empty', 'the group "empty" has no hosts'],
  ['mail[7]', '"mail[7]" matches no host', '"mail" has 3'],
  ['mx1:!mail', '"mx1:!mail" matches no host'],
  [' , ', 'the host pattern is empty', 'write "all" for every host'],
]

for (const [pattern, message, hint] of MISTAKES) {
  test(`${pattern}: ${message}`, () => {
    assert.throws(
      () => chooseHosts(pattern, choice),
      (error) => error instanceof PatternError && error.message === message && error.hint === hint,
    )
  })
}
