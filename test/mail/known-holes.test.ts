import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownHoles } from '../../src/mail/known-holes.ts'

const versions: readonly [program: 'chasquid' | 'acme.sh', version: string, holes: readonly string[]][] = [
  ['chasquid', '1.11', ['1.19', '1.15.1', '1.13']],
  ['chasquid', '1.11.1', ['1.19', '1.15.1']],
  ['chasquid', '1.12', ['1.19', '1.15.1', '1.13']],
  ['chasquid', '1.15.0', ['1.19', '1.15.1']],
  ['chasquid', '1.17.0', ['1.19']],
  ['chasquid', '1.19.0', []],
  ['chasquid', '2.0', []],
  ['acme.sh', '3.0.5', ['3.0.6']],
  ['acme.sh', '3.1.1', []],
]

for (const [program, version, mended] of versions) {
  test(`${program} ${version} has ${mended.length} known holes`, () => {
    assert.deepEqual(
      knownHoles(program, version).map((text) => text.replace(/^.*; mended in /, '')),
      mended,
    )
  })
}
