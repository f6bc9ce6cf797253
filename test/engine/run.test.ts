import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { z } from 'zod'
import { impossible, notReady, type Resource, resource } from '../../src/core/resource.ts'
import { sh } from '../../src/core/shell.ts'
import { play, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-engine-'))
after(() => rmSync(root, { recursive: true }))
let number = 0
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, `${number++}-`))
})
const at = (name: string): string => join(folder, name)
const content = (name: string): string => readFileSync(at(name), 'utf8').trimEnd()

describe('a run', () => {
  it('changes what differs, in order, and nothing the second time', async () => {
    const tasks = [1, 2, 3].map((n) => task(`file ${n}`, { params: { path: at(`f${n}`), text: `${n}` } }))
    const first = await play(tasks)
    assert.deepEqual(first.results, ['changed file 1', 'changed file 2', 'changed file 3'])
    assert.equal(content('f2'), '2')
    const second = await play(tasks)
    assert.deepEqual(second.results, ['ok file 1', 'ok file 2', 'ok file 3'])
    assert.deepEqual({ ...second.recap, milliseconds: 0 }, { ...blank, ok: 3 })
  })

  it('says in a check what it would do, and does nothing', async () => {
    writeFileSync(at('b'), 'old\n')
    const tasks = ['a', 'b'].map((name) => task(name, { params: { path: at(name), text: 'new' } }))
    const { results, recap, events } = await play(tasks, { check: true })
    assert.deepEqual(results, ['would change a', 'would change b'])
    assert.equal(recap.changed, 2)
    assert.equal(existsSync(at('a')), false)
    assert.equal(content('b'), 'old')
    const shown = events.flatMap((event) => (event.type === 'result' ? event.changes : []))
    assert.deepEqual(
      shown.map(({ what, from, to }) => [what, from, to]),
      [
        [at('a'), '', 'new'],
        [at('b'), 'old', 'new'],
      ],
    )
  })

  it('plans again where an earlier task moved what a later one had read', async () => {
    writeFileSync(at('shared'), 'wanted\n')
    const { results } = await play([
      task('spoils', { params: { path: at('own'), text: 'x', after: `echo spoilt >${at('shared')}` } }),
      task('was as wanted', { params: { path: at('shared'), text: 'wanted' } }),
      task('after both', { params: { path: at('third'), text: 'y' } }),
    ])
    assert.deepEqual(results, ['changed spoils', 'changed was as wanted', 'changed after both'])
    assert.equal(content('shared'), 'wanted')
  })

  it('leaves out a planned change that an earlier task made needless', async () => {
    const { results } = await play([
      task('does it all', { params: { path: at('own'), text: 'x', after: `echo wanted >${at('shared')}` } }),
      task('finds it done', { params: { path: at('shared'), text: 'wanted', after: `echo ran >${at('witness')}` } }),
    ])
    assert.deepEqual(results, ['changed does it all', 'ok finds it done'])
    assert.equal(existsSync(at('witness')), false)
  })

  it('stops a host at a failed change, shows its output, and counts what it did not reach', async () => {
    const { results, recap, events } = await play([
      task('good', { params: { path: at('a'), text: '1' } }),
      task('bad', { params: { path: at('b'), text: '2', after: 'echo to stdout; echo to stderr >&2; exit 7' } }),
      task('never', { params: { path: at('c'), text: '3' } }),
    ])
    assert.deepEqual(results, ['changed good', 'failed bad'])
    assert.deepEqual([recap.changed, recap.failed, recap.notReached], [1, 1, 1])
    assert.equal(existsSync(at('c')), false)
    const failure = events.flatMap((event) => (event.type === 'result' && event.failure ? [event.failure] : []))[0]
    assert.match(failure?.message ?? '', /^.*\/b — exit 7 after \d+\.\d s$/)
    assert.equal(failure?.output, 'to stdout\nto stderr')
  })

  it('goes on after a failure that is to be ignored', async () => {
    const { results, recap } = await play([
      task('bad', { params: { path: at('b'), text: '2', after: 'exit 7' }, ignoreErrors: true }),
      task('good', { params: { path: at('c'), text: '3' } }),
    ])
    assert.deepEqual(results, ['ignored bad', 'changed good'])
    assert.deepEqual([recap.failed, recap.ignored, recap.changed], [0, 1, 1])
  })

  it('fails an item whose change did not last', async () => {
    const { results, events } = await play([
      task('undone', { params: { path: at('a'), text: 'new', after: `echo old >${at('a')}` } }),
    ])
    assert.deepEqual(results, ['failed undone'])
    const failure = events.flatMap((event) => (event.type === 'result' && event.failure ? [event.failure] : []))[0]
    assert.equal(failure?.message, `did not converge: ${at('a')} is still old, wanted new`)
  })

  it('does not wait for what never comes: not ready is a failure at its turn, unknown in a check', async () => {
    const tasks = [
      task('first', { params: { path: at('a'), text: '1' } }),
      task('second', { params: { path: at('gate') }, resource: gated }),
    ]
    const check = await play(tasks, { check: true })
    assert.deepEqual(check.results, ['would change first', 'unknown second'])
    const apply = await play(tasks)
    assert.deepEqual(apply.results, ['changed first', 'failed second'])
    const again = await play(tasks, { check: true })
    assert.deepEqual(again.results, ['ok first', 'failed second'])
  })

  it('carries out at its turn what was not ready in the survey', async () => {
    const { results } = await play([
      task('opens', { params: { path: at('a'), text: '1', after: `touch ${at('gate')}` } }),
      task('passes', { params: { path: at('gate') }, resource: gated }),
    ])
    assert.deepEqual(results, ['changed opens', 'ok passes'])
  })

  it('calls the impossible a failure even in a check in which something else would change', async () => {
    const never = task('never', { params: {}, resource: hopeless })
    const { results } = await play([task('first', { params: { path: at('a'), text: '1' } }), never], { check: true })
    assert.deepEqual(results, ['would change first', 'failed never'])
  })
})

const blank = {
  ok: 0,
  changed: 0,
  failed: 0,
  skipped: 0,
  unreachable: false,
  unknown: 0,
  ignored: 0,
  notReached: 0,
  milliseconds: 0,
}

const gated = resource({
  name: 'gated',
  summary: 'Needs a file.',
  examples: '',
  params: () => z.strictObject({ path: z.string() }),
  read: ({ path }) => ({ there: sh`[ -e ${path} ] && echo yes || echo no` }),
  plan: ({ path }, { there }) => (there === 'yes\n' ? [] : notReady(`${path} does not exist`)),
}) as Resource

const hopeless = resource({
  name: 'hopeless',
  summary: 'Cannot be.',
  examples: '',
  params: () => z.strictObject({}),
  read: () => ({}),
  plan: () => impossible('this host is not a teapot'),
}) as Resource
