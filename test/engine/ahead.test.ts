import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { InputError } from '../../src/core/error.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Task } from '../../src/core/task.ts'
import { play, plays, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-ahead-'))
after(() => rmSync(root, { recursive: true }))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'))
})
const at = (name: string): string => join(folder, name)
const is = (name: string, text: string): void => writeFileSync(at(name), `${text}\n`)

/** A file with its own name in it. */
const named = (name: string, fields: object = {}): Task =>
  task(name, { params: { path: at(name), text: name }, ...fields })
/** Nothing of it can be told before `a` is known; its path is none of its secrets. */
const behind = (name: string): Task => named(name, { uses: ['a'] })
/** Its path is what `a` registers. */
const follows = (name: string): Task =>
  task(name, {
    uses: ['a'],
    params: ({ a }: JsonObject) => ({ path: at(name), text: (a as { text: string }).text }),
  })
const first = (): Task => named('a', { register: 'a' })

describe('asking ahead', () => {
  it('makes barriers free where nothing changes: what is behind them is asked with the first question', async () => {
    for (const name of ['a', 'b', 'c', 'd']) is(name, name)
    const tasks = (): readonly Task[] => [named('b'), named('c'), named('d')]
    const { results, surveys } = await plays([[first()], tasks(), tasks()])
    assert.deepEqual(new Set(results.map((result) => result.split(' ')[0])), new Set(['ok']))
    assert.equal(surveys, 1)
  })

  it('needs one more question for what only an answer can tell', async () => {
    for (const name of ['a', 'b']) is(name, 'a')
    is('c', 'c')
    const { results, surveys } = await play([first(), follows('b'), named('c')])
    assert.deepEqual(results, ['ok a', 'ok b', 'ok c'])
    assert.equal(surveys, 2)
  })

  it('uses no answer from before a change', async () => {
    is('b', 'b')
    const spoils = task('a', { params: { path: at('a'), text: 'a', after: `echo x >${at('b')}` }, register: 'a' })
    const { results } = await play([spoils, behind('b')])
    assert.deepEqual(results, ['changed a', 'changed b'])
    assert.equal(readFileSync(at('b'), 'utf8'), 'b\n')
  })

  it('uses no answer from before what another host did in an earlier play', async () => {
    is('b', 'b')
    const spoils = task('spoils', { params: { path: at('a'), text: 'a', after: `echo x >${at('b')}` } })
    const on =
      (host: string, ...tasks: Task[]) =>
      (name: string) =>
        name === host ? tasks : []
    is('c', 'c')
    const { results } = await plays([(name) => (name === 'one' ? [spoils] : [named('c')]), on('two', named('b'))], {
      hosts: ['one', 'two'],
    })
    assert.deepEqual(results.toSorted(), ['changed b', 'changed spoils', 'ok c'])
  })

  it('changes with answers that came ahead: the host compares with them as with any other', async () => {
    is('a', 'a')
    is('b', 'old')
    is('c', 'c')
    const { results, surveys } = await play([first(), behind('b'), named('c')])
    assert.deepEqual(results, ['ok a', 'changed b', 'ok c'])
    assert.equal(readFileSync(at('b'), 'utf8'), 'b\n')
    assert.equal(surveys, 2, 'what `a` registers is needed for b')
    const later = await plays([[first()], [named('d')]])
    assert.deepEqual([...later.results, later.surveys], ['ok a', 'changed d', 1])
    assert.equal(readFileSync(at('d'), 'utf8'), 'd\n')
  })

  it('in a check counts on through everything that would change', async () => {
    const { results, surveys } = await plays([[named('a')], [named('b')]], { check: true })
    assert.deepEqual([...results, surveys], ['would change a', 'would change b', 1])
  })

  it('leaves mistakes to the turn of their task', async () => {
    is('a', 'a')
    const wrong = task('wrong', {
      params: () => {
        throw new InputError([{ message: 'no such thing' }])
      },
    })
    const { results } = await play([first(), behind('b'), wrong])
    assert.deepEqual(results, ['ok a', 'changed b', 'failed wrong'])
  })
})
