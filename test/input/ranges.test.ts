import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expandRanges } from '../../src/input/ranges.ts'
import { fc } from '../properties.ts'

const CASES: readonly (readonly [name: string, ...hosts: string[]])[] = [
  ['mx1', 'mx1'],
  ['mx[1:3]', 'mx1', 'mx2', 'mx3'],
  ['mx[01:03].example.org', 'mx01.example.org', 'mx02.example.org', 'mx03.example.org'],
  ['mx[08:11]', 'mx08', 'mx09', 'mx10', 'mx11'],
  ['mx[1:9:4]', 'mx1', 'mx5', 'mx9'],
  ['mx-[a:c]', 'mx-a', 'mx-b', 'mx-c'],
  ['[a:b][1:2]', 'a1', 'a2', 'b1', 'b2'],
]

for (const [name, ...hosts] of CASES) {
  test(`${name} is ${hosts.join(' ')}`, () => assert.deepEqual(expandRanges(name), hosts))
}

const MISTAKES: readonly (readonly [name: string, message: string])[] = [
  ['mx[3:1]', '[3:1] is empty: the first end is after the last'],
  ['mx[1:c]', '[1:c] mixes a number and a letter'],
  ['mx[1:3:0]', 'the step of [1:3:0] must be at least 1'],
  ['mx[1-3]', '"mx[1-3]" is no range: write mx[01:03], mx[a:c] or mx[1:9:2]'],
  ['mx[0:999999999]', '[0:999999999] stands for more than 100000 hosts'],
  ['[1:999][1:999]', '"[1:999][1:999]" stands for more than 100000 hosts'],
]

for (const [name, message] of MISTAKES) {
  test(`${name}: ${message}`, () => assert.throws(() => expandRanges(name), new RangeError(message)))
}

test('a range of numbers counts from end to end, with the width of its first end', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 1, max: 9 }), (from, length, step) => {
      const names = expandRanges(`h[0${from}:${from + length}:${step}]`)
      assert.deepEqual(
        names.map((name) => Number(name.slice(1))),
        Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => from + index * step),
      )
      assert.ok(names.every((name) => name.length > String(from).length + 1))
    }),
  )
})
