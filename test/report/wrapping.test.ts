import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { HostTable } from '../../src/report/live.ts'
import { textWidth } from '../../src/report/look.ts'
import { createPlain } from '../../src/report/plain.ts'
import { createStyle } from '../../src/report/style.ts'
import { Transcript } from '../../src/report/transcript.ts'
import { FakeScreen } from './fake-screen.ts'
import { counts, result, start } from './recorded.ts'

const style = createStyle(false)

function transcript(columns: number, truncated: boolean): Transcript {
  const look = () => ({ width: textWidth(columns), style, scripts: false, diff: true })
  return new Transcript({ look, verbosity: 0, details: true, truncated, command: 'provision site --check' })
}

/** What a log gets, and what stands on a terminal when the rows are gone. */
function bothWays(events: readonly Event[], columns = 80): { readonly plain: string; readonly live: string } {
  let plain = ''
  const log = createPlain(
    (text) => {
      plain += text
    },
    transcript(columns, false),
  )
  const screen = new FakeScreen(columns, 24)
  const table = new HostTable({
    write: screen.write,
    size: () => screen,
    style,
    transcript: transcript(columns, true),
    now: () => 0,
  })
  for (const event of events) {
    log.event(event)
    table.event(event)
  }
  table.stop()
  table.flush()
  return { plain, live: screen.text.join('\n') }
}

const domain = '/etc/chasquid/domains/alpha.test does not exist: the domain comes with chasquid_domain'
const unknown: readonly Event[] = [
  { ...start, check: true, hosts: ['mx1'] },
  result('mx1', 'tasks/chasquid.yaml:24', 'DKIM key of alpha.test', 'unknown', {
    notes: [`unknown until the changes above are applied: ${domain}`, 'short'],
  }),
  { type: 'recap', check: true, interrupted: false, hosts: { mx1: counts({ ok: 3, unknown: 1, milliseconds: 812 }) } },
]

test('a note longer than a line of a check goes on below itself', () => {
  const { plain, live } = bothWays(unknown)
  assert.equal(
    plain,
    `mx1 · unknown 1 of 4
  tasks/chasquid.yaml:24   DKIM key of alpha.test
    unknown until the changes above are applied:
    /etc/chasquid/domains/alpha.test does not exist: the domain comes with
    chasquid_domain
    short

mx1  would change 0   ok 3   failed 0   unknown 1                         0.8 s
`,
  )
  assert.equal(live, plain)
})

test('so do the title, the message and the hint of a failure, but not what a command printed', () => {
  const failure = {
    message: 'chasquid-util domaininfo-remove alpha.test.example.org — exit 1 after 12 s, and once more',
    output: `fatal: ${domain}\n`,
    hint: 'The domain is not there yet, so nothing can be removed from it.  provision -i inventory.yaml site -t chasquid',
  }
  const { plain, live } = bothWays([
    { ...start, hosts: ['mx1'] },
    result('mx1', 'tasks/chasquid.yaml:24', 'Forget what was learnt of the domain alpha.test.example.org', 'failed', {
      failure,
    }),
  ])
  assert.equal(
    plain,
    `✖ mx1 · Forget what was learnt of the domain             tasks/chasquid.yaml:24
  alpha.test.example.org
  chasquid-util domaininfo-remove alpha.test.example.org — exit 1 after 12 s,
  and once more
    fatal: /etc/chasquid/domains/alpha.test does not exist: the domain comes with chasquid_domain
  The domain is not there yet, so nothing can be removed from it.
  provision -i inventory.yaml site -t chasquid
`,
  )
  assert.deepEqual(live.split('\n').slice(0, 4), plain.split('\n').slice(0, 4))
})

test('so does the message of a host that cannot be reached', () => {
  const { plain } = bothWays([
    {
      type: 'unreachable',
      host: 'mx1',
      stage: 'tcp',
      message: '198.51.100.11 port 22 does not answer within 10 seconds: no route or a firewall',
      hint: 'Is it up?',
    },
  ])
  assert.equal(
    plain,
    `✖ mx1 · 198.51.100.11 port 22 does not answer within 10 seconds: no route   tcp
  or a firewall
  Is it up?
`,
  )
})

test('headings and counts wider than a narrow terminal wrap between their words', () => {
  const recap = counts({ ok: 32, changed: 2, unknown: 2, ignored: 1, failed: 1, skipped: 3, milliseconds: 812 })
  const item = result('mx1', 'a.yaml:1', 'One', 'unknown', { notes: ['short'] })
  const { plain } = bothWays(
    [
      { ...start, check: true, hosts: ['mx1'] },
      item,
      { type: 'recap', check: true, interrupted: false, hosts: { mx1: recap } },
    ],
    40,
  )
  assert.equal(
    plain,
    `mx1 · would change 2 of 38, unknown 2,
  failed 1, ignored 1
  a.yaml:1   One
    short

mx1  would change 2   ok 32   failed 1
     ignored 1   unknown 2   skipped 3
Again for what failed:  provision site --check --limit @failed
`,
  )
})
