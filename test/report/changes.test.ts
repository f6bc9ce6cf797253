import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printPlan } from '../../src/report/changes.ts'
import { change } from './recorded.ts'

const brief = { scripts: false, diff: true } as const
const verbose = { scripts: true, diff: true } as const

test('no change prints nothing', () => {
  assert.equal(printPlan([], verbose), '')
})

test('a change alone is one line, and its script with -v', () => {
  const changes = [change('running value', '60', '10', { script: 'sysctl -qw vm.swappiness=10' })]
  assert.equal(printPlan(changes, brief), 'running value   60 → 10\n')
  assert.equal(printPlan(changes, verbose), 'running value   60 → 10\n  $ sysctl -qw vm.swappiness=10\n')
})

test('changes of one task are aligned; a very long name does not push the others away', () => {
  const changes = [
    change('running', '1', '0'),
    change('/etc/sysctl.d/60-provision.conf', '', '3 lines'),
    change(`/srv/${'deep/'.repeat(12)}file`, 'absent', 'directory'),
  ]
  assert.equal(
    printPlan(changes, brief),
    `running                           1 → 0
/etc/sysctl.d/60-provision.conf   "" → 3 lines
/srv/${'deep/'.repeat(12)}file   absent → directory
`,
  )
})

test('a diff takes the place of from → to; a script of several lines is indented', () => {
  const changes = [
    change('/etc/chasquid/chasquid.conf', '1 line', '1 line', {
      diff: { before: 'hostname: "localhost"\n', after: 'hostname: "smtp.example.org"\n' },
      script: 'place_file /etc/chasquid/chasquid.conf text=\'hostname: "smtp.example.org"\n\'',
    }),
  ]
  assert.equal(
    printPlan(changes, verbose),
    `/etc/chasquid/chasquid.conf
  -hostname: "localhost"
  +hostname: "smtp.example.org"
  $ place_file /etc/chasquid/chasquid.conf text='hostname: "smtp.example.org"
    '
`,
  )
  assert.equal(
    printPlan(changes, { scripts: false, diff: false }),
    '/etc/chasquid/chasquid.conf   1 line, other content\n',
  )
})

test('the lines of a new file are shown only when every line is asked for', () => {
  const changes = [change('/etc/motd', 'absent', '2 lines', { diff: { before: '', after: 'a\nb\n' } })]
  assert.equal(printPlan(changes, brief), '/etc/motd   absent → 2 lines\n')
  assert.equal(printPlan(changes, { scripts: false, diff: 'full' }), '/etc/motd   absent → 2 lines\n  +a\n  +b\n')
})

test('what runs every time says so', () => {
  const changes = [change('command', '', 'apt-get update', { always: true })]
  assert.equal(printPlan(changes, brief), 'command   runs every time: apt-get update\n')
})

test('what no_log hides is only named', () => {
  const hidden = change('hidden by no_log', '', '', { script: '' })
  assert.equal(printPlan([hidden], verbose), 'hidden by no_log\n')
  assert.equal(printPlan([{ ...hidden, always: true }], verbose), 'hidden by no_log   runs every time\n')
})

test('a secret that differs is a change although both sides look the same', () => {
  assert.equal(printPlan([change('password', '‹secret›', '‹secret›')], brief), 'password   ‹secret› → ‹secret›\n')
})

test('values stay on one line, harmless and of bearable length', () => {
  const changes = [change('x', 'a\nb\tc', `\x1b[2J${'y'.repeat(1000)}`)]
  assert.equal(printPlan(changes, brief), `x   a↵b c → ␛[2J${'y'.repeat(396)}… 604 more characters\n`)
})

test('a long script is cut like a diff', () => {
  const script = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n')
  const lines = printPlan([change('x', 'a', 'b', { script })], verbose).split('\n')
  assert.deepEqual(lines.slice(-3), ['    line 59', '  … 40 more lines (-vv shows them)', ''])
  assert.equal(printPlan([change('x', 'a', 'b', { script })], { scripts: true, diff: 'full' }).split('\n').length, 102)
})
