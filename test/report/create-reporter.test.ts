import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createReporter } from '../../src/report/create-reporter.ts'
import { FakeScreen } from './fake-screen.ts'
import { counts, result } from './recorded.ts'

test('through listr2: rows appear, a failure is printed in full, the recap takes the place of the rows', async () => {
  const screen = new FakeScreen(80, 24)
  const reporter = createReporter('live', {
    stdout: screen,
    colour: false,
    verbosity: 0,
    diff: false,
    command: 'provision site',
  })
  const signals = process.listenerCount('SIGINT')
  reporter.event({ type: 'start', playbook: 'site', check: false, hosts: ['mx1'] })
  reporter.event({ type: 'host', host: 'mx1', activity: 'connecting' })
  for (let tries = 0; tries < 200 && screen.text.join('') === ''; tries++) await sleep(50)
  assert.match(screen.text.join('\n'), /^site +0:0\d\n {2}mx1 {2}─{23} {2}connecting\n$/)
  reporter.notice('Finishing what is running.')
  const failure = { message: 'it broke', output: '\x1b[2Jwhy\n' }
  reporter.event(result('mx1', 'a.yaml:2', 'A', 'failed', { failure }))
  reporter.event({
    type: 'recap',
    check: false,
    interrupted: false,
    hosts: { mx1: counts({ failed: 1, milliseconds: 400 }) },
  })
  await reporter.end()
  assert.ok(screen.isUsual)
  assert.equal(process.listenerCount('SIGINT'), signals)
  assert.deepEqual(screen.text, [
    'Finishing what is running.',
    '✖ mx1 · A                                                              a.yaml:2',
    '  it broke',
    '    ␛[2Jwhy',
    '',
    'mx1  changed 0   ok 0   failed 1                                          0.4 s',
    'Again for what failed:  provision site --limit @failed',
    '',
  ])
})

test('a run that is over before the first frame still prints everything', async () => {
  const screen = new FakeScreen(80, 24)
  const reporter = createReporter('live', {
    stdout: screen,
    colour: false,
    verbosity: 0,
    diff: false,
    command: 'provision site',
  })
  reporter.event({ type: 'unreachable', host: 'mx1', stage: 'dns', message: 'mx1.example.org has no address' })
  await reporter.end()
  assert.equal(screen.text[0], '✖ mx1 · mx1.example.org has no address                                      dns')
})

test('however the process ends, the terminal is left as it was', () => {
  const module = new URL('../../src/report/create-reporter.ts', import.meta.url).href
  const program = `
    import { createReporter } from '${module}'
    const reporter = createReporter('live', { stdout: process.stdout, colour: false, verbosity: 0, diff: false, command: '' })
    reporter.event({ type: 'start', playbook: 'site', check: false, hosts: ['mx1'] })
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 600)`
  const { signal, stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  assert.equal(signal, 'SIGKILL')
  const screen = new FakeScreen(80, 24)
  screen.write(stdout)
  assert.match(screen.text.join('\n'), /^site +0:0\d\n {2}mx1 /)
  assert.ok(screen.isUsual)
})
