import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { HostTable } from '../../src/report/live.ts'
import { textWidth } from '../../src/report/look.ts'
import { createStyle } from '../../src/report/style.ts'
import { Transcript } from '../../src/report/transcript.ts'
import { FakeScreen } from './fake-screen.ts'
import { result } from './recorded.ts'

/** A table on a screen, with a clock that the test turns. */
function tableOn(screen: FakeScreen, colour = false): { table: HostTable; at: (milliseconds: number) => void } {
  let now = 0
  const style = createStyle(colour)
  const look = () => ({ width: textWidth(screen.columns), style, scripts: false, diff: false })
  const transcript = new Transcript({ look, verbosity: 0, details: false, truncated: true, command: 'provision site' })
  const table = new HostTable({ write: screen.write, size: () => screen, style, transcript, now: () => now })
  const at = (milliseconds: number): void => {
    now = milliseconds
  }
  return { table, at }
}

function hostsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `mx${index + 1}`)
}

function begin(table: HostTable, hosts: readonly string[], total = 4): void {
  table.event({ type: 'start', playbook: 'playbooks/site.yaml', check: false, hosts })
  table.event({ type: 'play', play: 'Mail hosts', hosts })
  for (const host of hosts) table.event({ type: 'host', host, activity: 'asking', total })
}

function item(host: string, task: string): Event {
  const place = { file: 'tasks/a.yaml', line: 2, column: 3 }
  return { type: 'item', host, play: 'Mail hosts', task, place, resource: 'sysctl', handler: false }
}

test('a row per host: the bar, how far, the current task, since when; changes scroll above', () => {
  const screen = new FakeScreen(80, 24)
  const { table, at } = tableOn(screen)
  begin(table, ['mx1', 'mx2'])
  table.event(result('mx1', 'tasks/sysctl.yaml:2', 'IPv6 on all', 'changed'))
  at(29_000)
  table.event(item('mx1', 'Certificate for example.org'))
  for (let index = 0; index < 4; index++) table.event(result('mx2', 'a.yaml:2', 'A', index < 3 ? 'changed' : 'ok'))
  table.frame()
  at(41_500)
  table.frame()
  assert.deepEqual(screen.text, [
    'mx1  changed  tasks/sysctl.yaml:2       IPv6 on all                       12 ms',
    'mx2  changed  a.yaml:2                  A                                 12 ms',
    'mx2  changed  a.yaml:2                  A                                 12 ms',
    'mx2  changed  a.yaml:2                  A                                 12 ms',
    'site · Mail hosts                                                          0:41',
    '  mx1  ━━━━━╸─────────────────  1/4  Certificate for example.org      12 s',
    '  mx2  ━━━━━━━━━━━━━━━━━━━━━━━  4/4  done                             3 changed',
    '',
  ])
})

test('at 40×10 names are cut and nothing wraps', () => {
  const screen = new FakeScreen(40, 10)
  const { table, at } = tableOn(screen)
  begin(table, ['mx1', 'mail-server-in-falkenstein.example.org'], 52)
  table.event(item('mx1', '証明書 for example.org and its wildcard'))
  table.event({ type: 'unreachable', host: 'mail-server-in-falkenstein.example.org', stage: 'tcp', message: 'refused' })
  at(3000)
  table.frame()
  assert.deepEqual(screen.text, [
    '✖ mail-server-in-falkenstein.example.org',
    ' · refused  tcp',
    'site · Mail hosts                  0:03',
    '  mx1        ──────  0/52  証明書 for…',
    '  mail-ser…  ──────  0/52  unreachable…',
    '',
  ])
})

