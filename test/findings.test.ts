import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testsOf } from '../scripts/finding-tests.ts'
import { findingKinds, findingsPage } from '../src/commands/reference/findings.ts'
import { resources } from '../src/resources/index.ts'

const kinds = findingKinds(resources)

describe('the kinds of findings', () => {
  test('have names that are unique over all resources, and published: lower case words', () => {
    const ids = kinds.map(({ id }) => id)
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    )
    for (const id of ids) assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)+$/)
  })

  test('say what is wrong and what mends it', () => {
    for (const { id, summary, remedy } of kinds) {
      assert.match(summary, /^\S.*[^.]$/, id)
      assert.notEqual(remedy, '', id)
    }
  })

  test('are each caused by a test on real hosts', () => {
    const untested = kinds.filter(({ id }) => testsOf(id).length === 0).map(({ id }) => id)
    assert.deepEqual(untested, [])
  })

  test('are in the page of findings, with their tests', () => {
    const page = findingsPage(resources, (id) => [`${id}.yaml`])
    for (const { id, probe } of kinds) {
      assert.ok(page.includes(`| [\`${probe}\`](resources.md#${probe}) | \`${id}.yaml\` |`), id)
    }
  })
})
