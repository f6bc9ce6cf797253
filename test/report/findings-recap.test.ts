import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/engine/events.ts'
import { findings, looked } from './found.ts'
import { change, counts, printed, result, start } from './recorded.ts'

function recap(check: boolean, hosts: { readonly [host: string]: Parameters<typeof counts>[0] }): Event {
  const all = Object.entries(hosts).map(([name, given]) => [name, counts({ milliseconds: 812, ...given })])
  return { type: 'recap', check, interrupted: false, hosts: Object.fromEntries(all) }
}

test('a run that only looks counts what it found; the documents and the next attempt are one line to type', async () => {
  const place = { file: 'tasks/dns.yaml', line: 3, column: 3 }
  const item = { host: 'mx1', play: 'p', task: 'Records', place, resource: 'dns', handler: false }
  const document = (format: string): Event => ({ type: 'document', format, text: 'x\n', ...item })
  const events = [start, document('text'), document('zone'), looked('failed', findings.slice(5))]
  const found = { right: 31, wrong: 2, advised: 1, unknown: 1 }
  const end = recap(false, {
    mx1: { ok: 3, failed: 1, findings: found },
    mx2: { ok: 4, findings: { ...found, wrong: 0, advised: 0, unknown: 0, right: 9 } },
  })
  const text = await printed([...events, end])
  assert.equal(
    text.slice(text.indexOf('\n\n')),
    `

mx1  right 31   wrong 2   advised 1   unknown 1                           0.8 s
mx2  right  9   wrong 0                                                   0.8 s
To copy:  provision -i inventory.yaml site --output text
          provision -i inventory.yaml site --output zone
Again for what failed:  provision -i inventory.yaml site --limit @failed
`,
  )
})

test('beside tasks that change things, what was found is counted on a line of its own', async () => {
  const found = { right: 7, wrong: 0, advised: 1, unknown: 0 }
  const end = recap(false, { mx1: { changed: 2, ok: 9, skipped: 1, findings: found }, mx2: { unreachable: true } })
  assert.equal(
    await printed([start, result('mx1', 'a.yaml:2', 'A', 'ok'), looked('ok', findings.slice(0, 1)), end]),
    `mx1  changed 2   ok 9   failed 0   skipped 1
     right 7   wrong 0   advised 1                                        0.8 s
mx2  unreachable                                                          0.8 s
Again for what failed:  provision -i inventory.yaml site --limit @failed
`,
  )
})

test('a check tells at once what is found; what its own changes may mend, it only names', async () => {
  const begin: Event = { ...start, check: true, hosts: ['mx1', 'mx2'] }
  const change1 = result('mx1', 'a.yaml:2', 'A', 'would change', { changes: [change('a', '1', '2')] })
  const end = recap(true, {
    mx1: { ok: 1, changed: 1, unknown: 1, findings: { right: 1, wrong: 0, advised: 1, unknown: 0 } },
    mx2: { ok: 1, findings: { right: 1, wrong: 0, advised: 0, unknown: 0 } },
  })
  const events = [begin, looked('ok', findings.slice(3, 4)), change1, looked('unknown', findings.slice(5))]
  assert.equal(
    await printed([...events, end]),
    `! mx1 · DNS of example.org                                 tasks/verify.yaml:12
  ! _dmarc.example.org   p=none protects nobody yet · recommended

mx1 · would change 1 of 3, unknown 1
  a.yaml:2               A
    a   1 → 2
  tasks/verify.yaml:12   DNS of example.org
    unknown until the changes above are applied

mx1  would change 1   ok 1   failed 0   unknown 1
     right 1   wrong 0   advised 1                                        0.8 s
mx2  would change 0   ok 1   failed 0
     right 1   wrong 0                                                    0.8 s
`,
  )
})
