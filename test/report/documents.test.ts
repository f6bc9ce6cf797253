import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '../../src/core/finding.ts'
import type { Event } from '../../src/engine/events.ts'
import { createReporter } from '../../src/report/create-reporter.ts'
import { counts, result, start } from './recorded.ts'

const recap: Event = { type: 'recap', check: false, interrupted: false, hosts: { mx1: counts({}), mx2: counts({}) } }

function document(host: string, format: string, text: string): Event {
  const place = { file: 'tasks/dns.yaml', line: 3, column: 3 }
  return { type: 'document', format, text, host, play: 'DNS', task: 'Records', place, resource: 'dns', handler: false }
}

/** What a run with `--output zone` prints. */
function zone(events: readonly Event[]): { readonly stdout: string; readonly stderr: string } {
  const written = { stdout: '', stderr: '' }
  const stdout = { write: (text: string) => (written.stdout += text) }
  const stderr = { write: (text: string) => (written.stderr += text) }
  const reporter = createReporter(
    { document: 'zone' },
    { stdout, stderr, colour: false, verbosity: 0, diff: false, command: 'provision dns' },
  )
  for (const event of events) reporter.event(event)
  assert.equal(written.stdout, '', 'nothing before the end: hosts do not wait for each other')
  void reporter.end()
  return written
}

test('documents of the format and nothing else, in the order of the inventory, alike ones once', () => {
  const events = [
    document('mx2', 'zone', '; b\n'),
    document('mx2', 'text', 'for a panel\n'),
    document('mx2', 'zone', '; both'),
    document('mx1', 'zone', '; both'),
    document('mx1', 'zone', '; a\n'),
    result('mx1', 'a.yaml:2', 'A', 'changed'),
  ]
  assert.deepEqual(zone([start, ...events, recap]), { stdout: '; both\n; a\n; b\n', stderr: '' })
})

test('what went wrong goes to standard error', () => {
  const failure = { message: 'example.org MX: missing' }
  const findings: readonly Finding[] = [
    { id: 'a', verdict: 'wrong', importance: 'required', subject: 'example.org MX', text: 'missing', remedy: 'add it' },
  ]
  const unreachable: Event = { type: 'unreachable', host: 'mx2', stage: 'tcp', message: 'port 22: refused' }
  const events = [
    document('mx1', 'zone', '; a\n'),
    result('mx1', 'a.yaml:2', 'A', 'failed', { failure, findings }),
    unreachable,
  ]
  assert.deepEqual(zone([start, ...events, recap]), {
    stdout: '; a\n',
    stderr: `✖ mx1 · A                                                              a.yaml:2
  example.org MX: missing
✖ mx2 · port 22: refused                                                    tcp
`,
  })
})

test('where there is none of the format, what there is instead', () => {
  assert.equal(zone([start, recap]).stderr, 'No task made anything for --output zone.\n')
  assert.deepEqual(zone([start, document('mx1', 'text', 'x'), recap]), {
    stdout: '',
    stderr: 'No task made anything for --output zone. There is: --output text.\n',
  })
})

test('nothing from a host reaches the terminal as an escape sequence', () => {
  assert.equal(zone([start, document('mx1', 'zone', 'a\x1b[2J\tb\n'), recap]).stdout, 'a␛[2J\tb\n')
})
