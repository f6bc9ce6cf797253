import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { registry, resources } from '../../src/resources/index.ts'

// docs/coverage.md is written by hand. What it names has to be there, so that it cannot promise what is gone.

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const playbooks = readdirSync(join(root, 'playbooks'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''))
const commands = [...read('src/cli.ts').matchAll(/\.command\('([a-z-]+)'\)/g)].map(([, name]) => name!)
const variables = [...read('docs/variables.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
const names = new Set([
  ...playbooks,
  ...[...playbooks, ...commands].map((name) => `provision ${name}`),
  ...variables,
  ...registry.keys(),
  ...resources.flatMap(({ findings = {} }) => Object.keys(findings)),
])

interface Row {
  readonly line: number
  /** What others call it, what does it here, …, and the tests last. */
  readonly cells: readonly string[]
}

const rows: readonly Row[] = read('docs/coverage.md')
  .split('\n')
  .map((text, index) => ({ line: index + 1, text }))
  .filter(({ text }) => text.startsWith('| '))
  .map(({ line, text }) => ({
    line,
    cells: text
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  }))
  .filter(({ cells }) => cells.at(-1) !== 'test' && cells.at(-1) !== '---')

/** The words in backquotes. */
const quoted = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!)

describe('the page of what is covered', () => {
  it('names only findings, resources, playbooks, commands, variables and files that there are', () => {
    const missing = rows.flatMap(({ line, cells }) =>
      quoted(cells.slice(1, -1).join(' '))
        .filter((word) => !names.has(word) && !(word.includes('/') && existsSync(join(root, word))))
        .map((word) => `${line}: ${word}`),
    )
    assert.deepEqual(missing, [])
  })

  it('names tests that there are, by the titles that they have', () => {
    const missing = rows.flatMap(({ line, cells }) =>
      [...cells.at(-1)!.matchAll(/`([^`]+)`(?: \(([^)]+)\))?/g)].flatMap(([, file = '', title = '']) => {
        if (!existsSync(join(root, 'test', file))) return [`${line}: test/${file}`]
        return read(join('test', file)).includes(title) ? [] : [`${line}: test/${file} has no "${title}"`]
      }),
    )
    assert.deepEqual(missing, [])
  })

  it('names a test in every row, or says that it is not done', () => {
    const unproven = rows.filter(({ cells }) => quoted(cells.at(-1)!).length === 0 && !cells[1]!.startsWith('**no**'))
    assert.deepEqual(
      unproven.map(({ line, cells }) => `${line}: ${cells[0]}`),
      [],
    )
  })

  it('names every playbook that is shipped', () => {
    const named = new Set(rows.flatMap(({ cells }) => quoted(cells.join(' '))))
    assert.deepEqual(
      playbooks.filter((name) => !named.has(name)),
      [],
    )
  })
})
