import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeError } from '../../src/commands/describe-error.ts'
import { UsageError } from '../../src/commands/options.ts'
import { unreachableText } from '../../src/commands/ping.ts'
import { HostError, InputError, UnreachableError } from '../../src/core/error.ts'
import type { Event } from '../../src/engine/events.ts'
import { createReporter, type ReporterKind } from '../../src/report/create-reporter.ts'
import { harmlessJson } from '../../src/report/json.ts'
import { Folder } from '../commands/run.ts'
import { checked, failed, result } from '../report/recorded.ts'

/** What terminals obey: titles, clipboards, colours, cursors, status requests, 8-bit forms, and what reorders text. */
const ATTACKS = [
  '\x1b]0;owned\x07',
  '\x1b]52;c;cm0gLXJmIC8=\x07',
  '\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\',
  '\x1b[2J\x1b[H\x1b[?1049h',
  '\x1b[31;5m',
  '\x1b[6n\x1b[c',
  '\x1bP+q544e\x1b\\',
  '\x1bc',
  '\u009b31m\u009d0;x\u009c\u0090q\u009c',
  '\rmx1 · as wanted',
  'a\b\b\b\b\bb',
  '\x00\x07\x0b\x0c\x0e\x0f\x7f',
  '\u202eexe.gpj\u202c\u2066\u2069\u200f\u061c',
  '\u2028\u2029\u200b\ufeff',
  '\ud800',
] as const

/** Fields that are words of ours. */
const OURS = new Set(['type', 'status', 'stage', 'stream', 'verdict', 'importance', 'id'])

/** An event in which every text, names of hosts included, ends in an attack. */
function poisoned<T>(value: T, attack: string, field = ''): T {
  if (typeof value === 'string') return (OURS.has(field) ? value : `${value}${attack}`) as T
  if (Array.isArray(value)) return value.map((item) => poisoned(item, attack, field)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      field === 'hosts' ? `${key}${attack}` : key,
      poisoned(inner, attack, key),
    ]),
  ) as T
}

const ref = {
  host: 'mx1',
  play: 'p',
  task: 't',
  place: { file: 'f', line: 1, column: 1 },
  resource: 'r',
  handler: false,
}
const others: readonly Event[] = [
  { type: 'notice', host: 'mx1', text: 'waits' },
  { type: 'item', ...ref },
  { type: 'output', ...ref, stream: 'stdout', text: 'text\nmore' },
  { type: 'output', ...ref, stream: 'stderr', text: 'text' },
  { type: 'message', ...ref, text: 'one\ntwo' },
  { type: 'document', ...ref, format: 'zone', text: 'zone' },
  { type: 'unreachable', host: 'mx2', stage: 'tcp', message: 'refused', hint: 'try' },
  result('mx1', 'f:1', 't', 'failed', {
    failure: { message: 'm', output: 'o', hint: 'h' },
    findings: [
      { id: 'ptr-missing', verdict: 'wrong', importance: 'required', subject: 's', text: 't', seen: 's', remedy: 'r' },
    ],
  }),
]

async function shown(kind: ReporterKind, events: readonly Event[], command: string): Promise<string> {
  let text = ''
  const stdout = { write: (more: string) => (text += more), columns: 100, rows: 30 }
  const reporter = createReporter(kind, { stdout, stderr: stdout, colour: false, verbosity: 2, diff: 'full', command })
  for (const event of events) reporter.event(event)
  reporter.notice(`notice ${command}`)
  // The live screen draws ten times a second; the frame at its end shows everything.
  await reporter.end()
  return text
}

// What the live screen itself writes: up, erase, wrap and cursor on and off, and the beginning of the line.
const CSI = '\x1b\\['
const DRAWN = new RegExp(`${CSI}(\\d*A|[JK]|\\?7[lh]|\\?25[lh])|\\r(?=${CSI}(\\d*A|[JK]))`, 'g')

function assertHarmless(text: string, from: string): void {
  const said = text.replace(DRAWN, '')
  const found = /[^\n\P{Cc}]|[\p{Bidi_Control}\p{Cs}\u2028\u2029\u200b\ufeff]/u.exec(said)
  const near = found ? JSON.stringify(said.slice(Math.max(0, found.index - 60), found.index + 20)) : ''
  assert.ok(!found, `${from} prints U+${found?.[0].codePointAt(0)?.toString(16)}: ${near}`)
}

test('no text of a host, a file or a plan reaches a screen as something that a terminal obeys', async (t) => {
  let screens = 0
  for (const attack of ATTACKS) {
    for (const events of [checked, failed, [...failed.slice(0, 2), ...others, ...failed.slice(2)]]) {
      const bad = events.map((event) => poisoned(event, attack))
      for (const kind of ['plain', 'live', { document: 'zone' }] as const) {
        assertHarmless(await shown(kind, bad, `provision ${attack}`), JSON.stringify(kind))
        screens++
      }
      const json = await shown('json', bad, '')
      const lines = json.split('\n').filter((line) => line.startsWith('{'))
      assert.deepEqual(
        lines.map((line) => JSON.parse(line)),
        JSON.parse(JSON.stringify(bad)),
        'JSON says what it was',
      )
      for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
    }
  }
  t.diagnostic(`${ATTACKS.length} attacks in every field of every event, ${screens} screens`)
})

