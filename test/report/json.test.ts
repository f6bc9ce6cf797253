import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { createReporter } from '../../src/report/create-reporter.ts'
import { createJson, jsonLine } from '../../src/report/json.ts'
import { fc } from '../properties.ts'
import { failed } from './recorded.ts'

const page = readFileSync(new URL('../../docs/output.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```jsonl\n([^`]*)```/g)].flatMap(([, block = '']) => block.trim().split('\n'))

// Written out, so that a new type of event does not compile before it is listed here, nor pass before it is documented.
const types: { readonly [T in Event['type']]: true } = {
  start: true,
  play: true,
  host: true,
  item: true,
  result: true,
  output: true,
  message: true,
  notice: true,
  document: true,
  unreachable: true,
  profile: true,
  recap: true,
}

test('one event per line, exactly as it is, the recap last', () => {
  let text = ''
  const stdout = {
    write: (more: string) => {
      text += more
    },
  }
  const reporter = createReporter('json', { stdout, verbosity: 0, diff: false, command: '' })
  for (const event of failed) reporter.event(event)
  const lines = text.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    failed,
  )
  assert.equal(JSON.parse(lines.at(-1) ?? '').type, 'recap')
})

test('what the program itself says goes to standard error, so that every line stays an event', () => {
  const written: string[] = []
  const warned: string[] = []
  const reporter = createJson(
    (text) => written.push(text),
    (text) => warned.push(text),
  )
  reporter.notice('Finishing what is running.')
  assert.deepEqual([written, warned], [[], ['Finishing what is running.\n']])
})

test('any text comes back as it was, and no line holds a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = jsonLine({ type: 'play', play: text, hosts: [] })
      assert.doesNotMatch(line, /[\p{Cc}\p{Bidi_Control}]/u)
      assert.deepEqual(JSON.parse(line), { type: 'play', play: text, hosts: [] })
    }),
  )
})

test('the documentation shows a real line of every type of event', () => {
  const shown = examples.map((line) => JSON.parse(line) as Event)
  assert.deepEqual(new Set(shown.map((event) => event.type)), new Set(Object.keys(types)))
  assert.deepEqual(shown.map(jsonLine), examples)
  assert.equal(shown.at(-1)?.type, 'recap')
})

test('the documentation explains every field that its examples have', () => {
  const fields = (data: unknown): string[] =>
    data === null || typeof data !== 'object'
      ? []
      : Object.entries(data).flatMap(([key, value]) => [...(Array.isArray(data) ? [] : [key]), ...fields(value)])
  const unexplained = examples
    .flatMap((line) => fields(JSON.parse(line)))
    .filter((name) => !page.includes(`\`${name}\``))
  assert.deepEqual(
    unexplained.filter((name) => name !== 'mx1' && name !== 'mx2'),
    [],
  )
})
