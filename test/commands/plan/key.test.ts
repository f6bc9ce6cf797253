import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { UsageError } from '../../../src/commands/options.ts'
import { findKey, keyFile, ownKey } from '../../../src/commands/plan/key.ts'
import { Secret } from '../../../src/core/secret.ts'

const original = process.env.XDG_STATE_HOME
let state = ''

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'provision-state-'))
  process.env.XDG_STATE_HOME = state
})
afterEach(() => {
  if (original === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = original
  rmSync(state, { recursive: true })
})

test('the key is made once, for its user alone', () => {
  assert.equal(findKey(), undefined)
  const { id } = ownKey()
  assert.equal(statSync(keyFile()).mode & 0o777, 0o600)
  assert.equal(statSync(state).mode & 0o077, 0)
  assert.equal(ownKey().id, id)
  assert.equal(findKey()?.id, id)
})

test('a hash is the same for equal values, and needs the key', () => {
  const value = { name: 'a', secret: new Secret('1234'), bytes: Buffer.from('x'), list: [1, 'two', null, true] }
  const first = ownKey().hash(value)
  assert.equal(ownKey().hash({ ...value, secret: new Secret('1234'), nothing: undefined }), first)
  rmSync(keyFile())
  assert.notEqual(ownKey().hash(value), first)
})

test('values that print alike have hashes of their own', () => {
  const { hash } = ownKey()
  const values = [
    new Secret('1234'),
    new Secret('1235'),
    '1234',
    1234,
    '‹secret›',
    Buffer.from('1234'),
    ['1234'],
    ['12', '34'],
    { 1234: '' },
    null,
    'null',
    undefined,
    /1234/,
    new Map([['1234', '']]),
  ]
  assert.equal(new Set(values.map(hash)).size, values.length)
})

test('a damaged key is named, with what to do', () => {
  ownKey()
  writeFileSync(keyFile(), 'short')
  assert.throws(
    () => findKey(),
    (error) => error instanceof UsageError && error.message.includes('holds 5 bytes, not 32'),
  )
})