test('neither do they in errors that end a command', (t) => {
  let errors = 0
  for (const attack of ATTACKS) {
    const place = { file: `f${attack}`, line: 1, column: 1 }
    for (const error of [
      new HostError(`m${attack}`, { hint: `h${attack}`, output: `o${attack}` }),
      new UnreachableError('sudo', `m${attack}`, `h${attack}`),
      new InputError([{ message: `m${attack}`, place, frame: `f${attack}`, hint: `h${attack}` }]),
      new UsageError(`m${attack}`, `h${attack}`),
      new TypeError(`m${attack}`),
    ]) {
      assertHarmless(describeError(error).text, error.name)
      errors++
    }
    assert.doesNotMatch(harmlessJson({ [attack]: attack }, 2), /[^\n\P{Cc}]|\p{Bidi_Control}/u)
  }
  t.diagnostic(`${errors} errors`)
})

test('the program itself: a host that attacks the terminal in its login, its errors and its output', () => {
  const attack = ATTACKS.filter((each) => !each.includes('\ud800')).join(' ')
  const quoted = `'${attack.replaceAll('\0', '').replaceAll("'", '')}'`
  const folder = new Folder({
    'inventory.yaml': 'all: { hosts: { mx1: { host: 198.51.100.11, connection: openssh, host_key: "" } } }\n'.replace(
      ', host_key: ""',
      '',
    ),
    'site.yaml': `- hosts: all\n  tasks:\n    - name: "a\\e]0;x\\ab"\n      command: { run: "printf '\\\\033]0;x\\\\007\\\\n'; exit 3" }\n`,
    'bin/refusing': `#!/bin/sh\n[ "$1" = -G ] && exit 0\nprintf %s ${quoted}\nprintf %s ${quoted} >&2\nexit 255\n`,
    'bin/serving':
      '#!/bin/sh\n[ "$1" = -G ] && exit 0\nfor command do :; done\nprintf "\\033[2J\\n"; exec sh -c "$command"\n',
  })
  const { PATH } = process.env
  const as = (program: string): void => {
    folder.write('ssh/ssh', `#!/bin/sh\nexec ${join(folder.path, 'bin', program)} "$@"\n`)
    for (const file of ['ssh/ssh', 'bin/refusing', 'bin/serving']) chmodSync(join(folder.path, file), 0o755)
    folder.environment = { PATH: `${join(folder.path, 'ssh')}:${PATH}` }
  }
  as('refusing')
  const ping = folder.provision('ping', '-i', 'inventory.yaml')
  assert.equal(ping.code, 3)
  assertHarmless(ping.stdout + ping.stderr, 'ping')
  as('serving')
  const run = folder.provision(
    'run',
    '-i',
    'inventory.yaml',
    'mx1',
    '--',
    `printf '\\033]0;x\\007\\r\\n'; printf '\\033c' >&2; exit 5`,
  )
  assert.equal(run.code, 1)
  assert.match(run.stdout, /␛\]0;x␇/)
  assertHarmless(run.stdout + run.stderr, 'run')
  const list = folder.provision('-i', 'inventory.yaml', 'site.yaml', '--list-tasks')
  assertHarmless(list.stdout + list.stderr, '--list-tasks')
  assert.match(list.stdout, /a␛\]0;x␇b/)
  const site = folder.provision('-i', 'inventory.yaml', 'site.yaml', '--check', '-vv')
  assertHarmless(site.stdout + site.stderr, 'a playbook')
})

test('a line of 100 MB that never ends is shown in pieces, and does not fill the memory', (t) => {
  const before = process.memoryUsage()
  let shownBytes = 0
  const stdout = { write: (text: string) => (shownBytes += text.length) }
  const reporter = createReporter('plain', { stdout, colour: false, verbosity: 2, diff: false, command: '' })
  const text = 'x'.repeat(65_536)
  for (let i = 0; i < 1600; i++) reporter.event({ type: 'output', ...ref, stream: 'stdout', text })
  const grown = process.memoryUsage().heapUsed - before.heapUsed
  assert.ok(shownBytes > 100e6 - 2 * 65_536, `${shownBytes}`)
  assert.ok(grown < 100e6, `${grown}`)
  t.diagnostic(`${Math.round(shownBytes / 1e6)} MB shown, ${Math.round(grown / 1e6)} MB more memory`)
})

test('hosts are named as they are, however they are called', () => {
  const host = { name: 'mx\x1b[31m\u202e1', host: 'h', connection: 'ssh' } as const
  const text = unreachableText(host, new UnreachableError('tcp', 'm'))
  assert.ok(text.includes(host.name), 'whoever prints it makes it harmless')
})
