import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { HostTable } from '../../src/report/live.ts'
import { textWidth } from '../../src/report/look.ts'
import { createStyle } from '../../src/report/style.ts'
import { Transcript } from '../../src/report/transcript.ts'
import { FakeScreen } from './fake-screen.ts'
import { findings, looked, wrong } from './found.ts'
import { printed, result, start } from './recorded.ts'

const rows = `  ✖ example.org SPF         has two records, and a receiver that finds two
                            takes them for none
    seen: "v=spf1 mx -all"
          "v=spf1 -all"
    → example.org. 300 IN TXT "v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 -all"
  ✖ smtp.example.org AAAA   is missing at ns1.example.net
    → add:  smtp.example.org. 300 IN AAAA 2001:db8:64::11
  ! _smtp._tls.a-rather-long-name.example.org
                            is missing · optional
  ! _dmarc.example.org      p=none protects nobody yet · recommended
  ? zen.spamhaus.org        refuses to answer this resolver (127.255.255.254)
`
const heading = '✖ mx1 · DNS of example.org                                 tasks/verify.yaml:12\n'

function said(text: string): Event {
  const place = { file: 'tasks/verify.yaml', line: 12, column: 3 }
  return {
    type: 'message',
    text,
    host: 'mx1',
    play: 'p',
    task: 'DNS of example.org',
    place,
    resource: 'dns',
    handler: false,
  }
}

test('one block for a task, the worst first: what it is about, what was seen, and a line to copy', async () => {
  assert.equal(await printed([start, looked('failed')]), heading + rows)
})

test('what is right is counted, and listed with -v, which also tells the names of kinds', async () => {
  const good = findings.slice(0, 1)
  assert.equal(await printed([start, looked('ok', good)]), '')
  assert.equal(
    await printed([start, looked('ok', good), looked('ok', findings.slice(2, 4))], { verbosity: 1 }),
    `✔ mx1 · DNS of example.org                                 tasks/verify.yaml:12
  ✔ smtp.example.org A   is 198.51.100.11
! mx1 · DNS of example.org                                 tasks/verify.yaml:12
  ! _dmarc.example.org   p=none protects nobody yet · recommended · dmarc-open
  ? zen.spamhaus.org     refuses to answer this resolver (127.255.255.254)
                         · blocklisted
`,
  )
})

test('at 40 columns what is found stands below what it is about; records stay in one piece', async () => {
  assert.equal(
    await printed([start, looked('failed', findings.slice(2, 6))], { columns: 40 }),
    `✖ mx1 · DNS of example.org  …sks/verify.yaml:12
  ✖ example.org SPF
    has two records, and a receiver
    that finds two takes them for none
    seen: "v=spf1 mx -all"
          "v=spf1 -all"
    → example.org. 300 IN TXT "v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 -all"
  ✖ smtp.example.org AAAA
    is missing at ns1.example.net
    → add:  smtp.example.org. 300 IN AAAA 2001:db8:64::11
  ! _dmarc.example.org
    p=none protects nobody yet
    · recommended
  ? zen.spamhaus.org
    refuses to answer this resolver
    (127.255.255.254)
`,
  )
})

test('a table stands alone below its heading, and what was found of it needs no other one', async () => {
  const table = 'name   type   value\nsmtp   A      198.51.100.11'
  assert.equal(
    await printed([start, said(table), looked('failed', findings.slice(5))]),
    `mx1 · DNS of example.org                                   tasks/verify.yaml:12
  name   type   value
  smtp   A      198.51.100.11
  ✖ smtp.example.org AAAA   is missing at ns1.example.net
    → add:  smtp.example.org. 300 IN AAAA 2001:db8:64::11
`,
  )
})

test('what else made a task fail, or was ignored, is told beside what was found', async () => {
  const failure = { message: '198.51.100.12 port 587: connection refused', hint: 'does chasquid run there?' }
  const rest = { findings: findings.slice(5), failure }
  assert.equal(
    await printed([start, result('mx1', 'a.yaml:2', 'Test message', 'failed', rest)]),
    `✖ mx1 · Test message                                                   a.yaml:2
  198.51.100.12 port 587: connection refused
  does chasquid run there?
  ✖ smtp.example.org AAAA   is missing at ns1.example.net
    → add:  smtp.example.org. 300 IN AAAA 2001:db8:64::11
`,
  )
  assert.equal(
    await printed([start, result('mx1', 'a.yaml:2', 'Test message', 'ignored', rest)]),
    `mx1  ignored  a.yaml:2                  Test message · 198.51.100.12 port 587: connection refused  12 ms
    ✖ smtp.example.org AAAA   is missing at ns1.example.net
      → add:  smtp.example.org. 300 IN AAAA 2001:db8:64::11
`,
  )
})

test('what mends several at once is told once', async () => {
  const closed = { text: 'no answer within 5 s', remedy: 'let TCP port 25 in: nft list ruleset' }
  const twins = ['198.51.100.11 port 25', '2001:db8:64::11 port 25'].map((subject) =>
    wrong('aaaa-missing', { subject, ...closed }),
  )
  assert.equal(
    await printed([start, looked('failed', twins)]),
    `${heading}  ✖ 198.51.100.11 port 25     no answer within 5 s
  ✖ 2001:db8:64::11 port 25   no answer within 5 s
    → let TCP port 25 in: nft list ruleset
`,
  )
})

test('nothing that a server answers reaches the terminal as an escape sequence or as a line of its own', async () => {
  const evil = 'a\x1b[2J\u009b31m\r\nb'
  const found = [wrong('spf-double', { subject: evil, text: evil, seen: evil, remedy: evil })]
  const text = await printed([start, looked('ok', found), said(evil)])
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u)
  assert.match(text, /^ {2}✖ a␛\[2J<U\+009B>31m␍↵b {3}a␛\[2J<U\+009B>31m␍↵b\n {4}seen: a/m)
})

test('the row of a host shows what it does after a fault, and that it failed when all is done', () => {
  const screen = new FakeScreen(80, 24)
  const style = createStyle(false)
  const look = () => ({ width: textWidth(80), style, scripts: false, diff: false })
  const transcript = new Transcript({ look, verbosity: 0, details: false, truncated: true, command: '' })
  const table = new HostTable({ write: screen.write, size: () => screen, style, transcript, now: () => 0 })
  const item = {
    host: 'mx1',
    play: 'p',
    place: { file: 'a.yaml', line: 2, column: 3 },
    resource: 'dns',
    handler: false,
  }
  table.event({ ...start, hosts: ['mx1'] })
  table.event({ type: 'host', host: 'mx1', activity: 'asking', total: 2 })
  table.event(looked('failed', findings.slice(5)))
  table.event({ type: 'item', ...item, task: 'Certificates' })
  table.frame()
  assert.equal(screen.text.at(-2), '  mx1  ━━━━━━━━━━━╸───────────  1/2  Certificates')
  table.event(result('mx1', 'a.yaml:2', 'Certificates', 'ok', { milliseconds: 0 }))
  table.frame()
  assert.equal(screen.text.at(-2), '  mx1  ━━━━━━━━━━━━━━━━━━━━━━━  2/2  failed: DNS of example.org')
})