for (const [columns, rows] of [
  [80, 24],
  [40, 10],
  [20, 5],
  [200, 60],
] as const) {
  for (const count of [1, 3, 50]) {
    test(`${count} hosts on ${columns}×${rows}: the rows stay on the screen, running hosts first, nothing left behind`, () => {
      const screen = new FakeScreen(columns, rows)
      const { table, at } = tableOn(screen, true)
      const hosts = hostsOf(count)
      begin(table, hosts, 3)
      table.start()
      for (let round = 0; round < 3; round++) {
        for (const [index, host] of hosts.entries()) {
          at(round * 1000 + index)
          table.event(item(host, `Round ${round} 🎉`))
          if (index % 2 === 0) table.event(result(host, 'a.yaml:2', `Round ${round}`, 'changed'))
          table.frame()
          assert.ok(screen.isUsual)
          const drawn = screen.text.filter((line) => /^ {2}\S/.test(line) || line.startsWith('site'))
          assert.ok(drawn.length <= Math.max(1, rows - 2), `${drawn.length} lines are drawn`)
          assert.equal(screen.history.split('\n').filter((line) => line.startsWith('site')).length, 1)
        }
      }
      table.stop()
      assert.equal(
        screen.history.split('\n').filter((line) => line.includes('changed')).length,
        Math.ceil(count / 2) * 3,
      )
      assert.doesNotMatch(screen.history, /site ·|more:/)
    })
  }
}

test('hosts that do not fit are counted', () => {
  const screen = new FakeScreen(60, 10)
  const { table } = tableOn(screen)
  const hosts = hostsOf(50)
  begin(table, hosts, 1)
  for (const host of hosts.slice(0, 10)) table.event(result(host, 'a.yaml:2', 'A', 'ok'))
  table.event({ ...result('mx50', 'a.yaml:2', 'A', 'failed'), failure: { message: 'no' } })
  table.frame()
  assert.deepEqual(
    screen.text.filter((line) => line.startsWith('  mx')).map((line) => line.trim().split(' ')[0]),
    hosts.slice(10, 16),
  )
  assert.equal(screen.text.at(-2), '  … 44 more: 33 running, 1 failed, 10 done')
})

test('a terminal that becomes narrower or lower keeps one set of rows', () => {
  const screen = new FakeScreen(80, 24)
  const { table, at } = tableOn(screen)
  begin(table, hostsOf(3))
  for (const host of hostsOf(3)) table.event(item(host, 'Certificate for example.org and its wildcard'))
  table.frame()
  for (const [columns, rows] of [
    [40, 10],
    [100, 30],
    [60, 24],
  ] as const) {
    screen.resize(columns, rows)
    at(columns * 1000)
    table.frame()
    assert.equal(screen.history.split('\n').filter((line) => line.startsWith('site')).length, 1)
    assert.equal(screen.text.filter((line) => line.startsWith('  mx')).length, 3)
  }
})

test('a frame in which nothing is new writes nothing', () => {
  const screen = new FakeScreen(80, 24)
  const { table, at } = tableOn(screen)
  begin(table, ['mx1'])
  table.frame()
  at(900)
  table.frame()
  assert.equal(screen.writes.length, 1)
  at(1000)
  table.frame()
  assert.equal(screen.writes.length, 2)
})

test('50 hosts with 40 tasks each cost less than 1.5 s of CPU', () => {
  const screen = { columns: 80, rows: 24 }
  const style = createStyle(true)
  const look = () => ({ width: 79, style, scripts: false, diff: false })
  const transcript = new Transcript({ look, verbosity: 0, details: false, truncated: true, command: '' })
  let bytes = 0
  const write = (text: string): void => {
    bytes += text.length
  }
  let now = 0
  const table = new HostTable({ write, size: () => screen, style, transcript, now: () => now })
  const hosts = hostsOf(50)
  const began = process.cpuUsage()
  begin(table, hosts, 40)
  for (let round = 0; round < 40; round++) {
    for (const host of hosts) {
      table.event(item(host, `Task number ${round}`))
      table.event(result(host, 'tasks/a.yaml:2', `Task number ${round}`, round % 3 === 0 ? 'changed' : 'ok'))
    }
    // Ten frames a second over 20 s of work: more than the 7 s for which the budget was set.
    for (let frame = 0; frame < 5; frame++) {
      now += 100
      table.frame()
    }
  }
  const { user, system } = process.cpuUsage(began)
  assert.ok(user + system < 1_500_000, `${(user + system) / 1000} ms of CPU`)
  assert.ok(bytes > 10_000)
})
