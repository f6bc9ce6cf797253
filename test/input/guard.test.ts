import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Project, project } from './project.ts'

function play(lines: string): Project {
  return project({ 'site.yaml': `- hosts: all\n  tasks:\n${lines.trim().replace(/^/gm, '    ')}\n` })
}

function guards(one: Project): readonly unknown[] {
  return (one.load().plays[0]?.hosts[0]?.tasks ?? []).map(({ guard }) => guard)
}

test('guard is true, false, or says how long and what is to run; tasks of a block share one span', () => {
  const [own, none, timed, first, second, out, unsaid] = guards(
    play(`
- { note: { text: 1 }, guard: true }
- { note: { text: 1 }, guard: no }
- { note: { text: 1 }, guard: { timeout: 2m, restore: networkctl reload } }
- guard: { timeout: 90 }
  block:
    - { note: { text: 1 } }
    - { note: { text: 2 } }
    - { note: { text: 3 }, guard: false }
- { note: { text: 1 } }
`),
  )
  assert.deepEqual(own, { seconds: 60, restore: [] })
  assert.equal(none, false)
  assert.deepEqual(timed, { seconds: 120, restore: ['networkctl reload'] })
  assert.deepEqual(first, { seconds: 90, restore: [] })
  assert.equal(first, second)
  assert.equal(out, false)
  assert.equal(unsaid, undefined)
})

test('what guard cannot be is told with its place', () => {
  const said = play(`
- { note: { text: 1 }, guard: soon }
- { note: { text: 1 }, guard: { timeout: 1s } }
- { note: { text: 1 }, guard: { timeout: later } }
- { note: { text: 1 }, guard: { restores: true } }
`).errors()
  assert.match(said, /guard: expected true, false or a mapping, got a string/)
  assert.match(said, /timeout: a proof needs at least 5 s/)
  assert.match(said, /timeout: expected a span of time, got "later"/)
  assert.match(said, /unknown key "restores"/)
})
