import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { checked, counts, failed, play, printed, result, start } from './recorded.ts'

test('a check: what would change, host by host, and the recap', async () => {
  assert.equal(
    await printed(checked, { diff: true }),
    `mx1 · would change 3 of 52, unknown 1
  tasks/sysctl.yaml:2      IPv6 on all
    net.ipv6.conf.all.disable_ipv6    running 1 → 0
    /etc/sysctl.d/60-provision.conf   absent → 3 lines
  tasks/chasquid.yaml:14   chasquid.conf
    /etc/chasquid/chasquid.conf
      -hostname: "localhost"
      +hostname: "smtp.example.org"
    then: restart chasquid
  tasks/chasquid.yaml:20   chasquid is running
    unknown until the changes above are applied: unit chasquid.service does not
    exist
  tasks/users.yaml:5       sender news@example.org
    password   ‹secret› → ‹secret›

mx2 · as wanted, 52 tasks

mx1  would change 3   ok 48   failed 0   unknown 1                        0.8 s
mx2  would change 0   ok 52   failed 0                                    0.7 s
`,
  )
})

test('an apply: a line per change, a failure at once and in full, and how to try again', async () => {
  assert.equal(
    await printed(failed),
    `mx1  changed  tasks/sysctl.yaml:2       IPv6 on all                       12 ms
✖ mx2 · Packages                                          tasks/packages.yaml:4
  apt-get install chasquid — exit 100 after 3.2 s
    Reading package lists...
    E: Unable to locate package chasquid
  debian 12 has it in "main": is the component enabled?
  ssh mx2 apt-cache policy chasquid
mx1  changed  tasks/chasquid.yaml:14    chasquid.conf                     0.1 s
mx1  changed  playbooks/site.yaml:17    handler restart chasquid          1.4 s

mx1  changed 12   ok 40   failed 0   skipped 1                             41 s
mx2  changed  2   ok  1   failed 1   not reached 48                         6 s
Again for what failed:  provision -i inventory.yaml site --limit @failed
`,
  )
})

test('-v adds what is as wanted or skipped, and what the changes do', async () => {
  assert.equal(
    (await printed(failed.slice(0, 6), { verbosity: 1 })) +
      (await printed(failed.slice(7, 9), { verbosity: 1, diff: true })),
    `mx1  ok       tasks/packages.yaml:4     Packages
mx1  changed  tasks/sysctl.yaml:2       IPv6 on all                       12 ms
    net.ipv6.conf.all.disable_ipv6    running 1 → 0
      $ sysctl -qw net.ipv6.conf.all.disable_ipv6=0
    /etc/sysctl.d/60-provision.conf   absent → 3 lines
      $ set /etc/sysctl.d/60-provision.conf
  skipped  tasks/netplan.yaml:2      Address of the interface that mail leaves through · ipv6 is not defined
  changed  tasks/chasquid.yaml:14    chasquid.conf                        0.1 s
    /etc/chasquid/chasquid.conf
      -hostname: "localhost"
      +hostname: "smtp.example.org"
      $ set /etc/chasquid/chasquid.conf
    then: restart chasquid
`,
  )
})

test('a run that changes nothing prints the recap only', async () => {
  const recap: Event = {
    type: 'recap',
    check: false,
    interrupted: false,
    hosts: { mx1: counts({ ok: 52, milliseconds: 704 }) },
  }
  assert.equal(
    await printed([start, play, result('mx1', 'a.yaml:2', 'A', 'ok'), recap]),
    'mx1  changed 0   ok 52   failed 0                                         0.7 s\n',
  )
})

test('a changed host key: what, what was expected, what to do', async () => {
  const event: Event = {
    type: 'unreachable',
    host: 'mx1',
    stage: 'host key',
    message:
      '198.51.100.11 shows another host key than known_hosts line 12\nexpected SHA256:aaa  got SHA256:bbb (ssh-ed25519)',
    hint: 'If the host was reinstalled: ssh-keygen -R 198.51.100.11, then again with --accept-new. If not, somebody may be listening: stop.',
  }
  assert.equal(
    await printed([start, event]),
    `✖ mx1 · 198.51.100.11 shows another host key than known_hosts line 12
  expected SHA256:aaa  got SHA256:bbb (ssh-ed25519)
  If the host was reinstalled: ssh-keygen -R 198.51.100.11, then again with
  --accept-new. If not, somebody may be listening: stop.
`,
  )
})

