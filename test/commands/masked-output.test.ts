import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masked } from '../../src/commands/masked-output.ts'
import { Masker } from '../../src/core/secret.ts'
import type { Event } from '../../src/engine/events.ts'
import { fc } from '../properties.ts'

const place = { file: 'site.yaml', line: 1, column: 1 }
const ref = { host: 'mx1', play: 'p', task: 't', place, resource: 'command', handler: false }
const end: Event = { type: 'play', play: 'p', hosts: [] }

/** What is shown of output that comes in these pieces. */
function shown(pieces: readonly string[], secrets: readonly string[]): { text: string; events: Event[] } {
  const masker = new Masker()
  for (const secret of secrets) masker.add(secret)
  const events: Event[] = []
  const emit = masked(masker, (event) => events.push(event))
  for (const text of pieces) emit({ type: 'output', ...ref, stream: 'stdout', text })
  emit(end)
  return { text: events.flatMap((event) => (event.type === 'output' ? [event.text] : [])).join(''), events }
}

test('a secret that is cut in two by the pieces in which output comes is masked', () => {
  assert.equal(
    shown(['before correct ho', 'rse battery', ' after\nnext'], ['correct horse battery']).text,
    'before ‹secret› after\nnext',
  )
})

test('wherever the pieces begin, the whole is what masking the whole gives', () => {
  const line = 'one correct horse battery two Y29ycmVjdCBob3JzZSBiYXR0ZXJ5 three\r\nfour correct horse battery'
  const masker = new Masker()
  masker.add('correct horse battery')
  const whole = masker.mask(line)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: line.length }), { maxLength: 12 }), (cuts) => {
      const ends = [...cuts.toSorted((a, b) => a - b), line.length]
      const pieces = ends.map((to, index) => line.slice(ends[index - 1] ?? 0, to))
      assert.equal(shown(pieces, ['correct horse battery']).text, whole)
    }),
    { numRuns: 500 },
  )
})

test('lines of base64 text wait for each other', () => {
  const text = Buffer.from(`${'x'.repeat(50)}correct horse battery${'y'.repeat(90)}`).toString('base64')
  const lines = text.replace(/.{76}/g, '$&\n').split(/(?<=\n)/)
  const { text: said } = shown(['before\n', ...lines, '\nafter\n'], ['correct horse battery'])
  const masker = new Masker()
  masker.add('correct horse battery')
  assert.equal(said, masker.mask(`before\n${lines.join('')}\nafter\n`))
  assert.match(said, /^before\n[A-Za-z0-9]+‹secret›[A-Za-z0-9\n=]+after\n$/)
})

test('output without line breaks does not pile up, and is cut beside secrets', () => {
  const long = 'x'.repeat(65_500)
  const { text, events } = shown(
    [long, `${'y'.repeat(30)}correct horse bat`, 'tery', 'z'.repeat(70_000)],
    ['correct horse battery'],
  )
  assert.equal(text, `${long}${'y'.repeat(30)}‹secret›${'z'.repeat(70_000)}`)
  assert.ok(events.length > 2)
})

test('what is held back comes before what else happens on its host, and hosts do not wait for each other', () => {
  const events: string[] = []
  const emit = masked(new Masker(), (event) =>
    events.push(event.type === 'output' ? `${event.host} ${event.text}` : event.type),
  )
  emit({ type: 'output', ...ref, stream: 'stdout', text: 'a' })
  emit({ type: 'output', ...ref, host: 'mx2', stream: 'stdout', text: 'b' })
  emit({ type: 'item', ...ref })
  assert.deepEqual(events, ['mx1 a', 'item'])
})
