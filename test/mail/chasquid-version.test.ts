import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lacks, parseChasquidVersion } from '../../src/mail/chasquid-version.ts'

describe('versions of chasquid', () => {
  it('are read from what each says of itself', () => {
    assert.equal(parseChasquidVersion('chasquid 1.15.0-1+b4 (source date: 2025-06-22 17:11:49 +0000 UTC)\n'), '1.15.0')
    assert.equal(parseChasquidVersion('chasquid 1.11-2+b2 (source date: 2023-04-09 07:19:28 +0000 UTC)\n'), '1.11')
    assert.equal(parseChasquidVersion('none\n'), undefined)
  })

  it('are compared as numbers', () => {
    assert.equal(lacks('1.9', 'catchAll'), 'chasquid 1.9 has no alias "*": 1.10 or newer is needed')
    assert.equal(lacks('1.10', 'catchAll'), undefined)
    assert.equal(lacks('1.14.0', 'dkim'), undefined)
    assert.equal(lacks('2.0', 'via'), undefined)
    assert.equal(lacks('1.13.9', 'dkim'), 'chasquid 1.13.9 has no DKIM signatures: 1.14 or newer is needed')
  })
})
