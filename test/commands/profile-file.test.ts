import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { UsageError } from '../../src/commands/options.ts'
import { packageRoot } from '../../src/commands/package-root.ts'
import { refuseTrace, saveTrace } from '../../src/commands/profile-file.ts'
import { Masker } from '../../src/core/secret.ts'
import { Folder } from './run.ts'

const folder = new Folder({ 'notes.txt': 'not to be lost', empty: '' })
const at = (name: string): string => join(folder.path, name)

test('a trace shows no secret and no path of this machine, and nothing that a terminal obeys', async () => {
  const masker = new Masker()
  masker.add('hunter22')
  const place = { file: `${packageRoot}tasks/users.yaml`, line: 2, column: 3 }
  const span = { host: 'mx1', phase: undefined, name: 'Set hunter22 \u001b[2J\u009b', start: 1, end: 2, place }
  assert.match(await saveTrace(at('trace.json'), [span], 'site hunter22', masker), /trace\.json: open it in /)
  const text = readFileSync(at('trace.json'), 'utf8')
  assert.doesNotMatch(text, /hunter22|(?!\n)\p{Cc}/u)
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly { readonly args: object }[] }
  assert.deepEqual(
    [traceEvents[0]?.args, traceEvents.at(-1)?.args],
    [{ name: 'site ‹secret›' }, { place: 'tasks/users.yaml:2' }],
  )
})

test('a trace replaces traces, what is empty and what is not there, and nothing else', async () => {
  await saveTrace(at('again.json'), [], 'site', new Masker())
  for (const name of ['again.json', 'empty', 'new.json']) refuseTrace(at(name))
  for (const name of ['notes.txt', '.']) assert.throws(() => refuseTrace(at(name)), UsageError, name)
})

test('a trace that cannot be written is a mistake of the command line', async () => {
  await assert.rejects(saveTrace(at('notes.txt/trace.json'), [], 'site', new Masker()), UsageError)
})
