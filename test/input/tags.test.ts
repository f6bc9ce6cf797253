import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSelected } from '../../src/input/tags.ts'
import { items, notes, project } from './project.ts'

/** Ansible's rules: own tags, --tags, --skip-tags, and whether the task runs. */
const CASES: readonly (readonly [own: string, tags: string, skip: string, runs: boolean])[] = [
  ['', '', '', true],
  ['a', '', '', true],
  ['never', '', '', false],
  ['a', 'a', '', true],
  ['a', 'b', '', false],
  ['', 'a', '', false],
  ['always', 'a', '', true],
  ['always', '', 'always', false],
  ['never a', 'a', '', true],
  ['never', 'all', '', false],
  ['a', 'all', '', true],
  ['a', 'tagged', '', true],
  ['', 'tagged', '', false],
  ['', 'untagged', '', true],
  ['a', 'untagged', '', false],
  ['a b', 'a', 'b', false],
  ['a', '', 'a', false],
  ['', '', 'untagged', false],
  ['a', '', 'tagged', false],
  ['a', '', 'all', false],
  ['always', '', 'all', true],
]

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

for (const [own, tags, skip, runs] of CASES) {
  test(`[${own}] with --tags "${tags}" --skip-tags "${skip}" ${runs ? 'runs' : 'does not run'}`, () => {
    assert.equal(isSelected(new Set(words(own)), { tags: words(tags), skipTags: words(skip) }), runs)
  })
}

const tagged = project({
  'site.yaml': `
- hosts: all
  tasks:
    - { name: plain, note: { text: 1 } }
    - { include: more.yaml, tags: network }
    - block: [{ name: inner, note: { text: 3 } }]
      tags: [users, deep]
`,
  'more.yaml': '- { name: included, note: { text: 2 }, tags: dns }\n',
})

test('tags of includes and blocks are those of the tasks inside', () => {
  const names = (...tags: string[]): string[] => items(tagged.load({ tags })).map(({ name }) => name)
  assert.deepEqual(names('network'), ['included'])
  assert.deepEqual(names('dns', 'deep'), ['included', 'inner'])
  assert.deepEqual(names('untagged'), ['plain'])
})

test('selected_tags lists the tags of the tasks of the play that run, inherited ones too', () => {
  const said = (tags: string[], skipTags: string[] = []): unknown => {
    const files = {
      'site.yaml': `
- hosts: all
  tags: play
  tasks:
    - { note: { text: "{{ selected_tags }}" }, tags: always }
    - { block: [{ command: a, tags: inner }], tags: outer }
    - { command: b, tags: other }
    - { command: c, tags: [never, rare] }
- { hosts: all, tasks: [{ command: d, tags: later }] }
`,
    }
    return notes(project(files).load({ tags, skipTags }))[0]
  }
  assert.deepEqual(said([]), ['always', 'inner', 'other', 'outer', 'play'])
  assert.deepEqual(said(['outer']), ['always', 'inner', 'outer', 'play'])
  assert.deepEqual(said([], ['inner']), ['always', 'other', 'play'])
  assert.deepEqual(said(['rare']), ['always', 'never', 'play', 'rare'])
})

test('a tag that no task has is a mistake', () => {
  const text = tagged.errors({ tags: ['netwrok'], skipTags: ['x'] })
  assert.equal(
    text,
    `--tags netwrok: no task has this tag
  did you mean "network"?
--skip-tags x: no task has this tag
  the playbook has deep, dns, network, users`,
  )
})
