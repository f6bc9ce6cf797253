import assert from 'node:assert/strict'
import { it } from 'node:test'
import { coversName } from '../../src/mail/name-pattern.ts'

const cases: readonly [pattern: string, name: string, covers: boolean][] = [
  ['mx.example.org', 'MX.example.org.', true],
  ['mx.example.org', 'mx2.example.org', false],
  ['*.example.org', 'mx.example.org', true],
  ['*.example.org', 'example.org', false],
  ['*.example.org', 'a.mx.example.org', false],
  ['m*.example.org', 'mx.example.org', false],
  ['*', 'localhost', false],
  ['192.0.2.1', '192.0.2.1', true],
]
for (const [pattern, name, covers] of cases) {
  it(`${pattern} ${covers ? 'stands' : 'does not stand'} for ${name}`, () => {
    assert.equal(coversName(['other.test', pattern], name), covers)
  })
}
