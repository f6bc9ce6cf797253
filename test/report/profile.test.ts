import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Profile } from '../../src/core/profile.ts'
import type { Look } from '../../src/report/look.ts'
import { profileLines } from '../../src/report/profile.ts'
import { createStyle } from '../../src/report/style.ts'
import { displayWidth } from '../../src/report/width.ts'
import { hostTime, profile, slow } from './profiled.ts'
import { counts, printed, start } from './recorded.ts'

const look: Look = { width: 79, style: createStyle(false), scripts: false, diff: false }

const table = `Where the time went: the program and mx2, which it left last
  start      148 ms  30 %  Node 41 ms, modules 107 ms
  read       120 ms  24 %  inventory and playbook
  connect     91 ms  18 %  modules 9 ms, settings 12 ms, key exchange 40 ms,
                           authentication 28 ms, pause 1 ms, …
  session      8 ms   2 %  shells, sudo
  survey      72 ms  14 %  waiting for what the host answers
  plan        12 ms   2 %  render 7 ms, questions 1 ms, plan 4 ms
  close        3 ms   1 %  leaving the host
  other       44 ms   9 %  not accounted for
  all        498 ms        CPU 410 ms, busy 352 ms, 91 MB, first packet after
                           291 ms

Hosts, ms     time connect answers (host)  plan  rest trips  kB up  down
mx2            212      91      80     78    12    29     9   15.2   9.0
mx1            199      91      80      0    12    16     9   15.2   9.0
answers: session, survey, stream; (host): those without the way there and back

Slowest tasks
       ms   here  items
     3204      1      3  mx2  Packages                    tasks/packages.yaml:4
        1      1      1  mx1  IPv6 on↵all                 tasks/packages.yaml:4`

test('phases add up to all of the time, hosts and tasks follow, the slowest first', () => {
  assert.equal(profileLines(profile, look).join('\n'), table)
})

test('it comes behind the recap, though its event comes before', async () => {
  const recap = { type: 'recap' as const, check: false, interrupted: false, hosts: { mx1: counts({ ok: 3 }) } }
  const text = await printed([start, { type: 'profile', ...profile }, recap])
  assert.match(text, /^mx1 {2}changed 0 .*\n\nWhere the time went/)
  assert.ok(text.endsWith(`${table}\n`))
})

test('of many hosts and tasks only the slowest are shown; -v shows all', () => {
  const many: Profile = {
    ...profile,
    hosts: Array.from({ length: 12 }, (_, index) => hostTime(`mx${index + 1}`)),
    tasks: Array.from({ length: 11 }, () => slow),
  }
  const few = profileLines(many, look)
  assert.deepEqual(
    few.filter((line) => /^mx\d/.test(line)).map((line) => line.split(' ')[0]),
    ['mx1', 'mx2', 'mx3', 'mx4', 'mx5', 'mx6', 'mx7', 'mx8', 'mx9', 'mx10'],
  )
  assert.ok(few.includes('  and 2 hosts more, faster: -v shows them'))
  assert.equal(few.filter((line) => line.includes('Packages')).length, 10)
  const all = profileLines(many, { ...look, scripts: true })
  assert.equal(all.filter((line) => /^mx\d/.test(line)).length, 12)
  assert.equal(all.filter((line) => line.includes('Packages')).length, 11)
})

test('no line is wider than the screen, however long names and numbers are, and in colour too', () => {
  const host = 'a-host-of-a-rather-long-name.example.org'
  const large: Profile = {
    ...profile,
    milliseconds: 7_262_000,
    last: host,
    phases: profile.phases.map((time) => ({ ...time, milliseconds: time.milliseconds * 20_000 })),
    hosts: [{ ...hostTime(host, 7_100_000), bytesUp: 38_000_000, turns: 4711 }],
    tasks: [{ ...slow, host, task: 'Packages of a long name '.repeat(5), milliseconds: 7_000_000 }],
  }
  const plain = profileLines(large, look)
  assert.deepEqual(
    plain.filter((line) => displayWidth(line) > 79),
    [],
  )
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
  const coloured = profileLines(large, { ...look, style: createStyle(true) })
  assert.deepEqual(
    coloured.map((line) => line.replaceAll(escapes, '')),
    plain,
  )
})

test('a host whose round trip is not known has no time of its own', () => {
  const { roundTripMilliseconds: _, hostMilliseconds: __, ...unknown } = hostTime('mx1')
  const [, row] = profileLines({ ...profile, hosts: [unknown] }, look).filter((line) => /^(Hosts|mx1)/.test(line))
  assert.match(row ?? '', /^mx1 +212 +91 +80 +- /)
})