test('the stage is named where the message does not name it', async () => {
  const event: Event = {
    type: 'unreachable',
    host: 'mx1',
    stage: 'tcp',
    message: '198.51.100.11 port 22: connection refused',
  }
  assert.equal(
    await printed([event]),
    '✖ mx1 · 198.51.100.11 port 22: connection refused                           tcp\n',
  )
})

test('unreachable, ignored and interrupted are said only where they happened', async () => {
  const recap: Event = {
    type: 'recap',
    check: false,
    interrupted: true,
    hosts: {
      10: counts({ unreachable: true, milliseconds: 5012 }),
      '2b': counts({ ok: 3, ignored: 1, notReached: 7, unreachable: true, milliseconds: 125_000 }),
      mx1: counts({ ok: 12, notReached: 1, milliseconds: 9000 }),
    },
  }
  const ignored = result('mx1', 'a.yaml:2', 'Old package', 'ignored', { failure: { message: 'dpkg -P old — exit 1' } })
  assert.equal(
    await printed([{ ...start, hosts: ['mx1', '2b', '10'] }, ignored, recap]),
    `mx1  ignored  a.yaml:2                  Old package · dpkg -P old — exit 1  12 ms

mx1  changed 0   ok 12   failed 0   not reached 1                           9 s
2b   changed 0   ok  3   failed 0   ignored 1   not reached 7   unreachable
10   unreachable                                                            5 s
Interrupted: 8 tasks on 2 hosts not reached.
Again for what failed:  provision -i inventory.yaml site --limit @failed
`,
  )
})

test('debug messages are shown whole; what commands print, line by line, with -vv', async () => {
  const ref = {
    host: 'mx1',
    play: 'p',
    task: 'Show',
    place: { file: 'a.yaml', line: 2, column: 3 },
    resource: 'debug',
    handler: false,
  }
  const output = (text: string): Event => ({ type: 'output', stream: 'stdout', text, ...ref })
  const events: Event[] = [
    { ...start, hosts: ['mx1'] },
    { type: 'message', text: 'one', ...ref },
    { type: 'message', text: 'one\n  two\n', ...ref },
    output('Get:1 chas'),
    output('quid\r\nSetting'),
    result('mx1', 'a.yaml:2', 'Show', 'ok', { milliseconds: 0 }),
  ]
  assert.equal(
    await printed(events),
    `mx1  message  a.yaml:2                  one
mx1 · Show                                                             a.yaml:2
  one
    two
`,
  )
  assert.equal(
    await printed(events.slice(3), { verbosity: 2 }),
    'mx1  │ Get:1 chasquid\nmx1  │ Setting\n  ok       a.yaml:2                  Show\n',
  )
})

test('at 40 columns the place makes room for the name; a check cuts paths from the left', async () => {
  assert.equal(
    await printed(failed.slice(0, 7), { columns: 40 }),
    `mx1  changed  IPv6 on all         12 ms
✖ mx2 · Packages    …ks/packages.yaml:4
  apt-get install chasquid — exit 100
  after 3.2 s
    Reading package lists...
    E: Unable to locate package chasquid
  debian 12 has it in "main": is the
  component enabled?
  ssh mx2 apt-cache policy chasquid
`,
  )
})

test('nothing from a host reaches the terminal as an escape sequence', async () => {
  const evil = 'a\x1b[2J\x1b]0;owned\x07\u009b31m\r'
  const events: Event[] = [
    start,
    result('mx1', 'a.yaml:2', evil, 'changed', {
      changes: [{ what: evil, from: evil, to: evil, script: evil, diff: { before: `${evil}\n`, after: `b${evil}\n` } }],
      notes: [evil],
      notifies: [evil],
    }),
    result('mx2', 'a.yaml:2', evil, 'failed', { failure: { message: evil, output: evil, hint: evil } }),
    { type: 'unreachable', host: evil, stage: 'tcp', message: evil, hint: evil },
  ]
  const text = await printed(events, { verbosity: 2, diff: 'full' })
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u)
  assert.match(text, /a␛\[2J␛\]0;owned␇<U\+009B>31m␍/)
})

test('very long output of a failure keeps its start and its end', async () => {
  const output = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join('')
  const text = await printed([start, result('mx1', 'a.yaml:2', 'A', 'failed', { failure: { message: 'x', output } })])
  const lines = text.split('\n')
  assert.equal(lines.length, 2 + 60 + 1 + 140 + 1)
  assert.deepEqual(lines.slice(61, 64), ['    line 59', '    … 4800 lines left out', '    line 4860'])
})
