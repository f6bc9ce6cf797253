import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { ControllerFile } from '../../src/core/controller-file.ts'
import { HostError } from '../../src/core/error.ts'
import { change, type Resource, resource } from '../../src/core/resource.ts'
import { sh } from '../../src/core/shell.ts'
import { type PlayOptions, play, task } from './play.ts'

const folder = mkdtempSync(join(tmpdir(), 'provision-fetch-'))
after(() => rmSync(folder, { recursive: true }))

/** A file of this machine that came from an address. */
const sent = resource({
  name: 'sent',
  summary: 'A file from the controller.',
  examples: '',
  params: () => z.strictObject({ path: z.string(), url: z.string() }),
  read: ({ path }) => ({ now: sh`[ ! -e ${path} ] || echo there` }),
  plan: ({ path, url }, { now }) =>
    change(path, now.trim(), 'there', sh`printf %s ${new ControllerFile(url, url)} | base64 -d >${path}`),
}) as Resource

/** A first task that changes something, one that sends a file, one behind it. */
async function run(name: string, options: PlayOptions & { readonly broken?: boolean } = {}) {
  const path = (part: string): string => join(folder, `${name}.${part}`)
  const fetched: string[] = []
  const tasks = [
    task('first', { params: { path: path('first'), text: 'a' } }),
    task('sent', { params: { path: path('sent'), url: 'http://example.org/x' }, resource: sent }),
    task('last', { params: { path: path('last'), text: 'b' } }),
  ]
  const ran = await play(tasks, {
    ...options,
    fetch: async ({ url }, _, busy) => {
      fetched.push(url)
      busy(`fetching ${url}`)
      if (options.broken) throw new HostError(`cannot fetch ${url}`, { hint: 'look there' })
      return Buffer.from('content\n').toString('base64')
    },
  })
  return { ...ran, fetched, path }
}

test('a file is fetched for the change that sends it, and for nothing else', async () => {
  assert.deepEqual((await run('one', { check: true })).fetched, [])
  const { results, fetched, path, events } = await run('one')
  assert.deepEqual(results, ['changed first', 'changed sent', 'changed last'])
  assert.deepEqual(fetched, ['http://example.org/x'])
  assert.equal(readFileSync(path('sent'), 'utf8'), 'content\n')
  assert.ok(events.some((event) => event.type === 'host' && event.activity === 'fetching http://example.org/x'))
  const scripts = events.flatMap((event) => (event.type === 'result' ? event.changes.map(({ script }) => script) : []))
  assert.equal(scripts[1], `printf %s ‹http://example.org/x› | base64 -d >${path('sent')}`)
  assert.deepEqual((await run('one')).fetched, [])
})

test('a task that is never applied fetches nothing', async () => {
  const tasks = [task('sent', { params: { path: join(folder, 'no'), url: 'x' }, resource: sent, check: true })]
  assert.deepEqual((await play(tasks)).results, ['would change sent'])
})

test('where it cannot be had, its task fails at its turn', async () => {
  const { results, events } = await run('two', { broken: true })
  assert.deepEqual(results, ['changed first', 'failed sent'])
  const failure = events.flatMap((event) => (event.type === 'result' && event.failure ? [event.failure] : []))
  assert.deepEqual(failure, [{ message: 'cannot fetch http://example.org/x', hint: 'look there' }])
})

test('a stop while it is fetched ends the run before anything', async () => {
  const during: PlayOptions['during'] = (event, stop) => {
    if (event.type === 'host' && event.activity.startsWith('fetching')) stop()
  }
  assert.deepEqual((await run('three', { during })).results, [])
})
