import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Aliases, findMistake, formatAliases, neededFeatures } from '../../src/mail/aliases.ts'

const reason = (aliases: Aliases) => findMistake('example.org', aliases)?.reason

describe('aliases', () => {
  it('are written one to a line', () => {
    assert.equal(formatAliases({ a: ['b', 'c@d.test'], '*': ['| cat'] }), 'a: b, c@d.test\n*: | cat\n')
  })

  it('have nothing wrong that chasquid documents', () => {
    const documented = {
      pepe: ['jose'],
      flowers: ['rose@backgarden', 'lilly@pond'],
      user: ['| /usr/bin/email-handler --work'],
    }
    assert.equal(reason(documented), undefined)
    assert.equal(
      reason({ '*': ['*@pond'], a: ['lilly@pond via mail1.pond/mail2.pond'], b: ['* via mail1.example.com'] }),
      undefined,
    )
  })

  it('do not lead back to themselves, by whatever spelling', () => {
    assert.equal(reason({ bob: ['bob'] }), 'the alias bob → bob leads back to itself')
    assert.equal(reason({ 'bo.b': ['BOB@Example.org'] }), 'the alias bob → bob leads back to itself')
    assert.equal(
      reason({ a: ['x@other.test', 'b'], b: ['c'], c: ['a'] }),
      'the alias a → b → c → a leads back to itself',
    )
    assert.equal(reason({ bob: ['bob@other.test'] }), undefined)
  })

  it('are not deeper than chasquid follows', () => {
    const chain = (length: number) =>
      Object.fromEntries(Array.from({ length }, (_, level) => [`a${level}`, [`a${level + 1}`]]))
    assert.equal(reason(chain(9)), undefined)
    assert.equal(reason(chain(10)), 'the alias a0 is more than 10 levels deep')
  })

  it('have names and destinations that end no server', () => {
    assert.match(reason({ 'a b': ['c'] }) ?? '', /no name/)
    assert.match(reason({ 'a@example.org': ['c'] }) ?? '', /has a domain/)
    assert.match(reason({ a: ['c d'] }) ?? '', /no address/)
    assert.match(reason({ a: ['c@'] }) ?? '', /no address/)
    assert.match(reason({ a: [] }) ?? '', /goes nowhere/)
    assert.match(reason({ a: ['| cat', 'b'] }) ?? '', /mixes/)
  })

  it('tell which versions understand them', () => {
    assert.deepEqual(neededFeatures({ a: ['b'] }), [])
    assert.deepEqual(neededFeatures({ '*': ['a via b.test', '*@c.test'] }), ['catchAll', 'via', 'starDestination'])
  })
})
