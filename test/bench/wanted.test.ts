import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Wanted } from '../../bench/types.ts'
import { wanted } from '../../bench/wanted.ts'

function identity(thing: Wanted): string {
  switch (thing.kind) {
    case 'line':
      return `${thing.path} ${thing.line}`
    case 'command':
      return thing.creates
    case 'sysctl':
      return thing.key
    case 'user':
    case 'package':
    case 'service':
      return thing.name
    case 'directory':
    case 'file':
      return thing.path
  }
}

describe('the list of wanted things', () => {
  for (const kinds of ['all', 'files'] as const) {
    for (const count of [10, 40, 100, 400]) {
      it(`has ${count} things of ${kinds}, none twice but services`, () => {
        const things = wanted(count, kinds)
        const once = things.filter(({ kind }) => kind !== 'service').map((thing) => `${thing.kind} ${identity(thing)}`)
        assert.equal(things.length, count)
        assert.deepEqual(once, [...new Set(once)])
      })
    }
  }

  it('is the beginning of a longer one', () => {
    assert.deepEqual(wanted(40), wanted(400).slice(0, 40))
  })

  it('has nothing that needs a system of its own where hosts share one', () => {
    const kinds = new Set(wanted(400, 'files').map(({ kind }) => kind))
    assert.deepEqual([...kinds].sort(), ['command', 'directory', 'file', 'line', 'user'])
  })

  it('asks for a directory before what lies in it', () => {
    const made = new Set<string>(['/srv'])
    for (const thing of wanted(400)) {
      const path = 'path' in thing ? thing.path : thing.kind === 'command' ? thing.creates : undefined
      if (path !== undefined) assert.ok(made.has(path.slice(0, path.lastIndexOf('/'))), path)
      if (thing.kind === 'directory') made.add(thing.path)
    }
  })
})
